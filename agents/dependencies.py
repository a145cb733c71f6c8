"""What the brain needs from the product, handed in by LangGraph's runtime context."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from pydantic import BaseModel

from rag.documents import NO_FILTERS, Catalogue, Filters, Passage


class Knowledge(Protocol):
    """The knowledge base, as `rag.retrieval.Retriever` offers it."""

    async def retrieve(
        self, query: str, filters: Filters = NO_FILTERS, limit: int = 6
    ) -> list[Passage]: ...

    async def catalogue(self) -> Catalogue: ...


class ThinkingUnavailable(Exception):
    """The thinking model cannot be reached, or answered nonsense."""


Choice = TypeVar("Choice", bound=BaseModel)


class Thinking(Protocol):
    """A model for structured choices and short texts. Both raise ThinkingUnavailable."""

    async def choose(self, messages: list[BaseMessage], schema: type[Choice]) -> Choice: ...

    async def write(self, messages: list[BaseMessage]) -> str: ...


class Classifier(Protocol):
    """The local router: calibrated probabilities of each route, without an LLM."""

    async def probabilities(self, text: str) -> Mapping[str, float]: ...


@dataclass(frozen=True, slots=True)
class Dealer:
    """The dealership, as answers speak of it."""

    name: str
    phone: str
    emergency_number: str


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Opened once by the composition root. `thinking` is None with the offline model."""

    chat_model: BaseChatModel
    thinking: Thinking | None
    knowledge: Knowledge
    classifier: Classifier
    dealer: Dealer
