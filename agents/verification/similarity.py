"""Tier 2: how far a statement is carried by its passages, by shared words and by meaning."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from agents.citations import sentences_of
from agents.events import Citation
from agents.glossary import expand, fold
from rag.embedding import Embedder

ANY_WORD = re.compile(r"\w+")
WORD = re.compile(r"[^\W\d_]{4,}")
FEWEST_WORDS = 3
NEAREST = 4
MOST_KNOWN = 4096  # vectors of sentences, 6 MB


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of the answer without its marks, and the texts of the passages it cites."""

    text: str
    passages: tuple[str, ...]


def carried(statement: Statement, language: str) -> float:
    """Share of the statement's longer words that its passages have."""
    words = content_words(statement.text, language)
    if len(words) < FEWEST_WORDS:
        return 1.0
    known = {stem for passage in statement.passages for stem in content_words(passage, "en")}
    return len(words & known) / len(words)


def share_answered(question: str, language: str, citations: Sequence[Citation]) -> float:
    """Share of the question's longer words that the cited passages have; 0 without a citation."""
    if not citations:
        return 0.0
    asked = content_words(question, language)
    texts = (f"{each.passage.heading or ''} {each.passage.text}" for each in citations)
    known = {word for text in texts for word in content_words(text, "en")}
    return len(asked & known) / len(asked) if asked else 1.0


@lru_cache(maxsize=1024)
def content_words(text: str, language: str) -> frozenset[str]:
    """Stems; passages come again and again."""
    english = text if language == "en" else expand(text, language)
    return frozenset(word[:6] for word in WORD.findall(fold(english)))


async def support_of(statement: Statement, language: str, embedder: Embedder) -> float:
    """Shared words and meaning together: neither alone tells a contradiction from a paraphrase."""
    return carried(statement, language) / 2 + await alike(statement, language, embedder)


async def alike(statement: Statement, language: str, embedder: Embedder) -> float:
    """Cosine of the statement and the closest of those sentences that share most words with it."""
    english = statement.text if language == "en" else expand(statement.text, language)
    words = set(ANY_WORD.findall(english.lower()))
    sentences = [pair for passage in statement.passages for pair in sentences_of(passage)]
    nearest = sorted(sentences, key=lambda pair: -len(pair[1] & words))[:NEAREST]
    if not nearest:
        return 0.0
    own, *others = await vectors_of([english, *(text for text, _ in nearest)], embedder)
    return max(float(own @ other) for other in others)


async def vectors_of(texts: Sequence[str], embedder: Embedder) -> list[NDArray[np.float32]]:
    """The manuals' sentences come again and again; new texts are embedded together."""
    new = [text for text in dict.fromkeys(texts) if (embedder.name, text) not in _known]
    if len(_known) + len(new) > MOST_KNOWN:
        _known.clear()
        new = list(dict.fromkeys(texts))
    for text, vector in zip(new, await embedder.embed(new) if new else (), strict=True):
        _known[embedder.name, text] = np.asarray(vector, np.float32)
    return [_known[embedder.name, text] for text in texts]


_known: dict[tuple[str, str], NDArray[np.float32]] = {}
