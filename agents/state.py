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


class TurnState(TypedDict):
    """`question` is the customer's masked text of this turn, a burst joined by line breaks."""

    question: str
    language: str
    history: tuple[Utterance, ...]
    model: str | None
    year: int | None
    resolved: NotRequired[Resolved]
    route: NotRequired[Routed]
    answer: NotRequired[Answered]
