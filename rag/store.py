"""The documents that are there: list, look up, delete, count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from rag.connections import borrowed, writing
from rag.documents import (
    NO_FILTERS,
    Catalogue,
    CatalogueModel,
    Filters,
    KnowledgeStats,
    Passage,
    StoredDocument,
)

if TYPE_CHECKING:
    from rag.connections import Driver

Value = TypeVar("Value", int, str)

COLUMNS = """id, title, type, model, year, market, language, source_name, media_type, version,
    superseded_at, pages, chunks, created_by, created_at"""

LIST_SQL = f"""
select {COLUMNS} from documents
where superseded_at is null
    and ($1::text is null or type = $1)
    and ($2::text is null or lower(model) = lower($2))
    and ($3::int is null or year = $3)
    and ($4::text is null or lower(market) = lower($4))
    and ($5::text is null or language = $5)
    and ($6::text is null or strpos(lower(title || ' ' || source_name), lower($6)) > 0)
order by created_at desc, id
limit $7 offset $8
"""

# A document goes with all versions of its file, so that nothing of it can come back.
DELETE_SQL = """
delete from documents where source_name = (select source_name from documents where id = $1)
"""

BUMP_SQL = """
insert into knowledge_version (id, version) values (1, 1)
on conflict (id) do update
set version = knowledge_version.version + 1, stamp = gen_random_uuid()
"""

PASSAGE_SQL = """
select c.id as chunk_id, c.document_id, d.title, c.type, c.model, c.year, c.market, c.language,
    c.text, c.page, c.heading
from document_embeddings c join documents d on d.id = c.document_id
where c.id = $1
"""

MODELS_SQL = """
select model, array_agg(distinct year) filter (where year is not null) as years,
    array_agg(distinct language) as languages
from documents where superseded_at is null and model is not null
group by model order by model
"""

REACH_SQL = """
select count(*) as documents, array_agg(distinct language) as languages,
    array_agg(distinct market) filter (where market is not null) as markets
from documents where superseded_at is null
"""


async def list_documents(
    engine: AsyncEngine,
    filters: Filters = NO_FILTERS,
    *,
    containing: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[StoredDocument]:
    """Current documents, newest first; `containing` looks in title and file name.

    Unlike a search, filters here are exact: a document without a model is not of a model.
    """
    wanted = (filters.type, filters.model, filters.year, filters.market, filters.language)
    async with borrowed(engine) as db:
        rows = await db.fetch(LIST_SQL, *wanted, containing, limit, offset)
    return [StoredDocument(**dict(row)) for row in rows]


async def get_document(engine: AsyncEngine, document_id: UUID) -> StoredDocument | None:
    """One version of a document, current or superseded."""
    async with borrowed(engine) as db:
        row = await db.fetchrow(f"select {COLUMNS} from documents where id = $1", document_id)
    return None if row is None else StoredDocument(**dict(row))


async def delete_document(engine: AsyncEngine, document_id: UUID) -> bool:
    """Remove a document with its chunks and earlier versions; False when there is none."""
    async with writing(engine) as db:
        deleted = await db.execute(DELETE_SQL, document_id)
        if deleted == "DELETE 0":
            return False
        await bump_knowledge_version(db)
    return True


async def bump_knowledge_version(db: Driver) -> None:
    """Call last in a transaction that changes documents: it holds the row until the commit."""
    await db.execute(BUMP_SQL)


async def knowledge_version(engine: AsyncEngine) -> int:
    """Grows with every change of documents; 0 before the first."""
    async with borrowed(engine) as db:
        return await db.fetchval("select version from knowledge_version") or 0


async def stats(engine: AsyncEngine) -> KnowledgeStats:
    """Counts over the current documents."""
    async with borrowed(engine) as db, db.transaction(isolation="repeatable_read", readonly=True):
        by_embedder = await db.fetch(
            "select embedding_model, count(*) from document_embeddings where current group by 1"
        )
        chunks = {row[0]: int(row[1]) for row in by_embedder}
        return KnowledgeStats(
            documents=await db.fetchval(
                "select count(*) from documents where superseded_at is null"
            ),
            chunks=sum(chunks.values()),
            documents_by_type=await count_by(db, "type"),
            documents_by_model=await count_by(db, "model"),
            documents_by_language=await count_by(db, "language"),
            chunks_by_embedding_model=chunks,
            knowledge_version=await db.fetchval("select version from knowledge_version") or 0,
        )


async def count_by(db: Driver, column: str) -> dict[Any, int]:
    """Current documents per value of one of our own columns."""
    rows = await db.fetch(
        f"select {column}, count(*) from documents where superseded_at is null "
        "group by 1 order by 2 desc, 1"
    )
    return {row[0]: int(row[1]) for row in rows}


async def read_passage(engine: AsyncEngine, chunk_id: UUID) -> Passage | None:
    """A chunk as a passage. Nothing was asked, so similarity is None and relevance 1."""
    async with borrowed(engine) as db:
        row = await db.fetchrow(PASSAGE_SQL, chunk_id)
    return None if row is None else Passage(**dict(row), similarity=None, relevance=1.0)


async def read_catalogue(engine: AsyncEngine) -> Catalogue:
    """What the current documents cover."""
    async with borrowed(engine) as db:
        models = await db.fetch(MODELS_SQL)
        reach = await db.fetchrow(REACH_SQL)
    assert reach is not None
    return Catalogue(
        models=tuple(
            CatalogueModel(row["model"], ordered(row["years"]), ordered(row["languages"]))
            for row in models
        ),
        languages=ordered(reach["languages"]),
        markets=ordered(reach["markets"]),
        documents=reach["documents"],
    )


def ordered(values: Sequence[Value] | None) -> tuple[Value, ...]:
    return tuple(sorted(values or ()))
