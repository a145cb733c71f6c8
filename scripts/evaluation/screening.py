"""What the screening misses, what it raises for nothing, and how long it takes."""

import time
from pathlib import Path

import yaml

import agents.guardrails.screening as screening
from scripts.evaluation.figures import Figure

PHRASES = Path(screening.__file__).parents[1] / "examples" / "screening.yaml"
EXPECTED = {"emergency": "safety_concern", "person": "user_request", "calm": None}
LONGEST = 4000
HOSTILE = ("brakes ", "brakes smoke steering airbag fuel ", "talk to ", "mit ", "no ", "brakes\n")


def measure_screening() -> list[Figure]:
    cases = [
        (kind, text)
        for kind, languages in yaml.safe_load(PHRASES.read_text("utf-8")).items()
        for texts in languages.values()
        for text in texts
    ]
    wrong = [(kind, text) for kind, text in cases if _heard(text) != EXPECTED[kind]]
    print(f"\nScreening: {len(cases)} phrases; slowest hostile message {_slowest():.1f} ms")
    for kind, text in wrong:
        print(f"  {kind}: {text}")
    return [
        Figure("screening, missed", _share(wrong, cases, calm=False), 0.01, 0.0, at_most=True),
        Figure("screening, false alarms", _share(wrong, cases, calm=True), 0.01, 0.0, at_most=True),
    ]


def _heard(text: str) -> str | None:
    screened = screening.screen(text)
    return screened.escalation if screened else None


def _share(wrong: list[tuple[str, str]], cases: list[tuple[str, str]], calm: bool) -> float:
    of = sum((kind == "calm") == calm for kind, _ in cases)
    return sum((kind == "calm") == calm for kind, _ in wrong) / of


def _slowest() -> float:
    """Milliseconds, the best of three runs for each message of 4,000 characters."""
    return max(min(_once((text * LONGEST)[:LONGEST]) for _ in range(3)) for text in HOSTILE)


def _once(text: str) -> float:
    started = time.perf_counter()
    screening.screen(text)
    return (time.perf_counter() - started) * 1000
