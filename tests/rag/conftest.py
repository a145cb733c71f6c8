"""A real PostgreSQL with pgvector for the knowledge base; every test has a fresh database."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from rag.ingestion import Ingestion
from rag.retrieval import Retriever
from rag.vectors import ensure_vector_index
from tests.rag.fakes import HashingEmbedder


@pytest.fixture
def hashing() -> HashingEmbedder:
    """An embedder for tests; not `embedder`, which is the bundled model."""
    return HashingEmbedder()


@pytest.fixture
async def rag_engine(engine: AsyncEngine, hashing: HashingEmbedder) -> AsyncEngine:
    """An engine on empty tables with the vector index in place."""
    await ensure_vector_index(engine, hashing)
    return engine


@pytest.fixture
def ingestion(rag_engine: AsyncEngine, hashing: HashingEmbedder) -> Ingestion:
    return Ingestion(rag_engine, hashing)


@pytest.fixture
def retriever(rag_engine: AsyncEngine, hashing: HashingEmbedder) -> Retriever:
    return Retriever(rag_engine, hashing)
