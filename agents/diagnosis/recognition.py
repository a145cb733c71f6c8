"""Which symptom a text speaks of: its words in four languages, and its meaning."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from math import log

import numpy as np
from numpy.typing import NDArray

from agents.diagnosis.library import library
from agents.glossary import expand, fold
from agents.language import LANGUAGES, detect
from rag.embedding import Embedder

FLOOR = 0.42
MEANING = 0.6
WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A customer's way of saying it."""

    symptom: str
    text: str
    stems: frozenset[str]


class Recogniser:
    """Embeds the English phrases once; other languages are understood by their words, and by the
    English words the glossary has for them."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: NDArray[np.float32] | None = None

    async def recognise(self, text: str) -> list[tuple[str, float]]:
        """`(symptom, score 0..1)`, best first; empty when the text speaks of none."""
        language = detect(text)
        english = text if language == "en" else expand(text, language)
        meaning = await self._meaning(english)
        scores = {
            symptom: MEANING * max(0.0, meaning[symptom]) + (1 - MEANING) * said
            for symptom, said in words_scores(text, language).items()
        }
        ranked = sorted(scores.items(), key=lambda pair: -pair[1])
        return [(symptom, score) for symptom, score in ranked[:3] if score >= FLOOR]

    async def _meaning(self, english: str) -> dict[str, float]:
        """Highest cosine with a phrase of each symptom."""
        told = phrases("en")
        if self._vectors is None:
            self._vectors = await self._embedder.embed([phrase.text for phrase in told])
        cosines = self._vectors @ (await self._embedder.embed([english[:300]]))[0]
        best: dict[str, float] = dict.fromkeys(library().symptoms, 0.0)
        for phrase, cosine in zip(told, cosines, strict=True):
            best[phrase.symptom] = max(best[phrase.symptom], float(cosine))
        return best


def words_scores(text: str, language: str) -> dict[str, float]:
    """Share, 0..1, of the words of the closest phrase of each symptom, rare words weighing more."""
    said, weights = stems(text), rarity(language)
    best: dict[str, float] = dict.fromkeys(library().symptoms, 0.0)
    for phrase in phrases(language):
        total = sum(weights[stem] for stem in phrase.stems)
        shared = sum(weights[stem] for stem in phrase.stems & said)
        if total:
            best[phrase.symptom] = max(best[phrase.symptom], shared / total)
    return best


@lru_cache(maxsize=len(LANGUAGES))
def phrases(language: str) -> tuple[Phrase, ...]:
    return tuple(
        Phrase(symptom.id, text, stems(text))
        for symptom in library().symptoms.values()
        for text in symptom.phrases.of(language)
    )


@lru_cache(maxsize=len(LANGUAGES))
def rarity(language: str) -> dict[str, float]:
    counts = Counter(stem for phrase in phrases(language) for stem in phrase.stems)
    return {stem: log(1 + len(phrases(language)) / count) for stem, count in counts.items()}


def stems(text: str) -> frozenset[str]:
    return frozenset(word[:6] for word in WORD.findall(fold(text)))
