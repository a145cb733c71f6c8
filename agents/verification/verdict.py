"""What verification says of an answer."""

import math
from dataclasses import dataclass
from typing import Literal

from agents.events import AnswerInterrupted, Verified
from agents.verification.claims import Failure, FailureClass

Action = Literal["allow", "warn", "block"]
Method = Literal["rules", "gate", "similarity", "judge"]
Severity = Literal["low", "medium", "high", "critical"]
# The gravest first.
SEVERITIES: dict[FailureClass, Severity] = {
    "unsupported_price": "critical",
    "unsupported_commitment": "critical",
    "foreign_link": "critical",
    "prompt_leak": "critical",
    "not_verified": "critical",
    "unsupported_number": "high",
    "unsupported_year": "high",
    "false_attribution": "high",
    "contradicted_statement": "high",
    "unsupported_statement": "medium",
    "wrong_citation": "medium",
    "no_citation": "low",
}
BLOCKING: frozenset[FailureClass] = frozenset(
    kind for kind, severity in SEVERITIES.items() if severity in ("high", "critical")
)

# Shares of right verdicts on labelled cases (`python -m scripts.evaluate` prints them); for
# similarity a logistic curve over the margin was fitted.
RIGHT: dict[Method, float] = {"rules": 0.97, "gate": 0.97, "judge": 0.9}
RIGHT_AT_THE_LINE, STEEPNESS = 0.4, 12.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`tier` 1: rules, 2: local similarity, 3: a language model. `support` is the share of the
    answer's statements that their sources carry, 0..1; `margin` tells how far similarity lay from
    the line between carried and not."""

    action: Action
    tier: Literal[1, 2, 3]
    method: Method
    support: float
    failure: Failure | None = None
    margin: float = 0.0

    @property
    def certainty(self) -> float:
        """How often verdicts such as this one are right, 0..1."""
        if self.method != "similarity":
            return RIGHT[self.method]
        return round(1 / (1 + math.exp(-RIGHT_AT_THE_LINE - STEEPNESS * self.margin)), 3)

    def told(self, took_ms: float) -> Verified:
        return Verified(
            self.action, self.tier, self.method, self.certainty, self.failure_class,
            self.severity, self.explanation, round(took_ms, 2),
        )  # fmt: skip

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


NOTHING_FOUND = Verdict("allow", 1, "rules", 1.0)
NOT_VERIFIED = Verdict("block", 1, "rules", 0.0, Failure("not_verified", ""))


def judged(
    failure: Failure, tier: Literal[1, 2, 3], method: Method, support: float, margin: float = 0.0
) -> Verdict:
    action: Action = "block" if failure.kind in BLOCKING else "warn"
    return Verdict(action, tier, method, support, failure, margin)


EXPLANATIONS: dict[FailureClass, str] = {
    "unsupported_price": 'The amount "{claim}" stands in no source.',
    "unsupported_commitment": 'The commitment "{claim}" stands in no source.',
    "not_verified": "Verification did not come to an end, so the text is not let through.",
    "prompt_leak": "The answer recites the model's instructions.",
    "foreign_link": 'The link "{claim}" stands in no source.',
    "unsupported_number": 'The figure "{claim}" stands in no source.',
    "unsupported_year": 'The year "{claim}" stands in no source.',
    "false_attribution": 'No source says "{claim}".',
    "contradicted_statement": 'The cited passage says otherwise than "{claim}".',
    "unsupported_statement": 'The cited passage does not carry "{claim}".',
    "wrong_citation": 'Another passage than the cited one carries "{claim}".',
    "no_citation": 'No passage is cited for "{claim}".',
}
