"""The knowledge base, measured: `rag` knows no metrics."""

import time

from app.observability.metrics import RAG_DOCUMENTS, RAG_SEARCHES, RAG_SECONDS, RAG_SIMILARITY
from rag.documents import NO_FILTERS, Catalogue, Filters, KnowledgeUnavailable, Passage
from rag.retrieval import Retriever


class MeasuredRetriever:
    """Counts what specialists ask and get."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    async def retrieve(
        self, query: str, filters: Filters = NO_FILTERS, limit: int = 6
    ) -> list[Passage]:
        """Raises KnowledgeUnavailable."""
        began = time.monotonic()
        try:
            found = await self._retriever.retrieve(query, filters, limit)
        except KnowledgeUnavailable:
            RAG_SEARCHES.labels(outcome="failed").inc()
            raise
        RAG_SECONDS.observe(time.monotonic() - began)
        count_passages(found)
        return found

    async def catalogue(self) -> Catalogue:
        return await self._retriever.catalogue()


def count_passages(found: list[Passage]) -> None:
    for passage in found:
        RAG_DOCUMENTS.labels(document_type=passage.type).inc()
    if found:
        best = max(found, key=lambda passage: passage.relevance)
        RAG_SIMILARITY.labels(document_type=best.type).observe(best.relevance)
    by_words = any(passage.similarity is None for passage in found)
    outcome = "words_only" if by_words else "found" if found else "nothing"
    RAG_SEARCHES.labels(outcome=outcome).inc()
