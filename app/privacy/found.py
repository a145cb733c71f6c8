"""What a recognizer reports."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data of one kind at `start:end` of the text; the surer of two names what they"
    " cover."""

    kind: str
    start: int
    end: int
    sureness: float = 1.0


Recognizer = Callable[[str], Iterable[Found]]
