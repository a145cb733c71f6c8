"""What webhooks tell of, and how it is written down: `{"type", "timestamp", "data"}`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import orjson

EventType = Literal[
    "handoff.created",
    "handoff.claimed",
    "handoff.updated",
    "handoff.resolved",
    "handoff.expired",
    "feedback.created",
    "appointment.booked",
    "appointment.moved",
    "appointment.cancelled",
    "webhook.test",
]
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)
LARGEST_BODY = 20_000  # bytes; Standard Webhooks wants less than 20 kB
CUT = " … [cut]"
SHORTEST_CUT = 40


class BodyTooLarge(ValueError):
    """An event of many short values: there is no long text to cut."""


def written(type: EventType, data: Mapping[str, Any], at: datetime | None = None) -> str:
    """The body as it is signed and sent; long texts are cut, the longest first.

    Raises BodyTooLarge.
    """
    event = {"type": type, "timestamp": (at or datetime.now(UTC)).isoformat(), "data": data}
    body = _json(event)
    limit = LARGEST_BODY
    while len(body) >= LARGEST_BODY:
        limit //= 2
        if limit < SHORTEST_CUT:
            raise BodyTooLarge(type)
        body = _json({**event, "data": _cut(data, limit)})
    return body.decode()


def _json(value: object) -> bytes:
    return orjson.dumps(value, default=str)


def _cut(value: Any, limit: int) -> Any:
    """No text in it is longer than so many characters."""
    if isinstance(value, str):
        return value if len(value) <= limit else value[: limit - len(CUT)] + CUT
    if isinstance(value, Mapping):
        return {key: _cut(each, limit) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cut(each, limit) for each in value]
    return value
