"""Words of the prompt that no customer is meant to read."""

import re
from collections import deque
from collections.abc import Iterator
from functools import lru_cache

from agents.glossary import fold

WORD = re.compile(r"\w+")
UNFINISHED = re.compile(r"\w*$")
RUN = 7  # words in a row that cannot be there by chance

Runs = frozenset[tuple[str, ...]]


@lru_cache(maxsize=64)
def runs_of(texts: tuple[str, ...]) -> Runs:
    return frozenset(run for text in texts for run in _runs(WORD.findall(fold(text))))


def leaked_run(text: str, private: Runs) -> str:
    """The first run of private words in the text; empty without one."""
    if not private:
        return ""
    runs = _runs(WORD.findall(fold(text)))
    return " ".join(next((run for run in runs if run in private), ()))


class LeakWatch:
    """The same while a text streams; a word counts when the next one begins."""

    def __init__(self, private: Runs) -> None:
        self._private = private
        self._last: deque[str] = deque(maxlen=RUN)
        self._begun = ""

    def add(self, piece: str) -> str:
        text = self._begun + fold(piece)
        unfinished = UNFINISHED.search(text)
        cut = unfinished.start() if unfinished else len(text)
        self._begun = text[cut:]
        for word in WORD.findall(text[:cut]):
            self._last.append(word)
            if tuple(self._last) in self._private:
                return " ".join(self._last)
        return ""


def _runs(words: list[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(words[n:] for n in range(RUN)), strict=False)
