"""What a turn announces while it happens, in order; `Answered` comes last."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agents.cards import Card
from rag.documents import Passage

Agent = Literal["specs", "maintenance", "troubleshoot", "general"]
Route = Literal["specs", "maintenance", "troubleshoot", "greeting", "out_of_scope", "unclear"]
RouteMethod = Literal["rule", "classifier", "llm", "fallback", "cache"]
Step = Literal["routing", "searching", "answering", "calendar", "diagnosing"]
Notice = Literal["offline", "degraded"]
Escalation = Literal[
    "safety_concern",
    "user_request",
    "sensitive_topic",
    "policy_block",
    "tool_error",
    "repeated_failure",
    "low_confidence",
    "complex_issue",
    "budget",
    "after_hours",
]
Cached = Literal["exact", "semantic"]
Trouble = Literal["calendar", "not_understood", "not_found", "withheld"]


@dataclass(frozen=True, slots=True)
class Progressed:
    """A step that has just begun, in words for the customer."""

    step: Step
    message: str


@dataclass(frozen=True, slots=True)
class Routed:
    """The router's choice; `certainty` is a calibrated probability, 0..1."""

    route: Route
    method: RouteMethod
    certainty: float

    @property
    def agent(self) -> Agent:
        if self.route in ("specs", "maintenance", "troubleshoot"):
            return self.route
        return "general"


@dataclass(frozen=True, slots=True)
class TextAdded:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What verification said of one attempt at an answer; `block`: it was withheld."""

    action: Literal["allow", "warn", "block"]
    tier: int
    method: str
    confidence: float
    failure_class: str | None
    severity: str | None
    explanation: str
    took_ms: float


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage of this turn, cited as `[n]`; `highlight` is the sentence the answer rests on."""

    n: int
    passage: Passage
    highlight: str


@dataclass(frozen=True, slots=True)
class Share:
    """A question that stands alone: what its answer rests on besides the documents of this
    version of the knowledge base. `models` are those that documents cover, `vehicle` names those
    that were searched for."""

    question: str
    language: str
    knowledge: str
    models: tuple[str, ...] = ()
    vehicle: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """The whole answer. `share` is set where others who ask the same may get it too; `cached`
    tells that somebody has asked before."""

    text: str
    agent: Agent
    language: str
    citations: tuple[Citation, ...] = ()
    follow_ups: tuple[str, ...] = ()
    notice: Notice | None = None
    escalation: Escalation | None = None
    model: str | None = None
    year: int | None = None
    cards: tuple[Card, ...] = ()
    thread: dict[str, Any] | None = None  # what the next turn must know; None leaves it as it is
    code_to: str | None = None  # placeholder of the address that is to get a one-time code
    confidence: float | None = None  # 0..1; None for fixed texts
    grounds: Mapping[str, float] | None = None  # what the confidence was computed from
    trouble: Trouble | None = None  # what kept the agent from helping
    doubt: str | None = None  # failure class of a warning by verification
    share: Share | None = None
    cached: Cached | None = None


Event = Progressed | Routed | TextAdded | Verified | Answered


class AnswerInterrupted(Exception):
    """The language model broke off after text was shown; the attempt must be taken back."""
