"""Verification by failure class: what it finds, and how often it is right when it says so."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from agents.classifier import read_yaml
from agents.verification.evidence import Evidence
from agents.verification.verdict import Verdict
from agents.verification.whole import verify_uncited
from rag.embedding import Embedder
from scripts.evaluation.figures import Figure

HERE = Path(__file__).parent
FINE = "fine"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a case is and what verification took it for, with its action."""

    text: str
    label: str
    verdict: Verdict

    @property
    def found(self) -> str:
        return self.verdict.failure_class or FINE


async def measure_verdicts(embedder: Embedder) -> list[Figure]:
    """`verdicts.yaml`: sources, and statements with the class of what is wrong with them."""
    cases = await judged_cases("test", embedder)
    print_classes(cases)
    wrong = [each for each in cases if each.label != FINE]
    fine = [each for each in cases if each.label == FINE]
    caught = sum(each.verdict.action != "allow" for each in wrong) / len(wrong)
    disturbed = sum(each.verdict.action == "block" for each in fine) / len(fine)
    return [
        Figure("fresh wrong statements found", caught, 0.80, 0.95),
        Figure("fresh true statements blocked", disturbed, 0.05, 0.0, at_most=True),
    ]


async def judged_cases(part: str, embedder: Embedder) -> list[Judged]:
    found = []
    for case in read_yaml(HERE / "verdicts.yaml")[part]:
        evidence = Evidence.of(case["sources"], [case.get("question", "")])
        language = case.get("language", "en")
        for label, texts in case["said"].items():
            for text in texts:
                verdict = await verify_uncited(text, evidence, language, embedder, None)
                found.append(Judged(text, label, verdict))
    return found


def print_classes(cases: list[Judged]) -> None:
    labels, found = Counter(c.label for c in cases), Counter(c.found for c in cases)
    hits = Counter(c.label for c in cases if c.label == c.found)
    print(f"\nVerdicts: {len(cases)} statements")
    print(f"{'class':24} {'cases':>5} {'recall':>7} {'precision':>9}")
    for label in sorted(labels | found):
        recall = f"{hits[label] / labels[label]:.2f}" if labels[label] else "-"
        precision = f"{hits[label] / found[label]:.2f}" if found[label] else "-"
        print(f"{label:24} {labels[label]:5} {recall:>7} {precision:>9}")
    for case in cases:
        if case.label != case.found:
            print(f"  {case.label} taken for {case.found}: {case.text}")
