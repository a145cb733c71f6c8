"""What one turn of the graph knows. Nodes return partial updates, never change it."""

from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

from agents.events import Agent, Answered, Routed
from agents.followups import Resolved


@dataclass(frozen=True, slots=True)
class Utterance:
    """One earlier message of the conversation, masked."""

    author: Literal["customer", "assistant"]
    text: str
    agent: Agent | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a turn begins with. `question` is masked, a burst joined by line breaks; `model` and
    `year` are the vehicle talked about so far."""

    question: str
    language: str
    history: tuple[Utterance, ...] = ()
    model: str | None = None
    year: int | None = None


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
