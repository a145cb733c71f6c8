"""The days that are asked for; they are the dealer's, wherever the reader is."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from app.errors import BadInput

USUAL_DAYS = 14
MOST_DAYS = 366


class BadSpan(BadInput):
    """These days cannot be looked at."""


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days from `first` to `last`, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @classmethod
    def of(cls, first: date | None, last: date | None, zone: ZoneInfo) -> Self:
        """The last 14 days where nothing else is said. Raises BadSpan."""
        today = datetime.now(zone).date()
        last = last or (today if first is None else max(first, today))
        if last == date.max or (last - date.min).days < USUAL_DAYS:
            raise BadSpan("No calendar of ours has these days.")
        first = first or last - timedelta(days=USUAL_DAYS - 1)
        if first > last:
            raise BadSpan("The first day must not be after the last.")
        if (last - first).days >= MOST_DAYS:
            raise BadSpan(f"At most {MOST_DAYS} days can be looked at in one go.")
        return cls(first, last, zone)

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.first, time(), self.zone)

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def values(self) -> tuple[str, datetime, datetime]:
        """What every query takes as $1, $2 and $3: zone, first moment, first moment after."""
        return self.zone.key, self.begins, self.ends
