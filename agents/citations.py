"""`[n]` in an answer must name a passage of this turn; other marks never reach the customer."""

import re
from collections.abc import Sequence
from functools import lru_cache

from agents.events import Citation
from rag.documents import Passage

MARK = re.compile(r"(\s?)\[(\d{1,2}(?:\s?[,;]\s?\d{1,2}){0,7})\]")
POSSIBLE_MARK = re.compile(r"\s?\[(?:\d[\d,; ]{0,30})?$|\s$")
# Before a capital or a digit, after a mark that follows the full stop, and at line ends.
SENTENCE_END = re.compile(
    r"(?<=[.!?])\s+(?=[^\Wa-z_]|[¿¡*|-])|(?<=[.!?]\s\[\d\])\s+|(?<=[.!?]\[\d\])\s+|\n+"
)
WORD = re.compile(r"\w+")


class CitedText:
    """Passes text through while it streams, dropping marks that name no passage of this turn.

    A list of marks, "[1, 2]", is written out as "[1][2]". `already` marks stand before this text
    in the same answer: the numbers shown go on from there.
    """

    def __init__(self, passages: Sequence[Passage], already: int = 0) -> None:
        self.passages, self.already = passages, already
        self.text = ""
        self._held = ""

    def add(self, piece: str) -> str:
        """The text that may be shown now; a mark still being written is held back."""
        pending = self._held + piece
        open_mark = POSSIBLE_MARK.search(pending)
        cut = open_mark.start() if open_mark else len(pending)
        self._held = pending[cut:]
        return self._show(pending[:cut])

    def finish(self) -> str:
        held, self._held = self._held, ""
        return self._show(held)

    def citations(self) -> tuple[Citation, ...]:
        """The passages cited, in order of their numbers."""
        numbers = sorted({n for mark in MARK.finditer(self.text) for n in numbers_of(mark)})
        return tuple(self._citation(n) for n in numbers)

    def _show(self, text: str) -> str:
        shown = MARK.sub(self._shown_mark, text)
        self.text += shown
        return shown

    def _shown_mark(self, mark: re.Match[str]) -> str:
        numbers = (n for n in numbers_of(mark) if 1 <= n <= len(self.passages))
        known = [f"[{n + self.already}]" for n in numbers]
        return mark[1] + "".join(known) if known else ""

    def _citation(self, n: int) -> Citation:
        passage = self.passages[n - self.already - 1]
        return Citation(n, passage, closest_sentence(passage.text, self._cited_words(n)))

    def _cited_words(self, n: int) -> str:
        """The sentences of the answer that carry this mark."""
        sentences = SENTENCE_END.split(self.text)
        return " ".join(s for s in sentences if f"[{n}]" in s) or self.text


def numbers_of(mark: re.Match[str]) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", mark[2])]


def closest_sentence(text: str, wanted: str) -> str:
    """The sentence, or table row, of `text` that shares most words with `wanted`; as it stands."""
    target = set(WORD.findall(wanted.lower()))
    best = max(sentences_of(text), key=lambda each: _overlap(each[1], target), default=None)
    return best[0] if best else text


@lru_cache(maxsize=1024)
def sentences_of(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """A passage's sentences with their words; the same passages are cited again and again."""
    stripped = (sentence.strip() for sentence in SENTENCE_END.split(text))
    return tuple((s, frozenset(WORD.findall(s.lower()))) for s in stripped if s)


def _overlap(words: frozenset[str], target: set[str]) -> float:
    shared = words & target
    numbers = sum(1 for word in shared if word[0].isdigit())
    return (len(shared) + 2 * numbers) / (8 + len(words)) if words else 0.0
