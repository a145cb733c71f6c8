"""What the brain needs from the product, handed in by LangGraph's runtime context."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from langchain_core.messages import BaseMessage
from pydantic import BaseModel

from agents.dealership import Dealership, Service
from agents.events import Answered, Notice, Share
from rag.documents import NO_FILTERS, Catalogue, Filters, Passage
from rag.embedding import Embedder


class Knowledge(Protocol):
    """The knowledge base, as `rag.retrieval.Retriever` offers it."""

    async def retrieve(
        self, query: str, filters: Filters = NO_FILTERS, limit: int = 6
    ) -> list[Passage]: ...

    async def catalogue(self) -> Catalogue: ...


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call, as the provider counted them."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Piece:
    """The next text of a streamed answer, and what the model says of itself."""

    text: str
    model: str
    notice: Notice | None = None


class AnswerModel(Protocol):
    """Streams answers. Closing the stream ends the call; breaking off after text was streamed
    raises AnswerInterrupted."""

    def stream_pieces(self, messages: list[BaseMessage]) -> AsyncGenerator[Piece, None]: ...


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call a model asks for; `id` ties the result to it."""

    name: str
    arguments: Mapping[str, Any]
    id: str


@dataclass(frozen=True, slots=True)
class Acted:
    """What a model does next: calls tools, or says its last word."""

    text: str
    calls: tuple[ToolCall, ...]
    model: str
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """What a model without language needs to know to act: the offline model reads this and not
    the prompt. `said` is what the tools of this turn have found, in order."""

    question: str
    language: str
    now: datetime
    services: Sequence[Service]
    thread: Mapping[str, Any]
    earlier: tuple[str, ...] = ()
    picked: str | None = None
    open_start: datetime | None = None
    said: tuple[str, ...] = ()


class ActingModel(Protocol):
    """A model that calls tools. An endpoint that fails is replaced by the offline model."""

    async def act(self, messages: Sequence[BaseMessage], situation: Situation) -> Acted: ...


Purpose = Literal["answer", "act", "route", "judge", "translate", "summarise"]


class ThinkingUnavailable(Exception):
    """The thinking model cannot be reached, or answered nonsense."""


Choice = TypeVar("Choice", bound=BaseModel)


class Thinking(Protocol):
    """A model for structured choices and short texts. Both raise ThinkingUnavailable."""

    async def choose(
        self, messages: list[BaseMessage], schema: type[Choice], purpose: Purpose
    ) -> Choice: ...

    async def write(self, messages: list[BaseMessage], purpose: Purpose) -> str: ...


class Classifier(Protocol):
    """The local router: calibrated probabilities of each route, without an LLM."""

    async def probabilities(self, text: str) -> Mapping[str, float]: ...


class Dangers(Protocol):
    """Tells whether a message may speak of a danger that is happening now."""

    async def danger_in(self, text: str) -> Literal["sure", "possible"] | None: ...


class Symptoms(Protocol):
    """Tells which symptoms a text speaks of, best first, with a score 0..1."""

    async def recognise(self, text: str) -> list[tuple[str, float]]: ...


class AnswerCache(Protocol):
    """Answers that may be shared between customers. A cache that is away finds nothing."""

    async def exact(self, share: Share) -> Answered | None:
        """The answer to the very same words. None makes the caller the one who answers; others
        who ask the same meanwhile wait a while, until `keep` or `give_up`."""
        ...

    async def similar(self, share: Share) -> Answered | None:
        """The answer to a question that asks the same in other words."""
        ...

    async def give_up(self, share: Share) -> None:
        """There will be no answer to share."""
        ...


@dataclass(frozen=True, slots=True)
class Dealer:
    """The dealership, as answers speak of it; its answers link to `hosts` alone."""

    name: str
    phone: str
    emergency_number: str
    hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Opened once by the composition root. `thinking` is None with the offline model; `embedder` is
    always the bundled one; `judge` is the model that reads doubtful statements."""

    answering: AnswerModel
    acting: ActingModel
    dealership: Dealership
    thinking: Thinking | None
    judge: Thinking | None
    knowledge: Knowledge
    classifier: Classifier
    symptoms: Symptoms
    dangers: Dangers
    dealer: Dealer
    embedder: Embedder
    answers: AnswerCache | None = None
