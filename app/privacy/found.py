"""What a recognizer reports."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data of one kind at `start:end` of the text. Where two overlap, the surer names it."""

    kind: str
    start: int
    end: int
    sureness: float = 1.0


Recognizer = Callable[[str], Iterable[Found]]
