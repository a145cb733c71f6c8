"""What one turn of the graph knows. Nodes return partial updates, never change it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from agents.cards import ActionKind
from agents.events import Agent, Answered, Routed
from agents.followups import Resolved


@dataclass(frozen=True, slots=True)
class Utterance:
    """One earlier message of the conversation, masked."""

    author: Literal["customer", "assistant"]
    text: str
    agent: Agent | None = None


@dataclass(frozen=True, slots=True)
class OpenAction:
    """The pending action whose card is open, as the customer sees it."""

    kind: ActionKind
    details: Mapping[str, Any]
    needs_identity: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a turn begins with. `question` is masked, a burst joined by line breaks; `model` and
    `year` are the vehicle talked about so far.

    `customer_id` is set by the server for whoever has proven who they are. `picked` is the choice
    of a button that was pressed; `thread` is what an earlier answer left to be known.
    """

    question: str
    language: str
    history: tuple[Utterance, ...] = ()
    model: str | None = None
    year: int | None = None
    customer_id: UUID | None = None
    picked: str | None = None
    open_action: OpenAction | None = None
    may_send_code: bool = True
    thread: Mapping[str, Any] = field(default_factory=dict)


class TurnState(TypedDict):
    """The graph's only state. Few channels: each one costs every step."""

    asked: Asked
    resolved: NotRequired[Resolved]
    route: NotRequired[Routed]
    answer: NotRequired[Answered]


class Update(TypedDict, total=False):
    """What a node returns."""

    resolved: Resolved
    route: Routed
    answer: Answered
