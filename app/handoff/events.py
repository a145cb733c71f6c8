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
MOST_FIELDS = 50


def written(type: EventType, data: Mapping[str, Any], at: datetime | None = None) -> str:
    """The body as it is signed and sent: smaller than LARGEST_BODY, the longest texts cut first."""
    moment = (at or datetime.now(UTC)).isoformat()
    whole = _json(type, moment, data)
    limit = LARGEST_BODY
    while len(whole) >= LARGEST_BODY and limit > SHORTEST_CUT:
        limit //= 2
        whole = _json(type, moment, _cut(data, max(limit, SHORTEST_CUT)))
    if len(whole) >= LARGEST_BODY:
        whole = _json(type, moment, _least(data))
    return whole.decode()


def _json(type: EventType, moment: str, data: object) -> bytes:
    return orjson.dumps({"type": type, "timestamp": moment, "data": data}, default=str)


def _cut(value: Any, limit: int) -> Any:
    """No text in it is longer than so many characters."""
    if isinstance(value, str):
        return value if len(value) <= limit else value[: limit - len(CUT)] + CUT
    if isinstance(value, Mapping):
        return {key: _cut(each, limit) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cut(each, limit) for each in value]
    return value


def _least(data: Mapping[str, Any]) -> dict[str, Any]:
    """Of an event with a great many values: the single ones, and the word that more is missing."""
    single = {k: v for k, v in data.items() if not isinstance(v, Mapping | list | tuple)}
    kept = dict(list(single.items())[:MOST_FIELDS])
    return {**_cut(kept, SHORTEST_CUT), "cut": True}
