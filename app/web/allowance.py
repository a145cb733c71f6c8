"""How many frames a socket may send."""

import asyncio

from app.errors import TooManyRequests

BURST, PER_SECOND = 60.0, 6.0


class Allowance:
    """Six frames a second, sixty at once."""

    def __init__(self) -> None:
        self._left, self._last_at = BURST, 0.0

    def spend(self, frames: float = 1.0) -> None:
        """Raises TooManyRequests."""
        now = asyncio.get_running_loop().time()
        refill = (now - self._last_at) * PER_SECOND if self._last_at else BURST
        self._left, self._last_at = min(BURST, self._left + refill), now
        if self._left < frames:
            raise TooManyRequests(frames / PER_SECOND)
        self._left -= frames
