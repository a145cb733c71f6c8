"""What formats speak of: the event, who receives it, the calls to make and what they answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import orjson

SHORT = 1024  # bytes read of an answer that tells nothing


@dataclass(frozen=True, slots=True)
class Event:
    """A delivery as its format sees it. `body` is what was written and is signed."""

    id: str
    body: str
    type: str
    data: Mapping[str, Any]

    @classmethod
    def of(cls, id: str, body: str) -> Self:
        told = orjson.loads(body)
        return cls(id, body, told["type"], told["data"])


@dataclass(frozen=True, slots=True)
class Receiver:
    """An endpoint with its secrets: the present one first, the former while it still signs.
    `desk` is the address of our desk page, or empty."""

    url: str
    secrets: tuple[str, ...] = ()
    token: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    desk: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `accepted`: refusals the format knows what to do with."""

    method: str
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    signed: bool = True
    accepted: frozenset[int] = frozenset()
    longest: int = SHORT


@dataclass(frozen=True, slots=True)
class Answer:
    """`json` is None when the body was none, or longer than the call reads."""

    status: int
    json: Any = None


class OddAnswer(Exception):
    """The receiver is not what its format says."""
