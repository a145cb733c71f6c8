"""What verification says of an answer."""

from dataclasses import dataclass
from typing import Literal

from agents.events import AnswerInterrupted
from agents.verification.claims import Failure, FailureClass

Action = Literal["allow", "warn", "block"]
Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: dict[FailureClass, Severity] = {
    "unsupported_price": "critical",
    "unsupported_commitment": "critical",
    "foreign_link": "critical",
    "unsupported_number": "high",
    "unsupported_year": "high",
    "false_attribution": "high",
    "unsupported_statement": "medium",
    "wrong_citation": "medium",
    "no_citation": "low",
}
BLOCKING: frozenset[FailureClass] = frozenset(
    kind for kind, severity in SEVERITIES.items() if severity in ("high", "critical")
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`tier` 1: rules, 2: local similarity, 3: a language model. `support` is the share of the
    answer's statements that their sources carry, 0..1."""

    action: Action
    tier: Literal[1, 2, 3]
    method: str
    support: float
    failure: Failure | None = None

    @property
    def failure_class(self) -> FailureClass | None:
        return self.failure.kind if self.failure else None

    @property
    def severity(self) -> Severity | None:
        return SEVERITIES[self.failure.kind] if self.failure else None

    @property
    def explanation(self) -> str:
        """For staff and developers, in English."""
        if self.failure is None:
            return "Every claim found has a source."
        return EXPLANATIONS[self.failure.kind].format(claim=self.failure.claim)


class AnswerBlocked(AnswerInterrupted):
    """The answer claimed what nothing supports: what was shown of it must be taken back."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(str(verdict.failure_class))


def judged(failure: Failure, tier: Literal[1, 2, 3], method: str, support: float) -> Verdict:
    action: Action = "block" if failure.kind in BLOCKING else "warn"
    return Verdict(action, tier, method, support, failure)


EXPLANATIONS: dict[FailureClass, str] = {
    "unsupported_price": 'The amount "{claim}" stands in no source.',
    "unsupported_commitment": 'The commitment "{claim}" stands in no source.',
    "foreign_link": 'The link "{claim}" stands in no source.',
    "unsupported_number": 'The figure "{claim}" stands in no source.',
    "unsupported_year": 'The year "{claim}" stands in no source.',
    "false_attribution": 'No source says "{claim}".',
    "unsupported_statement": 'The cited passage does not carry "{claim}".',
    "wrong_citation": 'Another passage than the cited one carries "{claim}".',
    "no_citation": 'No passage is cited for "{claim}".',
}
