"""One hybrid search statement: nearest vectors and matching words, fused by rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncEngine

from rag.connections import reading
from rag.documents import Candidate, Filters, Passage
from rag.lexicon import LexicalPlan, Lexicon
from rag.scope import Scope, scope_of

if TYPE_CHECKING:
    from asyncpg import Record

PLACES = 40  # candidates each half contributes
ROWS_PER_PROBE = 300  # matches read for one look-up in the word index

# Iterative scans go on until the filters have let enough rows through, if need be over all rows.
# On a small table the planner takes a sequential scan for cheaper than it is.
SETTINGS = (
    "set local hnsw.ef_search = 64; "
    "set local hnsw.iterative_scan = relaxed_order; "
    "set local hnsw.max_scan_tuples = 1000000; "
    "set local enable_seqscan = off; "
    "set local jit = off"
)

VECTOR_HALF = """
nearest as materialized (
    select id, {distance} as distance
    from document_embeddings
    where {usable} and {scope}
    order by {distance}
    limit {places}
),
vector_half as (
    select id, row_number() over (order by distance) as place from nearest
)
"""

# Each probe reads a bounded number of rows through the word index and no row's words, so its
# cost does not grow with the knowledge base. Equally good matches: the nearer meaning first.
LEXICAL_HALF = """
matches as (
    select match.id, sum(probe.weight) as weight, min(match.distance) as distance
    from unnest($2::text[], $3::real[]) as probe (terms, weight)
    cross join lateral (
        select id, {distance} as distance
        from document_embeddings
        where lexemes @@ probe.terms::tsquery and {usable} and {scope}
        limit {rows_per_probe}
    ) as match
    group by match.id
),
lexical_half as (
    select id, row_number() over (order by weight desc, distance, id) as place
    from matches
    order by place
    limit {places}
)
"""

# Reciprocal rank fusion (k = 60), then the whole rows of the best, how much of the question each
# contains, and how far its own heading and the question are the same words. `offset 0` and the
# concatenation unpack a row's words once, not once per word.
FUSION = """
fused as (
    select id, sum(1.0 / (60 + place))::float8 as fusion
    from ({halves}) as half
    group by id
    order by fusion desc
    limit $7
)
select chunk.id as chunk_id, document_id, title, chunk.type, chunk.model, chunk.year,
    chunk.market, chunk.language, chunk.text, page, heading, fusion,
    1 - ({distance}) as similarity, coverage, topic
from fused
join document_embeddings as chunk using (id)
join documents on documents.id = document_id
cross join lateral (
    select coalesce(sum(weight) filter (where held.lexemes @@ word.term::tsquery), 0)::float8
            as coverage,
        coalesce(sqrt(sum(weight) filter (where held.title @@ word.term::tsquery)
            * count(*) filter (where held.title @@ word.term::tsquery)
            / max(length(held.title))), 0)::float8 as topic
    from (
        select chunk.lexemes || ''::tsvector as lexemes,
            to_tsvector(chunk.search_config, coalesce(split_part(heading, ' > ', -1), '')) as title
        offset 0
    ) as held
    join unnest($4::text[], $5::text[], $6::real[]) as word (config, term, weight)
        on word.config::regconfig = chunk.search_config
) as held
order by fusion desc, chunk.id
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One search: `vector` is None when the embedder cannot be reached."""

    question: str
    vector: NDArray[np.float32] | None
    filters: Filters
    configs: Sequence[str]
    limit: int


class Search:
    """Finds candidates among the current chunks embedded by one model."""

    def __init__(self, engine: AsyncEngine, embedding_model: str, dimension: int) -> None:
        self._engine = engine
        self._lexicon = Lexicon()
        self._usable = f"embedding_model = {literal(embedding_model)}"
        self._dimension = dimension

    async def find(self, wanted: Wanted) -> list[Candidate]:
        """Candidates, best fusion first. Reads in one transaction of its own."""
        async with reading(self._engine, SETTINGS) as db:
            scope = await scope_of(db, wanted.filters)
            if scope is None:
                return []
            plan = await self._lexicon.plan(db, wanted.question, wanted.configs)
            rows = await db.fetch(self.statement(wanted, scope), *arguments(wanted, plan, scope))
        return [candidate(row) for row in rows]

    def statement(self, wanted: Wanted, scope: Scope) -> str:
        """One text per combination of filters, so that its prepared plan can be kept."""
        if wanted.vector is None:
            return words_only_sql(scope)
        return hybrid_sql(scope, self._usable, self._dimension)


def hybrid_sql(scope: Scope, usable: str, dimension: int) -> str:
    """Both halves. Model and dimension are literals, or the partial index could not be used;
    without the dimension the index does not apply and the order is exact."""
    cast = "::halfvec" if scope.exact else f"::halfvec({dimension})"
    return assembled(
        [VECTOR_HALF, LEXICAL_HALF],
        halves="select * from vector_half union all select * from lexical_half",
        distance=f"(embedding{cast}) <=> $1::real[]{cast}",
        usable=usable,
        scope=scope.condition,
    )


def words_only_sql(scope: Scope) -> str:
    """The word half alone; its similarity is null."""
    return assembled(
        [LEXICAL_HALF],
        halves="select * from lexical_half",
        distance="$1::real",
        usable="true",
        scope=scope.condition,
    )


def assembled(ctes: Sequence[str], **parts: str) -> str:
    """The statement of these halves and the fusion."""
    statement = "with " + ",".join([*ctes, FUSION])
    return statement.format(places=PLACES, rows_per_probe=ROWS_PER_PROBE, **parts)


def literal(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def arguments(wanted: Wanted, plan: LexicalPlan, scope: Scope) -> list[Any]:
    """The values of $1 to $7, then the scope's."""
    return [
        None if wanted.vector is None else wanted.vector.tolist(),
        [probe.terms for probe in plan.probes],
        [probe.weight for probe in plan.probes],
        [word.config for word in plan.words],
        [word.term for word in plan.words],
        [word.weight for word in plan.words],
        wanted.limit,
        *scope.values,
    ]


def candidate(row: Record) -> Candidate:
    """A result row as a value; relevance is left to the second ordering."""
    values = dict(row)
    signals = {name: values.pop(name) for name in ("fusion", "coverage", "topic")}
    return Candidate(Passage(**values, relevance=0.0), **signals)
