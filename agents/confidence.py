"""How sure the product is of one answer: one pure function of what the turn has shown."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from agents.verification.verdict import Verdict

# Fitted on labelled answers (`python -m scripts.evaluate` prints the table); those of `support` and
# `withheld`, which hardly vary without a language model, are set by judgement.
BIAS = -4.0
WEIGHTS: Mapping[str, float] = {
    "route": 0.3, "relevance": 2.5, "support": 1.4, "asked": 3.1, "withheld": -1.5
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """What a turn has shown: certainty of the route, relevance of the best passage, both 0..1,
    the share of the question's words that the cited passages have, what verification said, how
    often an attempt was withheld."""

    route: float
    relevance: float
    asked: float
    verdict: Verdict | None
    withheld: int = 0

    @property
    def grounds(self) -> dict[str, float]:
        return {
            "route": self.route,
            "relevance": self.relevance,
            "support": self.verdict.support if self.verdict else 1.0,
            "asked": self.asked,
            "withheld": float(self.withheld),
        }


def confidence_of(grounds: Mapping[str, float]) -> float:
    """0..1: of answers with 0.8 about eight in ten are right."""
    logit = BIAS + sum(weight * grounds[name] for name, weight in WEIGHTS.items())
    return round(1 / (1 + math.exp(-logit)), 3)
