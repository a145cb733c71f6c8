"""Commitments in a text: promises, prices below others, money back, what is free or approved."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from agents.glossary import fold

DATA = Path(__file__).with_suffix(".yaml")
DENIALS, CONDITIONS = "denials", "conditions"
NO_KINDS = (DENIALS, CONDITIONS)
_LETTERS = "".join(map(chr, range(0xC0, 0x180)))
_UNACCENTED = {ord(c): fold(c) for c in _LETTERS if len(fold(c)) == 1}
CLAUSE_END = re.compile(r"[.!?;:\n]|,\s(?=(?:but|and|mas|e|pero|y|aber|und)\b)")


@dataclass(frozen=True, slots=True)
class Commitment:
    """A phrase that binds, at `start:end` of the folded text."""

    kind: str
    start: int
    end: int


def commitments_in(text: str) -> Iterator[Commitment]:
    """Those that are not denied in their own clause, before or within."""
    said = same_length_fold(text)
    if _any().search(said) is None:
        return
    for kind, pattern in _patterns().items():
        for found in pattern.finditer(said):
            if not is_denied(said, found.start()):
                yield Commitment(kind, found.start(), found.end())


def is_denied(said: str, at: int) -> bool:
    ends = [found.end() for found in CLAUSE_END.finditer(said, 0, at)]
    before = said[ends[-1] if ends else 0 : at]
    if _words_of(DENIALS).search(before):
        return True
    return _words_of(CONDITIONS).search(before.rpartition(",")[2]) is not None


def same_length_fold(text: str) -> str:
    """Lower case without accents, letter for letter, so that places stay true."""
    return text.lower().translate(_UNACCENTED)


@lru_cache(maxsize=1)
def _data() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load(DATA.read_text("utf-8"))
    return loaded


def any_commitment() -> str:
    """One expression for all kinds, to look for one that may be beginning."""
    return "|".join(
        phrases
        for kind, words in _data().items()
        if kind not in NO_KINDS
        for phrases in words.values()
    )


@lru_cache(maxsize=1)
def _any() -> re.Pattern[str]:
    """Most texts commit to nothing: one look instead of one for each kind."""
    return re.compile(rf"(?<!\w)(?:{any_commitment()})")


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    return {
        kind: re.compile(rf"(?<!\w)(?:{'|'.join(words.values())})")
        for kind, words in _data().items()
        if kind not in NO_KINDS
    }


@lru_cache(maxsize=len(NO_KINDS))
def _words_of(kind: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(_data()[kind].values())})(?!\w)")
