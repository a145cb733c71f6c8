"""What a clause claims that must be earned: a figure, a commitment, a link."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from agents.links import links_in
from agents.verification.commitments import commitments_in
from agents.verification.evidence import Evidence
from agents.verification.figures import Figure, figures_in, in_digits
from agents.verification.leaks import leaked_run

FailureClass = Literal[
    "unsupported_number", "unsupported_price", "unsupported_year", "unsupported_commitment",
    "false_attribution", "foreign_link", "contradicted_statement", "unsupported_statement",
    "wrong_citation", "no_citation", "not_verified", "prompt_leak",
]  # fmt: skip
COUNTED = re.compile(
    r"\s*(?:ways?|steps?|options?|things?|points?|reasons?|causes?|possibilities|questions?|cases|"
    r"maneiras|passos|opções|coisas|pontos|motivos|causas|perguntas|formas|pasos|opciones|cosas|"
    r"puntos|preguntas|wege|schritte|möglichkeiten|dinge|punkte|gründe|ursachen|fragen)\b",
    re.IGNORECASE,
)
SMALL = 2  # "one of them", "both, two" count nothing
MOST_COUNTED = 12


@dataclass(frozen=True, slots=True)
class Failure:
    """A claim that nothing in this turn supports. `claim` is the words that claim it."""

    kind: FailureClass
    claim: str


def unsupported_in(
    clause: str, evidence: Evidence, language: str, before: str = ""
) -> Failure | None:
    """The first claim of the clause without support. `before` is the clause's own beginning, for
    words such as "not" in it."""
    return next(every_unsupported_in(clause, evidence, language, before), None)


def every_unsupported_in(
    clause: str, evidence: Evidence, language: str, before: str = ""
) -> Iterator[Failure]:
    """One failure for each sort of claim without support."""
    for found in (
        _leak(clause, evidence),
        _foreign_link(clause, evidence, before),
        _unsupported_figure(before + clause, evidence, language),
        _unsupported_commitment(clause, evidence, before),
    ):
        if found is not None:
            yield found


@lru_cache(maxsize=2048)
def claimed_figures(clause: str, language: str) -> tuple[Figure, ...]:
    """Each clause is looked at while it streams, and again at the end."""
    digits = in_digits(clause, language)
    return tuple(each for each in figures_in(digits) if not _only_counts(each, digits))


def _only_counts(figure: Figure, text: str) -> bool:
    if figure.kind != "number":
        return False
    if figure.value <= SMALL:
        return True
    return figure.value <= MOST_COUNTED and COUNTED.match(text, figure.end) is not None


def _unsupported_figure(clause: str, evidence: Evidence, language: str) -> Failure | None:
    for figure in claimed_figures(clause, language):
        if not (evidence.supports(figure) or evidence.repeats(figure)):
            kinds: dict[str, FailureClass] = {
                "money": "unsupported_price", "year": "unsupported_year"
            }  # fmt: skip
            said = f"{figure.value.normalize():f} {figure.unit}".strip()
            return Failure(kinds.get(figure.kind, "unsupported_number"), said)
    return None


def _unsupported_commitment(clause: str, evidence: Evidence, before: str) -> Failure | None:
    for found in commitments_in(before + clause):
        if found.start >= len(before) and not evidence.promises(found.kind):
            kind: FailureClass = (
                "false_attribution" if found.kind == "attribution" else "unsupported_commitment"
            )
            return Failure(kind, (before + clause)[found.start : found.end])
    return None


def _foreign_link(clause: str, evidence: Evidence, before: str) -> Failure | None:
    for end, link in links_in(before + clause):
        if end > len(before) and not evidence.leads_home(link):
            return Failure("foreign_link", link)
    return None


def _leak(text: str, evidence: Evidence) -> Failure | None:
    """The model recites its instructions."""
    run = leaked_run(text, evidence.private)
    return Failure("prompt_leak", run) if run else None
