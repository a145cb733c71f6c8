"""The one transaction that makes a document's new version visible and supersedes the old."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncEngine

from rag.connections import borrowed, writing
from rag.documents import Chunk, DocumentMetadata
from rag.embedding import text_to_embed
from rag.languages import search_config
from rag.store import bump_knowledge_version

if TYPE_CHECKING:
    from rag.connections import Driver

ROWS_AT_ONCE = 200
ANALYZE_FROM = 0.1  # share of new chunks from which word statistics are taken anew

UNCHANGED_SQL = """
select id from documents where content_hash = $1 and superseded_at is null
"""

SUPERSEDE_SQL = """
update documents set superseded_at = clock_timestamp()
where source_name = $1 and superseded_at is null and content_hash <> $2
returning id
"""

HIDE_SQL = "update document_embeddings set current = false where document_id = any($1)"

DOCUMENT_SQL = """
insert into documents (id, title, type, model, year, market, language, source_name, media_type,
    content_hash, version, pages, chunks, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
    (select coalesce(max(version), 0) + 1 from documents where source_name = $8), $11, $12, $13)
"""

CHUNK_SQL = """
insert into document_embeddings (id, document_id, ordinal, text, page, heading, type, model, year,
    market, language, search_config, embedding, embedding_model)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::regconfig, $13::real[]::halfvec,
    $14)
"""


# Manuals of two model years share most of their text, two versions of one nearly all.
AT_HAND_SQL = """
select distinct on (heading, text) heading, text, embedding::real[] as vector
from document_embeddings
where current and embedding_model = $1 and text = any($2::text[])
"""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """All that a document's version consists of; `vectors` has shape [len(chunks), dimension]."""

    metadata: DocumentMetadata
    source_name: str
    media_type: str
    content_hash: str
    pages: int
    created_by: str | None
    chunks: Sequence[Chunk]
    vectors: NDArray[np.float32]
    embedding_model: str


async def unchanged_document(engine: AsyncEngine, source: str, content_hash: str) -> UUID | None:
    """The current document with exactly this content, if any.

    When the file's name belonged to other content so far, that content is superseded.
    """
    async with writing(engine) as db:
        found: UUID | None = await db.fetchval(UNCHANGED_SQL, content_hash)
        if found is not None and await supersede(db, source, content_hash):
            await bump_knowledge_version(db)
    return found


async def vectors_at_hand(
    engine: AsyncEngine, embedding_model: str, chunks: Sequence[Chunk]
) -> dict[str, NDArray[np.float32]]:
    """Embedded text -> its vector, for those of these chunks another document already has."""
    async with borrowed(engine) as db:
        rows = await db.fetch(AT_HAND_SQL, embedding_model, [chunk.text for chunk in chunks])
    return {
        text_to_embed(row["heading"], row["text"]): np.array(row["vector"], np.float32)
        for row in rows
    }


async def publish(engine: AsyncEngine, new: NewVersion) -> tuple[UUID, bool]:
    """Write the version; returns the document's id and whether it had been published meanwhile."""
    async with writing(engine) as db:
        await db.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", new.content_hash)
        await db.execute("select pg_advisory_xact_lock(hashtextextended($1, 1))", new.source_name)
        found: UUID | None = await db.fetchval(UNCHANGED_SQL, new.content_hash)
        await supersede(db, new.source_name, new.content_hash)
        document_id = found or await insert(db, new)
        await bump_knowledge_version(db)
    return document_id, found is not None


async def supersede(db: Driver, source_name: str, content_hash: str) -> bool:
    """Take the file's present version, if its content is another, out of all searches."""
    rows = await db.fetch(SUPERSEDE_SQL, source_name, content_hash)
    if rows:
        await db.execute(HIDE_SQL, [row["id"] for row in rows])
    return bool(rows)


async def insert(db: Driver, new: NewVersion) -> UUID:
    """The document's row and its chunks."""
    document_id, about = uuid4(), new.metadata
    await db.execute(
        DOCUMENT_SQL,
        *(document_id, about.title, about.type, about.model, about.year, about.market),
        *(about.language, new.source_name, new.media_type, new.content_hash),
        *(new.pages, len(new.chunks), new.created_by),
    )
    for rows in in_batches(chunk_rows(document_id, new), ROWS_AT_ONCE):
        await db.executemany(CHUNK_SQL, rows)
    return document_id


def chunk_rows(document_id: UUID, new: NewVersion) -> Iterator[tuple[Any, ...]]:
    about = new.metadata
    copied = (about.type, about.model, about.year, about.market, about.language)
    config = search_config(about.language)
    for chunk, vector in zip(new.chunks, new.vectors, strict=True):
        place = (uuid4(), document_id, chunk.ordinal, chunk.text, chunk.page, chunk.heading)
        yield (*place, *copied, config, vector.tolist(), new.embedding_model)


def in_batches(rows: Iterable[tuple[Any, ...]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    batch: list[tuple[Any, ...]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


async def refresh_statistics(engine: AsyncEngine, new_chunks: int) -> None:
    """Let PostgreSQL count words and rows anew once enough has changed; searches plan by them."""
    async with borrowed(engine) as db:
        counted = await db.fetchval(
            "select reltuples from pg_class where oid = 'document_embeddings'::regclass"
        )
        if new_chunks >= ANALYZE_FROM * max(counted, 0):
            await db.execute("analyze document_embeddings", timeout=60)
