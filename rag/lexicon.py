"""How a question is looked up as words: few rows are read, however common its words are."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.connections import Driver

ROWS_WANTED = 600  # rows all single-word probes together may be expected to read
REFRESH_SECONDS = 60.0

LEXEMES_SQL = """
select config, tsvector_to_array(to_tsvector(config::regconfig, $2)) as lexemes
from unnest($1::text[]) as config
"""

# ANALYZE keeps the commonest lexemes of the column with the share of rows that hold each;
# after those shares PostgreSQL appends the smallest, the largest and the null share.
FREQUENCIES_SQL = """
select greatest(c.reltuples, 0)::float8 as rows,
    s.most_common_elems::text::text[] as lexemes,
    s.most_common_elem_freqs as shares
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join pg_stats s
    on s.schemaname = n.nspname and s.tablename = c.relname and s.attname = 'lexemes'
where c.oid = 'document_embeddings'::regclass
"""


@dataclass(frozen=True, slots=True)
class Frequencies:
    """In how many of the chunks each common lexeme occurs, as PostgreSQL last counted."""

    rows: float
    shares: Mapping[str, float]
    smallest: float

    def expected_rows(self, lexeme: str) -> float:
        """An upper guess for lexemes too rare to be listed."""
        return self.rows * self.shares.get(lexeme, self.smallest)

    def weight(self, lexeme: str) -> float:
        """Rare words say more: one plus the inverse document frequency."""
        found = self.rows * self.shares.get(lexeme, self.smallest / 2)
        return 1 + log(1 + (self.rows - found + 0.5) / (found + 0.5))


@dataclass(frozen=True, slots=True)
class Probe:
    """One look-up in the word index: a tsquery, and what a row that matches it earns."""

    terms: str
    weight: float


@dataclass(frozen=True, slots=True)
class Word:
    """One lexeme of the question under one configuration; weights of a configuration sum to 1."""

    config: str
    term: str
    weight: float


@dataclass(frozen=True, slots=True)
class LexicalPlan:
    """What to look up, and what the question's words are worth."""

    probes: tuple[Probe, ...]
    words: tuple[Word, ...]


class Lexicon:
    """Plans the word half of a search. Keeps PostgreSQL's word statistics for a minute."""

    def __init__(self) -> None:
        self._frequencies = Frequencies(rows=0, shares={}, smallest=0)
        self._read_at = float("-inf")

    async def plan(self, db: Driver, question: str, configs: Sequence[str]) -> LexicalPlan:
        """The question as lexemes of each configuration, rarest first."""
        frequencies = await self._current(db)
        rows = await db.fetch(LEXEMES_SQL, list(configs), question)
        lexemes = {row["config"]: list(row["lexemes"]) for row in rows}
        return plan_lookup(lexemes, frequencies)

    async def _current(self, db: Driver) -> Frequencies:
        if time.monotonic() - self._read_at > REFRESH_SECONDS:
            self._frequencies = await read_frequencies(db)
            # Before the first ANALYZE there is nothing to keep.
            self._read_at = time.monotonic() if self._frequencies.shares else float("-inf")
        return self._frequencies


async def read_frequencies(db: Driver) -> Frequencies:
    """PostgreSQL's own statistics; empty before the first ANALYZE."""
    row = await db.fetchrow(FREQUENCIES_SQL)
    if row is None or row["lexemes"] is None:
        return Frequencies(rows=0, shares={}, smallest=0)
    shares = dict(zip(row["lexemes"], row["shares"], strict=False))
    return Frequencies(rows=row["rows"], shares=shares, smallest=min(shares.values()))


def plan_lookup(lexemes: Mapping[str, Sequence[str]], frequencies: Frequencies) -> LexicalPlan:
    """Rarest words singly while they are cheap, then all words together."""
    probes: dict[str, float] = {}
    for found in lexemes.values():
        for probe in probes_for(sorted(found, key=frequencies.expected_rows), frequencies):
            probes.setdefault(probe.terms, probe.weight)
    return LexicalPlan(
        probes=tuple(Probe(terms, weight) for terms, weight in probes.items()),
        words=tuple(words_of(lexemes, frequencies)),
    )


def probes_for(rarest_first: Sequence[str], frequencies: Frequencies) -> list[Probe]:
    """Look-ups for one configuration, bounded by the rows they are expected to read."""
    singles = affordable(rarest_first, frequencies)
    probes = [Probe(quoted(lexeme), frequencies.weight(lexeme)) for lexeme in singles]
    if len(singles) < len(rarest_first):
        together = rarest_first if singles else rarest_first[:2]
        probes.append(all_of(together, frequencies))
    return probes


def affordable(rarest_first: Sequence[str], frequencies: Frequencies) -> list[str]:
    """As many of the rarest lexemes as can be read within ROWS_WANTED."""
    chosen: list[str] = []
    rows = 0.0
    for lexeme in rarest_first:
        rows += frequencies.expected_rows(lexeme)
        if rows > ROWS_WANTED:
            break
        chosen.append(lexeme)
    return chosen


def all_of(lexemes: Sequence[str], frequencies: Frequencies) -> Probe:
    """A row with all of these earns what they are worth together."""
    weight = sum(frequencies.weight(lexeme) for lexeme in lexemes)
    return Probe(" & ".join(quoted(lexeme) for lexeme in lexemes), weight)


def words_of(lexemes: Mapping[str, Sequence[str]], frequencies: Frequencies) -> Iterable[Word]:
    """Every lexeme with its share of its configuration's total weight."""
    for config, found in lexemes.items():
        total = sum(frequencies.weight(lexeme) for lexeme in found)
        for lexeme in found:
            yield Word(config, quoted(lexeme), frequencies.weight(lexeme) / total)


def quoted(lexeme: str) -> str:
    """A lexeme as a literal inside a tsquery."""
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
