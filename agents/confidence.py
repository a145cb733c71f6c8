"""How sure the product is of one answer: one pure function of what the turn has shown."""

import math
from dataclasses import dataclass

from agents.verification.verdict import Verdict

# Fitted on labelled answers; `python -m scripts.evaluate` prints how well it is calibrated.
BIAS, ROUTE, RELEVANCE, SUPPORT, CITED, WITHHELD = -3.4, 1.2, 3.6, 1.4, 1.6, -2.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What a turn has shown: certainty of the route, relevance of the best passage, both 0..1,
    whether the answer cites, what verification said, how often an attempt was withheld."""

    route: float
    relevance: float
    cites: bool
    verdict: Verdict | None
    withheld: int = 0


def confidence_of(shown: Shown) -> float:
    """0..1: of answers with 0.8 about eight in ten are right."""
    support = shown.verdict.support if shown.verdict else 1.0
    logit = (
        BIAS
        + ROUTE * shown.route
        + RELEVANCE * shown.relevance
        + SUPPORT * support
        + CITED * shown.cites
        + WITHHELD * shown.withheld
    )
    return round(1 / (1 + math.exp(-logit)), 3)
