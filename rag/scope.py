"""Which chunks a search may return: filters as a condition that PostgreSQL can plan well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.documents import NO_FILTERS, Filters
from rag.languages import primary_language

if TYPE_CHECKING:
    from asyncpg import Record

    from rag.connections import Driver

FIRST_PARAMETER = 8  # in the search statement
FEW_CHUNKS = 500  # up to which every vector is compared instead of asking the vector index

# Filters are understood on the few rows of `documents`, where case and regions do not matter;
# the chunks are then filtered by exact values, of which PostgreSQL has statistics.
# A document without model, year or market holds for all of them.
SURVEY_SQL = """
select coalesce(sum(chunks), 0) as chunks, array_agg(id) as documents,
    array_agg(distinct model) filter (where model is not null) as models,
    array_agg(distinct market) filter (where market is not null) as markets,
    array_agg(distinct language) as languages
from documents
where superseded_at is null
    and ($1::text is null or model is null or lower(model) = lower($1))
    and ($2::int is null or year is null or year = $2)
    and ($3::text is null or market is null or lower(market) = lower($3))
    and ($4::text is null or split_part(replace(lower(language), '_', '-'), '-', 1) = $4)
    and ($5::text is null or type = $5)
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """An SQL condition on chunks with the values of its parameters, from $8 on.

    `exact` means that it lets so few chunks through that all of them may be compared.
    """

    condition: str
    values: tuple[Any, ...] = ()
    exact: bool = False


EVERYTHING = Scope("current")


async def scope_of(db: Driver, filters: Filters) -> Scope | None:
    """None when no current document passes the filters."""
    if filters == NO_FILTERS:
        return EVERYTHING
    language = filters.language and primary_language(filters.language)
    row = await db.fetchrow(
        SURVEY_SQL, filters.model, filters.year, filters.market, language, filters.type
    )
    if row is None or not row["chunks"]:
        return None
    if row["chunks"] <= FEW_CHUNKS:
        condition = f"current and document_id = any(${FIRST_PARAMETER}::uuid[])"
        return Scope(condition, (row["documents"],), exact=True)
    return wide_scope(filters, row)


def wide_scope(filters: Filters, found: Record) -> Scope:
    """The filters given, and no more, on the columns of the chunks."""
    given = {
        "(model is null or model = any({}::text[]))": filters.model and (found["models"] or []),
        "(year is null or year = {}::int)": filters.year,
        "(market is null or market = any({}::text[]))": filters.market and (found["markets"] or []),
        "language = any({}::text[])": filters.language and found["languages"],
        "type = {}::text": filters.type,
    }
    used = [(clause, value) for clause, value in given.items() if value is not None]
    clauses = [
        clause.format(f"${at}") for at, (clause, _) in enumerate(used, start=FIRST_PARAMETER)
    ]
    return Scope(" and ".join(["current", *clauses]), tuple(value for _, value in used))
