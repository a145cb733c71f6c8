"""From a question to the passages that may answer it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from rag.documents import Catalogue, Filters, Passage
from rag.embedding import Embedder


class Retriever:
    """Searches the current documents."""

    def __init__(self, engine: AsyncEngine, embedder: Embedder) -> None:
        self._engine = engine
        self._embedder = embedder

    async def retrieve(
        self, query: str, filters: Filters = Filters(), limit: int = 6
    ) -> list[Passage]:
        """Passages without near-duplicates, best first; an empty list is an honest nothing."""
        raise NotImplementedError

    async def passage(self, chunk_id: UUID) -> Passage | None:
        """One chunk by its id, also of a superseded version; None when it is gone."""
        raise NotImplementedError

    async def catalogue(self) -> Catalogue:
        """The models, years and languages the current documents cover; cached a few seconds."""
        raise NotImplementedError
