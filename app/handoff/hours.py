"""When there are people at the dealer's: its opening hours, asked once a minute."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from agents.dealership import Dealership, DealershipUnavailable, OpenDay

log = structlog.get_logger()

DAYS_AHEAD = 14
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether somebody is there now; `opens_at` is the next opening, None while it is open and
    where it is not known."""

    is_open: bool
    opens_at: datetime | None = None


class Hours:
    """The opening hours of the workshop count for the desk too."""

    def __init__(self, dealership: Dealership, zone: ZoneInfo) -> None:
        self._dealership, self._zone = dealership, zone
        self._days: list[OpenDay] = []
        self._asked_at = float("-inf")

    async def now(self) -> Opening:
        """Unknown hours count as open: the customer is promised nothing then."""
        here = datetime.now(self._zone)
        return opening_at(here, await self._known_days(here.date()))

    async def _known_days(self, today: date) -> list[OpenDay]:
        if time.monotonic() - self._asked_at < SECONDS:
            return self._days
        self._asked_at = time.monotonic()
        try:
            last = today + timedelta(days=DAYS_AHEAD)
            self._days = await self._dealership.open_days(today, last)
        except DealershipUnavailable:
            log.warning("opening_hours_unknown")
        return self._days


def opening_at(here: datetime, days: list[OpenDay]) -> Opening:
    """`here` is in the dealer's time zone. No days at all: open."""
    blocks = [
        tuple(datetime.combine(day.day, each, here.tzinfo) for each in block)
        for day in days
        for block in day.blocks
    ]
    if not blocks or any(opens <= here < closes for opens, closes in blocks):
        return Opening(is_open=True)
    later = min((opens for opens, _ in blocks if opens > here), default=None)
    return Opening(is_open=False, opens_at=later.astimezone(UTC) if later else None)
