"""What of personal data is found, and what of ordinary words is taken for it."""

import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.classifier import EXAMPLES, read_yaml
from app.privacy.found import Found
from app.privacy.recognizers import find
from scripts.evaluation.figures import Figure

HERE = Path(__file__).parent
LABEL = re.compile(r"\[([A-Z]+) ([^\]]+)\]")
WORD = re.compile(r"\S+")
PUBLIC = Path("pii") / "generated_large.json"
PUBLIC_KINDS = {
    "CREDIT_CARD": "CARD",
    "PHONE_NUMBER": "PHONE",
    "EMAIL_ADDRESS": "EMAIL",
    "US_SSN": "SSN",
    "IBAN_CODE": "IBAN",
    "US_DRIVER_LICENSE": "LICENCE",
    "IP_ADDRESS": "IP",
    "PERSON": "PERSON",
    "ADDRESS": "ADDRESS",
}
APART = ("PERSON", "ADDRESS")


@dataclass
class Count:
    """Spans said and spans found. A span counts as found when nothing of it stays readable."""

    said: Counter[str] = field(default_factory=Counter)
    covered: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)

    def add(self, text: str, gold: Sequence[Found], found: Sequence[Found]) -> None:
        for g in gold:
            self.said[g.kind] += 1
            self.covered[g.kind] += covers(text, g, found)
        for f in found:
            self.found[f.kind] += 1
            self.right[f.kind] += any(
                g.kind == f.kind and g.start < f.end and f.start < g.end for g in gold
            )

    def recall(self, kinds: Iterable[str]) -> float:
        return share(self.covered, self.said, kinds)

    def precision(self, kinds: Iterable[str]) -> float:
        return share(self.right, self.found, kinds)

    def f2(self, kinds: Sequence[str]) -> float:
        """F with recall worth twice precision."""
        precision, recall = self.precision(kinds), self.recall(kinds)
        return 5 * precision * recall / (4 * precision + recall) if precision + recall else 0.0


def print_kinds(count: Count, kinds: Sequence[str]) -> None:
    for kind in kinds:
        recall, precision = count.recall([kind]), count.precision([kind])
        said = count.said[kind]
        print(f"  {kind:10} recall {recall:.3f}, precision {precision:.3f} ({said} said)")


def share(part: Counter[str], whole: Counter[str], kinds: Iterable[str]) -> float:
    named = list(kinds)
    return sum(part[k] for k in named) / max(1, sum(whole[k] for k in named))


def covers(text: str, gold: Found, found: Sequence[Found]) -> bool:
    """Every letter and digit of it is inside something found."""
    return all(
        any(f.start <= at < f.end for f in found)
        for at in range(gold.start, gold.end)
        if text[at].isalnum()
    )


def read_case(labelled: str) -> tuple[str, list[Found]]:
    """`My VIN is [VIN 1HG…]` as the text without marks, and where the value stands in it."""
    text, gold, end = "", [], 0
    for label in LABEL.finditer(labelled):
        text += labelled[end : label.start()]
        gold.append(Found(label[1], len(text), len(text) + len(label[2])))
        text, end = text + label[2], label.end()
    return text + labelled[end:], gold


def measure_personal_data(data: Path | None, part: str = "test") -> list[Figure]:
    cases = read_yaml(HERE / "personal_data.yaml")[part]
    count, times = Count(), []
    for labelled in [case for name in cases for case in cases[name]]:
        text, gold = read_case(labelled)
        begun = time.perf_counter()
        found = find(text)
        times.append(time.perf_counter() - begun)
        count.add(text, gold, found)
    kinds = [kind for kind in count.said if kind not in APART]
    print(f"\nPersonal data, {part}: {sum(count.said.values())} values in {len(times)} messages")
    print_kinds(count, [*kinds, *APART])
    print(f"  a message: {1000 * statistics.fmean(times):.2f} ms, at most {1000 * max(times):.1f}")
    others = own_sentences()
    print(f"  of {len(others)} sentences of other sets: {1000 * masked(others):.2f} words in 1,000")
    return [
        Figure("personal data of structured kinds, recall", count.recall(kinds), 0.98, 0.995),
        Figure("personal data of structured kinds, precision", count.precision(kinds), 0.95, 0.99),
        Figure("ordinary words left as they are", 1 - masked(cases["clean"]), 0.995, 0.999),
        *measure_fresh(),
        *measure_public_set(data),
    ]


def measure_fresh() -> list[Figure]:
    """Another author's sentences: whether a value is hidden, whatever it is taken for."""
    cases = read_yaml(HERE / "personal_data.yaml")["fresh"]
    count = Count()
    for labelled in cases["said"]:
        text, gold = read_case(labelled)
        count.add(text, gold, find(text))
    kinds = [kind for kind in count.said if kind not in APART]
    print(f"\nPersonal data, another author's: {sum(count.said.values())} values, hidden by kind")
    for kind in (*kinds, *APART):
        print(f"  {kind:10} {count.covered[kind]} of {count.said[kind]}")
    return [
        Figure("personal data hidden, another author's", count.recall(kinds), 0.80, 0.98),
        Figure("ordinary words left, another author's", 1 - masked(cases["clean"]), 0.98, 0.999),
    ]


def masked(sentences: Sequence[str]) -> float:
    """The share of words of which anything is masked."""
    words = [(word.span(), find_once) for s in sentences for find_once in [find(s)]
             for word in WORD.finditer(s)]  # fmt: skip
    hit = sum(any(f.start < end and start < f.end for f in found) for (start, end), found in words)
    return hit / len(words)


def own_sentences() -> list[str]:
    """What customers say in the sets for routing, services and screening."""
    return [
        s for name in sorted(EXAMPLES.parent.glob("*.yaml")) for s in strings_in(read_yaml(name))
    ]


def strings_in(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node] if " " in node else []
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [s for child in children for s in strings_in(child)]


def measure_public_set(data: Path | None) -> list[Figure]:
    """presidio-research's generated sentences; only the kinds we mask, without a language model."""
    if data is None:
        print("\nPublic set of personal data: skipped, neither --data nor GENAI_AUTO_DATA is given")
        return []
    if not (data / PUBLIC).exists():
        print(f"\nPublic set of personal data: skipped, missing {data / PUBLIC}")
        return []
    count, sentences = Count(), json.loads((data / PUBLIC).read_text("utf-8"))
    for each in sentences:
        text = each["full_text"]
        gold = [
            Found(PUBLIC_KINDS[s["entity_type"]], s["start_position"], s["end_position"])
            for s in each["spans"]
            if s["entity_type"] in PUBLIC_KINDS
        ]
        count.add(text, gold, find(text))
    kinds = [kind for kind in count.said if kind not in APART]
    print(f"\nPublic set of personal data: {len(sentences)} sentences")
    print_kinds(count, [*kinds, *APART])
    print(f"  names and addresses among them: F2 {count.f2([*kinds, *APART]):.3f}")
    return [Figure("public set of personal data, structured, F2", count.f2(kinds), 0.60, 0.80)]
