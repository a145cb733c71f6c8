"""Words of the prompt that no customer is meant to read."""

import re
from collections.abc import Iterable
from functools import lru_cache

from agents.glossary import fold

WORD = re.compile(r"\w+")
RUN = 7  # words in a row that cannot be there by chance
REACH = 160  # characters in which so many words stand

Runs = frozenset[tuple[str, ...]]


@lru_cache(maxsize=64)
def runs_of(texts: tuple[str, ...]) -> Runs:
    return frozenset(run for text in texts for run in _runs(text))


def leaked_run(text: str, private: Runs) -> str:
    """The first run of private words in the text; empty without one."""
    if not private:
        return ""
    return " ".join(next((run for run in _runs(text) if run in private), ()))


def _runs(text: str) -> Iterable[tuple[str, ...]]:
    words = WORD.findall(fold(text))
    return zip(*(words[n:] for n in range(RUN)), strict=False)
