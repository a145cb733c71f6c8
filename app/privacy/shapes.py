"""Personal data that has a shape: a pattern, a check, and words beside it where need be.

Each pattern is linear: what repeats is bounded, and no two repetitions can share a character.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.privacy.found import Found

BEFORE, AFTER = 48, 28  # characters around a value in which a word may say what it is
HAS_FIGURES = re.compile(r"@|\d")
WORD = re.compile(r"[^\W\d_]+")


def words(text: str) -> frozenset[str]:
    return frozenset(WORD.findall(text.lower()))


@dataclass(frozen=True, slots=True)
class Shape:
    """`beside`: words of which one must stand near; `or_beside`: unless the check holds."""

    kind: str
    pattern: re.Pattern[str]
    sureness: float
    check: Callable[[str], bool] | None = None
    beside: frozenset[str] = frozenset()
    or_beside: bool = False

    def __call__(self, text: str, said: frozenset[str]) -> Iterator[Found]:
        """`said`: every word of the text, so that most patterns need not be tried."""
        named = not self.beside.isdisjoint(said)
        if self.beside and not named and not self.or_beside:
            return
        for match in self.pattern.finditer(text):
            checked = self.check is None or self.check(match[0])
            if self.or_beside and checked:
                yield Found(self.kind, match.start(), match.end(), self.sureness)
            elif named and (checked or self.or_beside):
                near = nearness(text, match.start(), match.end(), self.beside)
                if near:
                    yield Found(self.kind, match.start(), match.end(), 0.5 + 0.3 * near)
            elif checked and not self.beside:
                yield Found(self.kind, match.start(), match.end(), self.sureness)


def nearness(text: str, start: int, end: int, beside: frozenset[str]) -> float:
    """1 beside the value, 0 where none of the words is near it."""
    before = text[max(0, start - BEFORE) : start].lower()
    after = text[end : end + AFTER].lower()
    near = [1 - (len(before) - w.end()) / 96 for w in WORD.finditer(before) if w[0] in beside]
    near += [0.9 - w.start() / 96 for w in WORD.finditer(after) if w[0] in beside]
    return max(near, default=0.0)
