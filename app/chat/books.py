"""What a turn leaves in the books, whatever becomes of it: model calls and verdicts."""

from dataclasses import dataclass, field

from agents.events import ModelCalled, Verified
from app.observability.metrics import DETECTION_SECONDS, DETECTIONS, DETECTIONS_BLOCKED, WITHHELD


@dataclass(frozen=True, slots=True)
class Books:
    """Entered while the turn runs, stored with its answer."""

    calls: list[ModelCalled] = field(default_factory=list)
    verdicts: list[Verified] = field(default_factory=list)

    def enter(self, event: ModelCalled | Verified) -> None:
        if isinstance(event, ModelCalled):
            self.calls.append(event)
            return
        self.verdicts.append(event)
        count_verdict(event)
        if event.action == "block":
            WITHHELD.labels(failure_class=event.failure_class).inc()


def count_verdict(verdict: Verified) -> None:
    DETECTIONS.labels(tier=str(verdict.tier)).inc()
    DETECTION_SECONDS.observe(verdict.took_ms / 1000)
    if verdict.action == "block":
        DETECTIONS_BLOCKED.inc()
