"""What the brain needs from the product, handed in by LangGraph's runtime context."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from langchain_core.language_models import BaseChatModel

from rag.documents import NO_FILTERS, Catalogue, Filters, Passage


class Knowledge(Protocol):
    """The knowledge base, as `rag.retrieval.Retriever` offers it."""

    async def retrieve(
        self, query: str, filters: Filters = NO_FILTERS, limit: int = 6
    ) -> list[Passage]: ...

    async def catalogue(self) -> Catalogue: ...


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
    """Opened once by the composition root. `thinking_model` is None with the offline model."""

    chat_model: BaseChatModel
    thinking_model: BaseChatModel | None
    knowledge: Knowledge
    classifier: Classifier
    dealer: Dealer
