"""The door: personal data is found before a message is stored, or the message is refused."""

import asyncio
import re

import structlog

from app.errors import Unavailable
from app.privacy.recognizers import Found, find, make_analyzer

LONG = 800
# No kind is without an @, six digits, or fifteen letters and digits in a row.
POSSIBLE = re.compile(r"@|(?:\d\D{0,40}){6}|[A-Za-z0-9]{15}")
log = structlog.get_logger()


class MaskingFailed(Unavailable):
    """We could not check this message for personal data, so it was not stored. Please try again."""


class Masker:
    """Finds personal data. Off the event loop for long texts. Fails closed."""

    def __init__(self, enabled: bool = True) -> None:
        self._analyzer = make_analyzer() if enabled else None

    async def find(self, text: str) -> list[Found]:
        """Where personal data stands. Raises MaskingFailed."""
        if self._analyzer is None or not POSSIBLE.search(text):
            return []
        try:
            if len(text) > LONG:
                return await asyncio.to_thread(find, self._analyzer, text)
            return find(self._analyzer, text)
        except (ValueError, RuntimeError, TimeoutError, LookupError, TypeError) as failed:
            log.error("masking_failed", kind=type(failed).__name__)
            raise MaskingFailed from failed
