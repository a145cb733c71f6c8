"""The second ordering: what the passage shares with the question, and whom it speaks about."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.documents import Candidate, Filters, Passage

# Relevance is a weighted mean of meaning and words. Weight and floors are measured: on the demo
# manuals no off-topic question reaches 0.36, and nearly every answer lies above 0.45; by words
# alone the two overlap. See tests/rag/test_relevance.py.
MEANING = 0.7
TOPIC = 0.15  # on top, for a heading that says what was asked
FLOOR = 0.36
FLOOR_BY_WORDS = 0.45
EXACT_MODEL = 0.03
EXACT_YEAR = 0.03
SAME_WORDS = 0.9  # Jaccard similarity from which two passages say the same

WORD = re.compile(r"\w+")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def rerank(candidates: Iterable[Candidate], filters: Filters, limit: int) -> list[Passage]:
    """The relevant ones, each thing once, best first; at most `limit`."""
    weighed = ((relevance(candidate), candidate.passage) for candidate in candidates)
    relevant = [(value, passage) for value, passage in weighed if value >= floor(passage)]
    relevant.sort(key=lambda pair: -standing(pair[0], pair[1], filters))
    return [replace(passage, relevance=value) for value, passage in distinct(relevant, limit)]


def relevance(candidate: Candidate) -> float:
    """0..1: cosine similarity and the share of the question's words, weighed together."""
    similarity, said = candidate.passage.similarity, candidate.coverage
    if similarity is not None:
        said = MEANING * max(0.0, similarity) + (1 - MEANING) * said
    return bounded(said + TOPIC * candidate.topic)


def floor(passage: Passage) -> float:
    """The relevance below which a passage says nothing about the question."""
    return FLOOR_BY_WORDS if passage.similarity is None else FLOOR


def standing(value: float, passage: Passage, filters: Filters) -> float:
    """Relevance, a little higher for a passage about exactly the vehicle asked for."""
    exact_model = filters.model is not None and passage.model is not None
    exact_year = filters.year is not None and passage.year is not None
    return value + EXACT_MODEL * exact_model + EXACT_YEAR * exact_year


def distinct(ordered: Iterable[tuple[float, Passage]], limit: int) -> list[tuple[float, Passage]]:
    """Keep the first of passages that say the same."""
    kept: list[tuple[float, Passage]] = []
    contents: list[Content] = []
    for value, passage in ordered:
        if len(kept) == limit:
            break
        content = content_of(passage.text)
        if not any(content.says_the_same_as(other) for other in contents):
            kept.append((value, passage))
            contents.append(content)
    return kept


@dataclass(frozen=True, slots=True)
class Content:
    """What is compared of a text."""

    numbers: tuple[str, ...]
    words: frozenset[str]

    def says_the_same_as(self, other: Content) -> bool:
        """Nearly the same words and exactly the same numbers."""
        if self.numbers != other.numbers:
            return False
        union = len(self.words | other.words)
        return union == 0 or len(self.words & other.words) / union >= SAME_WORDS


@lru_cache(maxsize=1024)
def content_of(text: str) -> Content:
    """Read once: the same few passages are found again and again."""
    return Content(tuple(NUMBER.findall(text)), frozenset(WORD.findall(text.lower())))


def bounded(value: float) -> float:
    return min(1.0, max(0.0, value))
