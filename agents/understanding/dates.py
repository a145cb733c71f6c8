"""Days and times in customers' words, in four languages, as exact as they were said.

A date is worked out here and never by a model; `agents.tools` checks it against the calendar.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from agents.glossary import fold
from agents.understanding.date_words import date_words

PARTS = {
    "early": (time(7), time(9)),
    "late": (time(15), time(18)),
    "morning": (time(7), time(12)),
    "afternoon": (time(12), time(18)),
    "evening": (time(17), time(20)),
}
OPENS, CLOSES = time(7), time(20)
EARLIEST_HOUR = time(7, 30)  # "at 8" is the morning, "at 7" the evening
NUMERIC = re.compile(r"(?<![\d.,/-])(\d{1,2})([/.])(\d{1,2})(?:\2(\d{4}|\d{2}))?(?![\d:])")
ISO = re.compile(r"(?<!\d)(20\d\d)-(\d\d)-(\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class TimeWish:
    """What was said of when. Days are a range with both ends; times are [from, until), and equal
    for an exact time. `shift` is from the appointment that is spoken about."""

    days: tuple[date, date] | None = None
    times: tuple[time, time] | None = None
    weekday: int | None = None
    pick: Literal["earliest", "latest"] | None = None
    shift: timedelta | None = None

    @property
    def says_something(self) -> bool:
        return self != TimeWish()

    @property
    def exact(self) -> datetime | None:
        """One day and one time, without a zone."""
        if self.days is None or self.times is None or self.days[0] != self.days[1]:
            return None
        return datetime.combine(self.days[0], self.times[0]) if len(set(self.times)) == 1 else None


def read_dates(text: str, today: date, language: str) -> TimeWish:
    """Nothing is guessed: what was not said stays None."""
    reader = _Reader(f" {fold(text)} ", today, language)
    shift = reader.shift()
    days = None if shift else reader.days()
    times = reader.times()
    pick = reader.pick()
    weekday = None
    if days is None or pick:
        weekday, days = reader.any_weekday(days, pick)
    return TimeWish(days, times, weekday, pick, shift)


class _Reader:
    """Looks for one expression after the other, and blanks out what it has understood."""

    def __init__(self, text: str, today: date, language: str) -> None:
        self.text, self.today, self.words = text, today, date_words(language)
        while self.take("ignored"):
            """Greetings, what is past, and what is to be left are no wish."""

    def take(self, key: str) -> re.Match[str] | None:
        found = self.words.patterns[key].search(self.text)
        if found:
            self.text = f"{self.text[: found.start()]} ; {self.text[found.end() :]}"
        return found

    def shift(self) -> timedelta | None:
        if found := self.take("half_hour"):
            return timedelta(minutes=30 if found[1] and found[1] != "earlier" else -30)
        for key, sign in (("later", 1), ("earlier", -1)):
            if found := self.take(key):
                said = [group for group in found.groups() if group]
                return sign * self._span(self.words.number(said[0]), said[1])
        return None

    def _span(self, count: int, unit: str) -> timedelta:
        if unit == self.words.unit_day:
            return timedelta(days=count)
        return timedelta(weeks=count) if unit == self.words.unit_week else timedelta(hours=count)

    def days(self) -> tuple[date, date] | None:
        for read in (self._relative_days, self._dated, self._weeks):
            if (found := read()) is not None:
                return found
        return None

    def _relative_days(self) -> tuple[date, date] | None:
        for key, days in (("after_tomorrow", 2), ("tomorrow", 1)):
            if self.take(key):
                return _one(self.today + timedelta(days=days))
        if found := self.take("in_days"):
            return _one(self.today + timedelta(days=self._number_in(found)))
        if found := self.take("weeks_from_today"):
            return _one(self.today + timedelta(weeks=self._number_in(found)))
        if self.words.patterns["today"].search(self.text):
            return _one(self.today)  # "this afternoon" is also a time, so it is left standing
        return None

    def _dated(self) -> tuple[date, date] | None:
        if found := ISO.search(self.text):
            return _valid(int(found[1]), int(found[2]), int(found[3]))
        for key in ("day_month", "month_day"):
            if found := self.take(key):
                day = next(int(group) for group in found.groups() if group and group.isdigit())
                return self._upcoming(self._month_in(found), day)
        if (found := NUMERIC.search(self.text)) and self._is_date(found):
            self.text = self.text.replace(found[0], " ; ", 1)
            first, second = int(found[1]), int(found[3])
            month_first = self.words.month_first and found[2] == "/"
            return self._upcoming(*((first, second) if month_first else (second, first)))
        if found := self.take("day_only"):
            return self._coming_day(next(int(group) for group in found.groups() if group))
        return None

    def _is_date(self, found: re.Match[str]) -> bool:
        """`20.3.` is a date in German; `10.30` is a time."""
        if found[2] == "/":
            return True
        return self.text[found.end() : found.end() + 1] == "." or found[4] is not None

    def _month_in(self, found: re.Match[str]) -> int:
        return next(n for n, month in enumerate(self.words.months, 1) if month.search(found[0]))

    def _upcoming(self, month: int, day: int) -> tuple[date, date] | None:
        this_year = _valid(self.today.year, month, day)
        if this_year and this_year[0] < self.today:
            return _valid(self.today.year + 1, month, day)
        return this_year

    def _coming_day(self, day: int) -> tuple[date, date] | None:
        first = self.today.replace(day=1)
        for _ in range(12):
            found = _valid(first.year, first.month, day)
            if found and found[0] >= self.today:
                return found
            first = (first + timedelta(days=32)).replace(day=1)
        return None

    def _weeks(self) -> tuple[date, date] | None:
        monday = self.today - timedelta(days=self.today.weekday())
        if found := self.take("next_weekday"):
            return _one(monday + timedelta(days=7 + self._weekday_in(found)))
        if found := self.take("week_on"):
            return _one(self._coming(self._weekday_in(found)) + timedelta(days=7))
        if self.take("after_next"):
            return _week(monday + timedelta(weeks=2))
        if found := self.take("in_weeks"):
            return _week(monday + timedelta(weeks=self._number_in(found)))
        for key, start, length in (
            ("next_weekend", 12, 2), ("weekend", 5, 2), ("next_week", 7, 7),
        ):  # fmt: skip
            if self.take(key):
                first = monday + timedelta(days=start)
                return max(first, self.today), first + timedelta(days=length - 1)
        if self.take("this_week"):
            return self.today, monday + timedelta(days=6)
        if self.take("next_month"):
            first = (self.today.replace(day=1) + timedelta(days=32)).replace(day=1)
            return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        return None

    def any_weekday(
        self, days: tuple[date, date] | None, pick: str | None
    ) -> tuple[int | None, tuple[date, date] | None]:
        """A weekday alone is the coming one; with "the earliest" it is any such day."""
        found = self.take("any_weekday")
        if found is None:
            return None, days
        weekday = self._weekday_in(found)
        if days is not None:
            return weekday, days
        if pick == "earliest" or found[0].strip().startswith(self.words.any_of):
            return weekday, None
        again = self.take("any_weekday")
        first = self._coming(weekday)
        last = self._coming(self._weekday_in(again)) if again else first
        return None, (min(first, last), max(first, last))

    def _coming(self, weekday: int) -> date:
        return self.today + timedelta(days=(weekday - self.today.weekday() - 1) % 7 + 1)

    def _weekday_in(self, found: re.Match[str]) -> int:
        return next(n for n, day in enumerate(self.words.weekdays) if day.search(found[0]))

    def _number_in(self, found: re.Match[str]) -> int:
        return self.words.number(next(g for g in found.groups() if g))

    def times(self) -> tuple[time, time] | None:
        if found := self.take("between"):
            first, last, *half = [group for group in found.groups() if group]
            said = half[0] if half else ""
            return tuple(self._at(self.words.number(n), 0, said) for n in (first, last))  # type: ignore[return-value]
        clock = self._clock()
        if clock is None:
            return self._part()
        before = self.text[: clock[1]].rstrip()
        if self.words.before.search(before):
            return OPENS, clock[0]
        if self.words.after.search(before):
            return clock[0], CLOSES
        return clock[0], clock[0]

    def _part(self) -> tuple[time, time] | None:
        if self.take("noon"):
            before = self.words.before.search(self.text.rpartition(" ; ")[0].rstrip())
            return (OPENS, time(12)) if before else (time(12), time(12))
        for part, times in PARTS.items():
            if self.take(part):
                return times
        return None

    def _clock(self) -> tuple[time, int] | None:
        """The time, and where in the text it stood."""
        for key, minutes in (
            ("half_past", 30), ("quarter_past", 15), ("quarter_to", -15), ("three_quarters", -15),
            ("half", self.words.half_is),
        ):  # fmt: skip
            if found := self.take(key):
                return self._at(self._number_in(found), minutes, ""), found.start()
        if found := self.take("clock"):
            groups = found.groups()
            hour, minute = int(groups[0] or groups[3]), int(groups[1] or 0)
            if hour < 24 and minute < 60:
                return self._at(hour, minute, groups[2] or groups[4] or ""), found.start()
        if found := self.take("at_hour"):
            hour = self._number_in(found)
            return (self._at(hour, 0, ""), found.start()) if 1 <= hour < 24 else None
        return None

    def _at(self, hour: int, minutes: int, half: str) -> time:
        """Of two readings the one between 7:30 and 18:00; `half` is am or pm where it was said."""
        moment = datetime.combine(self.today, time(hour % 24)) + timedelta(minutes=minutes)
        if (half.startswith("p") and moment.hour < 12) or (
            not half.startswith("a") and hour <= 12 and moment.time() < EARLIEST_HOUR
        ):
            moment += timedelta(hours=12)
        return moment.time()

    def pick(self) -> Literal["earliest", "latest"] | None:
        if self.take("earliest"):
            return "earliest"
        return "latest" if self.take("latest") else None


def _one(day: date) -> tuple[date, date]:
    return day, day


def _week(monday: date) -> tuple[date, date]:
    return monday, monday + timedelta(days=6)


def _valid(year: int, month: int, day: int) -> tuple[date, date] | None:
    try:
        return _one(date(year, month, day))
    except ValueError:
        return None
