"""When work can be done: opening blocks, holidays and busy times in, free starts out. No store.

Opening hours are read off the wall clock, lengths of work are real time: between the two stands
the zone, so a night on which the clocks change offers neither an hour that does not exist nor
work that would end after closing.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agents.dealership import Booking, DealershipError, OpenDay, Slot

GRID = timedelta(minutes=30)
MOST_DAYS = 92
HORIZON = timedelta(days=366)  # how far ahead work can be booked
YEARS = range(2000, 2100)
MODEL_YEARS = range(1950, 2101)
MOST_CENTS = 10_000_000
MOST_NAME, MOST_REASON = 100, 2000  # characters
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}")

Span = tuple[datetime, datetime]  # aware, half open


def days_between(first: date, last: date) -> list[date]:
    """Every day, both ends included. Raises ValueError: backwards, too many, or no real year."""
    if not (first <= last and first.year in YEARS and last.year in YEARS):
        raise ValueError(f"not a range of days: {first} to {last}")
    if (last - first).days >= MOST_DAYS:
        raise ValueError(f"at most {MOST_DAYS} days at once")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def open_spans(day: OpenDay, zone: ZoneInfo) -> list[Span]:
    """The day's blocks in real time (UTC). A reading that happens twice or never on the night the
    clocks change counts as open late and closed early."""
    spans = []
    for opens, closes in day.blocks:
        span = max(_readings(day.day, opens, zone)), min(_readings(day.day, closes, zone))
        if span[0] < span[1]:
            spans.append(span)
    return spans


def _readings(day: date, clock: time, zone: ZoneInfo) -> list[datetime]:
    """The moments that the wall clock's reading may mean."""
    return [datetime.combine(day, clock, zone).replace(fold=n).astimezone(UTC) for n in (0, 1)]


def starts(day: OpenDay, minutes: int, zone: ZoneInfo) -> Iterator[datetime]:
    """Every half hour, in the zone, at which the whole work fits into one block."""
    work = timedelta(minutes=minutes)
    for opens, closes in open_spans(day, zone):
        start = opens + to_grid(opens.astimezone(zone))
        while start + work <= closes:
            if not to_grid(local := start.astimezone(zone)):
                yield local
            start += GRID


def to_grid(local: datetime) -> timedelta:
    """How long until the next half hour of the wall clock; zero on it."""
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return -past % GRID


def fits(day: OpenDay, start: datetime, minutes: int, zone: ZoneInfo) -> bool:
    """Whether work may start then: on the grid, and wholly within one block."""
    begin, end = span_of(start, minutes)
    inside = any(opens <= begin and end <= closes for opens, closes in open_spans(day, zone))
    return inside and not to_grid(start.astimezone(zone))


def within_reach(start: datetime, now: datetime) -> bool:
    """Ahead of now, and not further than the calendar goes. Raises ValueError without a zone."""
    if start.tzinfo is None:
        raise ValueError("a time without its zone")
    now = now.astimezone(UTC)  # two times of one zone would compare by the wall clock alone
    return now < start <= now + HORIZON


def span_of(start: datetime, minutes: int) -> Span:
    """The work's real time, in UTC: across a change of the clocks, an hour is an hour."""
    begin = start.astimezone(UTC)
    return begin, begin + timedelta(minutes=minutes)


class BusyTimes:
    """When one bay or technician is taken; answers in the logarithm of their number."""

    def __init__(self, spans: Iterable[Span]) -> None:
        merged: list[Span] = []
        for begin, end in sorted(spans):
            if merged and begin <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(end, merged[-1][1])
            else:
                merged.append((begin, end))
        self._begins, self._ends = [s[0] for s in merged], [s[1] for s in merged]

    def free(self, begin: datetime, end: datetime) -> bool:
        following = bisect_right(self._ends, begin)
        return following == len(self._ends) or end <= self._begins[following]


def free_slots(
    candidates: Iterable[datetime],
    minutes: int,
    bays: Sequence[BusyTimes],
    technicians: Sequence[BusyTimes],
) -> list[Slot]:
    """The starts at which some bay and some technician with the skill are free all the time."""
    slots = []
    for start in candidates:
        begin, end = span_of(start, minutes)
        if all(any(b.free(begin, end) for b in some) for some in (bays, technicians)):
            slots.append(Slot(start, minutes))
    return slots


def check_key(key: str) -> None:
    """Raises ValueError: a key is the caller's own making, so a wrong one is a mistake in code."""
    if not KEY.fullmatch(key):
        raise ValueError("a key is 1 to 200 letters, digits and . _ : -")


def check_booking(booking: Booking) -> None:
    """Raises DealershipError when a number or a text is none that a calendar could hold."""
    car = booking.car
    sane = (
        (booking.price is None or 0 <= booking.price <= MOST_CENTS)
        and (car.year is None or car.year in MODEL_YEARS)
        and (car.model is None or storable(car.model, MOST_NAME))
        and storable(booking.service, MOST_NAME)
        and storable(booking.reason, MOST_REASON)
    )
    if not sane:
        raise DealershipError("a booking with impossible details")


def storable(text: str, most: int) -> bool:
    """Whether a store can keep it: short enough, no NUL, no half characters."""
    return (
        len(text) <= most and "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)
    )
