"""What a client is told when something goes wrong on its socket: an error frame, a close code."""

from uuid import UUID

import orjson

from app.chat.following import TooSlow
from app.chat.frames import Frame
from app.errors import AppError, NotAllowed, NotFound, NotSignedIn, TooManyRequests
from app.web import frames
from app.web.sockets import FOREIGN_ORIGIN, IDENTITY_ENDED, NOT_YOURS, TOO_MANY, TOO_SLOW

# The first kind that fits; docs/protocol.md tells what each code means.
CODES: dict[type[Exception], int] = {
    TooSlow: TOO_SLOW,
    TimeoutError: TOO_SLOW,
    NotSignedIn: IDENTITY_ENDED,
    NotAllowed: FOREIGN_ORIGIN,
    NotFound: NOT_YOURS,
    TooManyRequests: TOO_MANY,
    AppError: 1013,
}


def close_code(failure: Exception) -> int:
    return next((code for kind, code in CODES.items() if isinstance(failure, kind)), 1011)


def parsed_id(text: str) -> UUID:
    """Raises NotFound: what is no id names nothing."""
    try:
        return UUID(text)
    except ValueError as malformed:
        raise NotFound from malformed


def error_frame(error: AppError, raw: str | bytes) -> Frame:
    """The error, with the id of the message it is about if that can be read."""
    frame: Frame = {"type": "error", "code": error.code, "error": error.detail}
    if isinstance(error, TooManyRequests):
        frame["retry_after"] = error.retry_after
    if client_message_id := _client_message_id(raw):
        frame["client_message_id"] = client_message_id
    return frame


def _client_message_id(raw: str | bytes) -> str | None:
    if len(raw) > frames.LARGEST_FRAME:
        return None
    try:
        loaded = orjson.loads(raw)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return None
    value = loaded.get("client_message_id") if isinstance(loaded, dict) else None
    return value if isinstance(value, str) and len(value) <= 100 else None
