"""From a question to the passages that may answer it."""

from __future__ import annotations

import logging
import time
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncEngine

from rag.documents import NO_FILTERS, Catalogue, Filters, Passage
from rag.embedding import Embedder, EmbedderUnavailable
from rag.languages import search_config
from rag.reranking import rerank
from rag.search import Search, Wanted
from rag.steps import Step
from rag.store import read_catalogue, read_passage

log = logging.getLogger(__name__)

CATALOGUE_SECONDS = 5.0
CANDIDATES = 24  # at least so many are weighed, whatever the limit


class Retriever:
    """Searches the current documents. One per process: it keeps word statistics."""

    def __init__(self, engine: AsyncEngine, embedder: Embedder) -> None:
        self._engine = engine
        self._embedder = embedder
        self._search = Search(engine, embedder.name, embedder.dimension)
        self._catalogue: Catalogue | None = None
        self._catalogue_read_at = float("-inf")

    async def retrieve(
        self, query: str, filters: Filters = NO_FILTERS, limit: int = 6
    ) -> list[Passage]:
        """Passages without near-duplicates, best first; an empty list is an honest nothing.

        With the embedder down it searches by words alone, and every similarity is None.
        Raises KnowledgeUnavailable.
        """
        if not query.strip() or limit < 1:
            return []
        about = {"gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "documents"}
        with Step("retrieve", "retrieval documents", about) as step:
            began = time.perf_counter()
            vector, configs = await self._vector(query), await self._configs(filters)
            embedded = time.perf_counter()
            most = max(CANDIDATES, 4 * limit)
            found = await self._search.find(Wanted(query, vector, filters, configs, most))
            searched = time.perf_counter()
            passages = rerank(found, filters, limit)
            step.tell(
                embed_ms=millis(began, embedded),
                search_ms=millis(embedded, searched),
                rerank_ms=millis(searched, time.perf_counter()),
                passages=len(passages),
                best=round(max((each.relevance for each in passages), default=0.0), 4),
            )
        return passages

    async def passage(self, chunk_id: UUID) -> Passage | None:
        """One chunk by its id, also of a superseded version; None when it is gone."""
        return await read_passage(self._engine, chunk_id)

    async def catalogue(self) -> Catalogue:
        """The models, years and languages the current documents cover; cached a few seconds."""
        if self._catalogue is None or self._age() > CATALOGUE_SECONDS:
            self._catalogue = await read_catalogue(self._engine)
            self._catalogue_read_at = time.monotonic()
        return self._catalogue

    def _age(self) -> float:
        return time.monotonic() - self._catalogue_read_at

    async def _vector(self, query: str) -> NDArray[np.float32] | None:
        try:
            vectors = await self._embedder.embed([query])
        except EmbedderUnavailable:
            log.warning("embedder_unavailable: searching by words alone")
            return None
        vector: NDArray[np.float32] = vectors[0]
        return vector

    async def _configs(self, filters: Filters) -> list[str]:
        """The stemming of the language asked for, or of every language there is."""
        if filters.language is not None:
            return [search_config(filters.language)]
        languages = (await self.catalogue()).languages
        return sorted({search_config(language) for language in languages})


def millis(began: float, ended: float) -> float:
    return round((ended - began) * 1000, 3)
