"""What a turn leaves in the books, whatever becomes of it: model calls and verdicts."""

from dataclasses import dataclass, field

from agents.events import Verified
from app.llm.ledger import Ledger
from app.observability.metrics import (
    DETECTION_SECONDS,
    DETECTIONS,
    DETECTIONS_BLOCKED,
    VERDICTS,
    WITHHELD,
)


@dataclass(frozen=True, slots=True)
class Books:
    """Entered while the turn runs, stored with its answer."""

    ledger: Ledger = field(default_factory=Ledger)
    verdicts: list[Verified] = field(default_factory=list)

    def enter(self, verdict: Verified) -> None:
        self.verdicts.append(verdict)
        count_verdict(verdict)
        if verdict.action == "block":
            WITHHELD.labels(failure_class=verdict.failure_class).inc()


def count_verdict(verdict: Verified) -> None:
    DETECTIONS.labels(tier=str(verdict.tier)).inc()
    DETECTION_SECONDS.observe(verdict.took_ms / 1000)
    VERDICTS.labels(action=verdict.action).inc()
    if verdict.action == "block":
        DETECTIONS_BLOCKED.inc()
