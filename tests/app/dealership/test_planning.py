"""Slot arithmetic, checked against the slow and obvious way of doing it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.dealership import OpenDay
from app.dealership import planning
from app.dealership.planning import BusyTimes, Span

OREGON = ZoneInfo("America/Los_Angeles")
SPRING_FORWARD = date(2027, 3, 14)  # 2:00 becomes 3:00
FALL_BACK = date(2027, 11, 7)  # 2:00 becomes 1:00
MONDAY = date(2026, 11, 23)

ZONES = st.sampled_from(
    [OREGON, *map(ZoneInfo, ("Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "UTC"))]
)
DAYS = st.one_of(
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    st.sampled_from([SPRING_FORWARD, FALL_BACK, date(2027, 3, 28), date(2027, 10, 31)]),
    st.sampled_from([date(2026, 10, 4), date(2027, 4, 4)]),  # Lord Howe's half hour
)
CLOCKS = st.integers(0, 24 * 12 - 1).map(lambda n: time(n // 12, n % 12 * 5))
MINUTES = st.integers(1, 400)


@st.composite
def open_days(draw: st.DrawFn) -> OpenDay:
    clocks = sorted(draw(st.lists(CLOCKS, max_size=6, unique=True)))
    return OpenDay(draw(DAYS), tuple(zip(clocks[::2], clocks[1::2], strict=False)))


def spans(day: date) -> st.SearchStrategy[list[Span]]:
    midnight = datetime.combine(day, time(), UTC)

    def span(at: tuple[int, int]) -> Span:
        begin = midnight + timedelta(minutes=5 * at[0])
        return begin, begin + timedelta(minutes=5 * at[1])

    return st.lists(st.tuples(st.integers(-50, 400), st.integers(1, 60)).map(span), max_size=12)


def clash(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


@given(open_days(), MINUTES, ZONES)
def test_every_start_lies_with_its_whole_work_inside_one_block_of_the_wall_clock(
    day: OpenDay, minutes: int, zone: ZoneInfo
) -> None:
    for start in planning.starts(day, minutes, zone):
        end = (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(zone)
        assert start.date() == end.date() == day.day
        assert any(
            opens <= start.time() and end.time().replace(fold=0) <= closes
            for opens, closes in day.blocks
        )
        assert start.minute % 30 == start.second == start.microsecond == 0
        assert start.astimezone(UTC).astimezone(zone) == start


@given(open_days(), MINUTES, ZONES)
def test_starts_are_exactly_the_half_hours_that_fit(
    day: OpenDay, minutes: int, zone: ZoneInfo
) -> None:
    midnight = datetime.combine(day.day, time(), zone).astimezone(UTC) - timedelta(hours=2)
    every = [(midnight + timedelta(minutes=5 * n)).astimezone(zone) for n in range(12 * 30)]
    fitting = [start for start in every if planning.fits(day, start, minutes, zone)]
    assert list(planning.starts(day, minutes, zone)) == fitting


@given(st.data(), DAYS)
def test_a_time_is_free_when_nothing_clashes_with_it(data: st.DataObject, day: date) -> None:
    taken, asked = data.draw(spans(day)), data.draw(spans(day))
    busy = BusyTimes(taken)
    for span in asked:
        assert busy.free(*span) is not any(clash(span, other) for other in taken)


@given(st.data(), open_days(), MINUTES, ZONES)
def test_a_slot_is_free_when_one_bay_and_one_technician_are(
    data: st.DataObject, day: OpenDay, minutes: int, zone: ZoneInfo
) -> None:
    bays = data.draw(st.lists(spans(day.day), max_size=3))
    technicians = data.draw(st.lists(spans(day.day), max_size=3))
    candidates = list(planning.starts(day, minutes, zone))

    def free(start: datetime, resources: Sequence[Sequence[Span]]) -> bool:
        span = planning.span_of(start, minutes)
        return any(not any(clash(span, taken) for taken in each) for each in resources)

    slots = planning.free_slots(
        candidates, minutes, [*map(BusyTimes, bays)], [*map(BusyTimes, technicians)]
    )
    expected = [s for s in candidates if free(s, bays) and free(s, technicians)]
    assert [slot.start for slot in slots] == expected


def wall(day: OpenDay, minutes: int) -> list[str]:
    return [f"{start:%H:%M%z}" for start in planning.starts(day, minutes, OREGON)]


def test_the_hour_that_does_not_exist_is_not_offered() -> None:
    night = OpenDay(SPRING_FORWARD, ((time(1), time(4)),))
    assert wall(night, 30) == ["01:00-0800", "01:30-0800", "03:00-0700", "03:30-0700"]
    assert wall(night, 90) == ["01:00-0800", "01:30-0800"]


def test_the_hour_that_happens_twice_is_offered_twice() -> None:
    night = OpenDay(FALL_BACK, ((time(0, 30), time(2)),))
    assert wall(night, 60) == ["00:30-0700", "01:00-0700", "01:30-0700", "01:00-0800"]


def test_hours_are_the_wall_clocks_on_both_sides_of_a_change() -> None:
    for day in (SPRING_FORWARD - timedelta(days=1), SPRING_FORWARD, FALL_BACK):
        opened = OpenDay(day, ((time(8), time(10)),))
        assert [each[:5] for each in wall(opened, 60)] == ["08:00", "08:30", "09:00"]


def test_an_opening_off_the_grid_starts_at_the_next_half_hour() -> None:
    opened = OpenDay(MONDAY, ((time(7, 45), time(9, 10)),))
    assert [each[:5] for each in wall(opened, 30)] == ["08:00", "08:30"]


def test_work_longer_than_the_rest_of_a_block_is_not_split_over_the_break() -> None:
    opened = OpenDay(MONDAY, ((time(8), time(10)), (time(11), time(13))))
    assert [each[:5] for each in wall(opened, 120)] == ["08:00", "11:00"]
    assert wall(opened, 121) == []


def test_a_closed_day_has_no_starts() -> None:
    assert wall(OpenDay(MONDAY, holiday="Rest"), 30) == []


def test_at_most_92_days_are_planned_at_once() -> None:
    assert len(planning.days_between(MONDAY, MONDAY + timedelta(days=91))) == 92
    for first, last in [
        (MONDAY, MONDAY + timedelta(days=92)),
        (MONDAY, MONDAY - timedelta(days=1)),
        (date.min, date.min),
        (date.max, date.max),
    ]:
        with pytest.raises(ValueError, match="days"):
            planning.days_between(first, last)


def test_only_what_lies_ahead_within_a_year_is_within_reach() -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=OREGON)
    assert planning.within_reach(now + timedelta(days=366), now)
    for far in (now, now - timedelta(days=1), now + timedelta(days=367)):
        assert not planning.within_reach(far, now)
    for end in (datetime.min, datetime.max):
        assert not planning.within_reach(end.replace(tzinfo=OREGON), now)
    with pytest.raises(ValueError, match="zone"):
        planning.within_reach(datetime(2026, 11, 24, 9), now)


@pytest.mark.parametrize("key", ["", "a b", "../x", "a\nb", "é", "x" * 201])
def test_a_key_that_could_not_travel_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        planning.check_key(key)
