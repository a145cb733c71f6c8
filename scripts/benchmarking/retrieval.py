"""Hybrid search over many synthetic chunks: latency, and recall against an exact scan."""

import asyncio
import statistics
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncEngine

from rag.connections import borrowed
from rag.documents import NO_FILTERS
from rag.retrieval import Retriever
from rag.search import PLACES, SETTINGS
from rag.vectors import INDEX_PREFIX, ensure_vector_index

DIMENSION, CLUSTERS, QUERIES = 384, 300, 60
WORDS = [f"word{n}" for n in range(4000)]


class GivenVectors:
    """An embedder that looks its vectors up: embedding is measured elsewhere."""

    name, dimension = "synthetic", DIMENSION

    def __init__(self) -> None:
        self.known: dict[str, NDArray[np.float32]] = {}

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.known[text] for text in texts])


async def measure(engine: AsyncEngine, rows: int) -> tuple[float, float]:
    """(median milliseconds of a search, recall@10 of its vector half) at `rows` chunks."""
    random = np.random.default_rng(7)
    centres = random.normal(size=(CLUSTERS, DIMENSION))
    vectors = unit(
        centres[random.integers(0, CLUSTERS, rows)] + 0.6 * random.normal(size=(rows, DIMENSION))
    )
    embedder = GivenVectors()
    await drop_vector_index(engine)
    await fill(engine, vectors, random)
    await ensure_vector_index(engine, embedder)
    retriever = Retriever(engine, embedder)
    queries = unit(
        centres[random.integers(0, CLUSTERS, QUERIES)]
        + 0.6 * random.normal(size=(QUERIES, DIMENSION))
    )
    texts = [" ".join(random.choice(WORDS, 6)) for _ in range(QUERIES)]
    embedder.known = dict(zip(texts, queries, strict=True))
    for text in texts[:5]:
        await retriever.retrieve(text, NO_FILTERS, 10)
    times = []
    for text in texts:
        begun = time.perf_counter()
        await retriever.retrieve(text, NO_FILTERS, 10)
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times), await recall(engine, queries)


async def drop_vector_index(engine: AsyncEngine) -> None:
    """Each size is a store of its own: no chunks deleted from an earlier one stand in the index."""
    async with borrowed(engine) as db:
        for row in await db.fetch(
            "select indexname from pg_indexes where indexname like $1", f"{INDEX_PREFIX}%"
        ):
            await db.execute(f'drop index "{row["indexname"]}"')


async def recall(engine: AsyncEngine, queries: NDArray[np.float32]) -> float:
    """Share of the exact ten nearest among the places that the search asks the index for."""
    nearest = (
        "select id from document_embeddings where current and embedding_model = 'synthetic'"
        f" order by (embedding::halfvec({DIMENSION})) <=> $1::text::halfvec({DIMENSION}) limit $2"
    )
    found = 0
    async with borrowed(engine) as db:
        for query in queries[:30]:
            text = str(query.tolist())
            async with db.transaction():
                await db.execute(SETTINGS)
                indexed = {row["id"] for row in await db.fetch(nearest, text, PLACES)}
            async with db.transaction():
                await db.execute("set local enable_indexscan = off")
                exact = {row["id"] for row in await db.fetch(nearest, text, 10)}
            found += len(indexed & exact)
    return found / (10 * min(30, len(queries)))


async def fill(
    engine: AsyncEngine, vectors: NDArray[np.float32], random: np.random.Generator
) -> None:
    """One document with all the chunks."""
    async with borrowed(engine) as db:
        await db.execute("delete from documents")
        document = await db.fetchval(
            "insert into documents (id, title, type, language, source_name, media_type,"
            " content_hash, version, pages, chunks) values (gen_random_uuid(), 'Synthetic',"
            " 'manual', 'en', 'synthetic.md', 'text/markdown', 'x', 1, 1, $1) returning id",
            len(vectors),
        )
        insert = (
            "insert into document_embeddings (id, document_id, ordinal, text, type, language,"
            " search_config, embedding, embedding_model) values (gen_random_uuid(), $1, $2, $3,"
            " 'manual', 'en', 'english', $4::real[]::halfvec, 'synthetic')"
        )
        for start in range(0, len(vectors), 2000):
            rows = [
                (document, start + i, " ".join(random.choice(WORDS, 60)), vector.tolist())
                for i, vector in enumerate(vectors[start : start + 2000])
            ]
            await db.executemany(insert, rows)
            await asyncio.sleep(0)
        await db.execute("analyze document_embeddings", timeout=600)


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
