"""What one turn of the graph knows. Nodes return partial updates, never change it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from agents.cards import ActionKind
from agents.events import Agent, Answered, Routed, Share
from agents.followups import Resolved


@dataclass(frozen=True, slots=True)
class Utterance:
    """One earlier message of the conversation, masked."""

    author: Literal["customer", "assistant", "staff"]
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
    of a button that was pressed; `thread` is what an earlier answer left to be known; `withheld`
    says why earlier attempts at this turn were not shown. `knowledge` is the version of the
    documents; `share` is set by the brain for a question that stands alone.
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
    withheld: tuple[str, ...] = ()
    thread: Mapping[str, Any] = field(default_factory=dict)
    knowledge: str = ""
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one specialist is to serve of the turn: its words, complete, and the way they go."""

    question: str
    resolved: Resolved
    route: Routed


class TurnState(TypedDict):
    """The graph's only state. Few channels: each one costs every step.

    `later` are the parts that other specialists serve after this one; `answer` is what was
    answered so far.
    """

    asked: Asked
    resolved: NotRequired[Resolved]
    route: NotRequired[Routed]
    later: NotRequired[tuple[Part, ...]]
    answer: NotRequired[Answered]


class Update(TypedDict, total=False):
    """What a node returns."""

    asked: Asked
    resolved: Resolved
    route: Routed
    later: tuple[Part, ...]
    answer: Answered


def already_cited(state: TurnState) -> int:
    """The last number that an earlier part of this turn has cited."""
    before = state.get("answer")
    return max((citation.n for citation in before.citations), default=0) if before else 0
