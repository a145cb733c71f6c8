"""Checks of days and times against the workshop's calendar, and the choice among free slots."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agents.dealership import Dealership, OpenDay, Slot
from agents.tools.arguments import FindSlots

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LOOK_AHEAD = timedelta(days=13)
FURTHEST = timedelta(days=90)
MOST_SLOTS = 40


class BadTime(Exception):
    """A time that cannot be meant; `code` names the phrase that asks back."""

    def __init__(self, code: str, day: OpenDay | None = None) -> None:
        self.code, self.day = code, day
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Range:
    """The days a search looks at."""

    first: date
    last: date


def range_of(wanted: FindSlots, today: date) -> Range:
    """At most 90 days ahead. Raises BadTime for what is past."""
    first = wanted.first_day or today
    last = wanted.last_day or (first if wanted.first_day else today + LOOK_AHEAD)
    if wanted.weekday is not None and wanted.first_day is None:
        last = today + timedelta(days=27)
    if last < today:
        raise BadTime("past")
    if first > today + FURTHEST:
        raise BadTime("too_far")
    return Range(max(first, today), min(max(first, last), today + FURTHEST))


def fitting(slots: Sequence[Slot], wanted: FindSlots) -> list[Slot]:
    """Those at the times and on the weekday asked for; one alone where one was asked for."""
    from_time, until = wanted.from_time or time.min, wanted.until_time or time.max
    chosen = [
        slot for slot in slots
        if from_time <= slot.start.time() <= until
        and wanted.weekday in (None, WEEKDAYS[slot.start.weekday()])
    ]  # fmt: skip
    if wanted.pick == "latest":
        return chosen[-1:]
    return chosen[:1] if wanted.pick == "earliest" else chosen


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    """A time as the model or the customer wrote it, in the dealership's zone."""
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


async def check_time(
    start: datetime, weekday: str | None, now: datetime, dealership: Dealership
) -> None:
    """Raises BadTime: wrong weekday, past, too far, closed that day or at that time."""
    if weekday is not None and WEEKDAYS[start.weekday()] != weekday:
        raise BadTime("weekday")
    if start <= now:
        raise BadTime("past")
    if start > now + FURTHEST:
        raise BadTime("too_far")
    [day] = await dealership.open_days(start.date(), start.date())
    if not day.blocks:
        raise BadTime("holiday" if day.holiday else "closed", day)
    if not any(opens <= start.time() < closes for opens, closes in day.blocks):
        raise BadTime("closed_then", day)


def nearest(slots: Sequence[Slot], start: datetime, count: int = 12) -> list[Slot]:
    """The free times closest to the one that is not, in order of time."""
    closest = sorted(slots, key=lambda slot: abs(slot.start - start))[:count]
    return sorted(closest, key=lambda slot: slot.start)
