"""What a client may send over the socket: sizes, types, depth and text checked in one place."""

import re
from typing import Annotated, Any, Literal

import orjson
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
)

from app.errors import BadFrame, BadInput, EmptyMessage, MessageTooLong

LARGEST_FRAME = 32 * 1024
DEEPEST = 8
LONGEST_MESSAGE = 4000
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e007f]"
)


class FrameTooLarge(BadInput):
    """A frame may have at most 32 KiB."""


def visible(text: str) -> str:
    """Without control and invisible characters."""
    return INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


class _Frame(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    @field_validator("*", mode="after")
    @classmethod
    def _visible(cls, value: Any) -> Any:
        return visible(value) if isinstance(value, str) else value


class Message(_Frame):
    type: Literal["message"]
    message: str
    client_message_id: str | None = Field(None, min_length=1, max_length=100)


class Auth(_Frame):
    type: Literal["auth"]
    token: str = Field(max_length=4096)


class Resume(_Frame):
    type: Literal["resume"]
    after: int = Field(ge=0, le=2_000_000_000)


class Feedback(_Frame):
    type: Literal["feedback"]
    message_id: str = Field(max_length=36)
    rating: Literal["up", "down"]
    reason: str | None = Field(None, pattern=r"^[a-z_]{1,40}$")
    comment: str | None = Field(None, max_length=1000)


class Action(_Frame):
    """A button of a card; without an id of its own the same button pressed twice is one press."""

    type: Literal["action"]
    card_id: str = Field(max_length=36)
    choice: str = Field(min_length=1, max_length=100)
    client_message_id: str | None = Field(None, min_length=1, max_length=100)


class Simple(_Frame):
    type: Literal["cancel", "typing", "ping"]


ClientFrame = Annotated[
    Message | Action | Auth | Resume | Feedback | Simple, Field(discriminator="type")
]
_adapter: TypeAdapter[Message | Action | Auth | Resume | Feedback | Simple] = TypeAdapter(
    ClientFrame
)


def parse(raw: str | bytes) -> Message | Action | Auth | Resume | Feedback | Simple:
    """Raises FrameTooLarge or BadFrame; the socket lives."""
    if len(raw if isinstance(raw, bytes) else raw.encode("utf-8", "replace")) > LARGEST_FRAME:
        raise FrameTooLarge
    try:
        loaded = orjson.loads(raw)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as malformed:
        raise BadFrame from malformed
    if not isinstance(loaded, dict) or _deeper_than(loaded, DEEPEST):
        raise BadFrame
    try:
        return _adapter.validate_python(loaded)
    except ValidationError as invalid:
        raise BadFrame(_explained(invalid)) from invalid


def clean(text: str) -> str:
    """Without control and invisible characters. Raises EmptyMessage, MessageTooLong."""
    cleaned = visible(text).strip()
    if not cleaned:
        raise EmptyMessage
    if len(cleaned) > LONGEST_MESSAGE:
        raise MessageTooLong
    return cleaned


def _deeper_than(value: Any, depth: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    children = value.values() if isinstance(value, dict) else value
    return depth == 0 or any(_deeper_than(child, depth - 1) for child in children)


def _explained(invalid: ValidationError) -> str:
    """Which field, and why; never its content."""
    first = invalid.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"][1:]) or "type"
    return f"{place}: {first['msg']}"[:200]
