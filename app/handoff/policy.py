"""When a person must answer: one list of reasons, the first that holds counts."""

from collections.abc import Callable
from dataclasses import dataclass

from agents.events import Escalation, Trouble
from agents.guardrails.screening import ScreenedKind

MOST_UNHELPFUL = 3  # answers in a row
MOST_DIAGNOSING = 8  # answers in a row
QUIET_MINUTES = 10  # after a handoff was resolved


@dataclass(frozen=True, slots=True)
class Facts:
    """What a turn has shown. `heard` by screening; `blocked`: no attempt passed verification;
    `broken`: no attempt came to an end; `unhelpful` and `diagnosing`: answers in a row just before
    this one that did not help, or went on with a diagnosis; `closed`: outside opening hours."""

    heard: ScreenedKind | None = None
    blocked: bool = False
    broken: bool = False
    trouble: Trouble | None = None
    confidence: float | None = None
    threshold: float = 0.7
    unhelpful: int = 0
    diagnosing: int = 0
    over_budget: bool = False
    closed: bool = False

    @property
    def is_unsure(self) -> bool:
        return self.confidence is not None and self.confidence < self.threshold

    @property
    def helps(self) -> bool:
        return not (self.is_unsure or self.trouble or self.blocked or self.broken)


@dataclass(frozen=True, slots=True)
class Rule:
    """`priority` 1 is the most urgent; somebody should claim it within `minutes`. `at_once`: also
    right after another handoff of the conversation was resolved."""

    reason: Escalation
    holds: Callable[[Facts], bool]
    priority: int
    minutes: int
    at_once: bool = False


RULES = (
    Rule("safety_concern", lambda f: f.heard == "emergency", 1, 2, at_once=True),
    Rule("user_request", lambda f: f.heard == "person", 2, 5, at_once=True),
    Rule("sensitive_topic", lambda f: f.heard in ("self_harm", "sensitive"), 2, 5, at_once=True),
    Rule("policy_block", lambda f: f.blocked or f.trouble == "withheld", 3, 10, at_once=True),
    Rule("tool_error", lambda f: f.broken or f.trouble == "calendar", 3, 10, at_once=True),
    Rule("repeated_failure", lambda f: not f.helps and f.unhelpful + 1 >= MOST_UNHELPFUL, 3, 10),
    Rule("low_confidence", lambda f: f.is_unsure, 4, 15),
    Rule("complex_issue", lambda f: f.diagnosing + 1 >= MOST_DIAGNOSING, 4, 15),
    Rule("budget", lambda f: f.over_budget, 4, 15),
    Rule("after_hours", lambda f: f.closed and not f.helps, 4, 15),
)
BY_REASON = {rule.reason: rule for rule in RULES}


def reason_of(facts: Facts) -> Escalation | None:
    """Why a person must answer, or None."""
    return next((rule.reason for rule in RULES if rule.holds(facts)), None)


def opens(reason: Escalation, waiting: bool, just_resolved: bool) -> bool:
    """Whether a handoff is opened: never a second one (one that waits may become more urgent), and
    none for little right after another."""
    return not waiting and (not just_resolved or BY_REASON[reason].at_once)
