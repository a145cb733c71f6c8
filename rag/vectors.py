"""The vector index, and the change from one embedding model to another."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from rag.connections import LONG, borrowed, writing
from rag.embedding import Embedder, EmbeddingModelMismatch, text_to_embed
from rag.store import bump_knowledge_version

if TYPE_CHECKING:
    from asyncpg import Record

INDEX_PREFIX = "ix_document_embeddings_hnsw_"
BATCH = 32
INDEX_LOCK = 7_230_519

# Vectors stay in the row: out of line, the planner takes a sequential scan for cheap and every
# distance costs a look-up.
STORAGE_SQL = """
select attstorage <> 'm' from pg_attribute
where attrelid = 'document_embeddings'::regclass and attname = 'embedding'
"""

OTHERS_SQL = """
select embedding_model, count(*) as chunks from document_embeddings
where current and (embedding_model <> $1 or vector_dims(embedding) <> $2)
group by 1 order by 2 desc
"""

NEXT_SQL = """
select id, heading, text from document_embeddings
where current and (embedding_model <> $1 or vector_dims(embedding) <> $2) and id > $3
order by id limit $4
"""

REPLACE_SQL = """
update document_embeddings set embedding = $2::real[]::halfvec, embedding_model = $3 where id = $1
"""

OTHER_INDEXES_SQL = """
select indexrelid::regclass::text as name from pg_index
join pg_class on pg_class.oid = indexrelid
where indrelid = 'document_embeddings'::regclass and starts_with(relname, $1) and relname <> $2
"""


def vector_index_name(embedder: Embedder) -> str:
    """One index per model and dimension; the name is short enough for PostgreSQL."""
    key = sha256(f"{embedder.name}/{embedder.dimension}".encode()).hexdigest()[:12]
    return INDEX_PREFIX + key


async def ensure_vector_index(engine: AsyncEngine, embedder: Embedder) -> None:
    """Make the HNSW index for this embedder unless it is there. Safe from several processes.

    Runs a minute at 100,000 chunks, holding off writers but no searches.
    """
    name = vector_index_name(embedder)
    model = embedder.name.replace("'", "''")
    async with writing(engine) as db:
        await db.execute("select pg_advisory_xact_lock($1)", INDEX_LOCK, timeout=LONG)
        if await db.fetchval(STORAGE_SQL):
            await db.execute(
                "alter table document_embeddings alter column embedding set storage main"
            )
        if await db.fetchval("select to_regclass($1)", name) is None:
            await db.execute("set local maintenance_work_mem = '256MB'")
            await db.execute(
                f"create index {name} on document_embeddings "
                f"using hnsw ((embedding::halfvec({embedder.dimension})) halfvec_cosine_ops) "
                f"where embedding_model = '{model}' and current",
                timeout=LONG,
            )


async def check_embedding_model(engine: AsyncEngine, embedder: Embedder) -> None:
    """Raises EmbeddingModelMismatch when current chunks belong to another model or dimension.

    Call it before `ensure_vector_index`, which cannot index vectors of two dimensions.
    """
    async with borrowed(engine) as db:
        others = await db.fetch(OTHERS_SQL, embedder.name, embedder.dimension)
    if others:
        counted = ", ".join(f"{row['chunks']} by {row['embedding_model']}" for row in others)
        raise EmbeddingModelMismatch(
            f"The configured embedding model is {embedder.name} with {embedder.dimension} "
            "dimensions, but the knowledge base holds "
            f"chunks embedded {counted}. Run `genai-auto reembed` to embed them anew, or set "
            "EMBEDDING_MODEL back."
        )


async def reembed(
    engine: AsyncEngine,
    embedder: Embedder,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Embed all current chunks of other models anew; returns how many.

    `on_progress(done, total)` is called after each batch. Interrupted, it goes on where it
    stopped. Raises EmbedderUnavailable.
    """
    async with borrowed(engine) as db:
        others = await db.fetch(OTHERS_SQL, embedder.name, embedder.dimension)
    total = sum(row["chunks"] for row in others)
    await drop_other_indexes(engine, embedder)
    done, last = 0, UUID(int=0)
    while batch := await next_batch(engine, embedder, last):
        await replace_vectors(engine, embedder, batch)
        done, last = done + len(batch), batch[-1]["id"]
        on_progress(done, max(done, total))
    await ensure_vector_index(engine, embedder)
    return done


async def next_batch(engine: AsyncEngine, embedder: Embedder, after: UUID) -> list[Record]:
    async with borrowed(engine) as db:
        return await db.fetch(NEXT_SQL, embedder.name, embedder.dimension, after, BATCH)


async def replace_vectors(engine: AsyncEngine, embedder: Embedder, batch: list[Record]) -> None:
    """Embed first, then write: no transaction waits for the embedder."""
    texts = [text_to_embed(row["heading"], row["text"]) for row in batch]
    vectors = await embedder.embed(texts)
    rows = [
        (row["id"], vector.tolist(), embedder.name)
        for row, vector in zip(batch, vectors, strict=True)
    ]
    async with writing(engine) as db:
        await db.executemany(REPLACE_SQL, rows)
        await bump_knowledge_version(db)


async def drop_other_indexes(engine: AsyncEngine, embedder: Embedder) -> None:
    """Indexes of models no longer in use only cost writes."""
    async with writing(engine) as db:
        rows = await db.fetch(OTHER_INDEXES_SQL, INDEX_PREFIX, vector_index_name(embedder))
        for row in rows:
            await db.execute(f"drop index {row['name']}")
