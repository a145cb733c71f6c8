"""What every workshop tells, whoever keeps its calendar: services, hours, free times, cars."""

import uuid
from datetime import date, time, timedelta
from uuid import UUID

import pytest

from agents.dealership import (
    Car,
    DoneService,
    UnknownService,
)
from tests.app.dealership.workshops import (
    DAY_HOURS,
    MONDAY,
    NASTY,
    SERVICES,
    SUNDAY,
    TUESDAY,
    Workshop,
    at,
    starts,
    wish,
)

SPRING_FORWARD, FALL_BACK = date(2027, 3, 14), date(2027, 11, 7)


async def test_services_come_with_names_prices_and_intervals(workshop: Workshop) -> None:
    services = list(await workshop.dealership.services())
    assert services == [service for service, _ in SERVICES]
    assert services[0].name("de") == "Kleine Inspektion"
    assert services[0].name("pt") == "Basic service"
    assert services[0].price("E3") == 14900
    assert services[0].price("T5") is None


async def test_every_day_of_a_range_is_told_with_its_blocks_or_holiday(workshop: Workshop) -> None:
    await workshop.close_on(TUESDAY, "Inventory")
    days = await workshop.dealership.open_days(MONDAY, SUNDAY)
    assert [each.day for each in days] == [MONDAY + timedelta(days=n) for n in range(7)]
    assert days[0].blocks == tuple(DAY_HOURS)
    assert (days[1].blocks, days[1].holiday) == ((), "Inventory")
    assert days[5].blocks == tuple(DAY_HOURS[:1])
    assert (days[6].blocks, days[6].holiday) == ((), None)


async def test_slots_lie_on_half_hours_inside_one_block_and_ahead(workshop: Workshop) -> None:
    assert await starts(workshop, "basic", TUESDAY) == [
        "08:00", "08:30", "09:00", "09:30", "10:00", "10:30",
        "13:00", "13:30", "14:00", "14:30", "15:00", "15:30",
    ]  # fmt: skip
    assert (await starts(workshop, "basic", MONDAY))[0] == "09:30"
    assert await starts(workshop, "basic", SUNDAY) == []


async def test_slots_are_in_the_dealerships_own_zone(workshop: Workshop) -> None:
    (first, *_) = await workshop.dealership.free_slots("basic", TUESDAY, TUESDAY)
    assert first.start.utcoffset() == timedelta(hours=-8)
    assert first.minutes == 72


async def test_a_slot_needs_a_technician_with_the_skill(workshop: Workshop, customer: UUID) -> None:
    """Both work on maintenance, only one on brakes."""
    await workshop.dealership.book(wish(customer, at(TUESDAY, 8), "brakes"), "one")
    assert "08:00" not in await starts(workshop, "brakes", TUESDAY)
    assert "09:30" not in await starts(workshop, "brakes", TUESDAY)
    assert "10:00" in await starts(workshop, "brakes", TUESDAY)
    assert "08:00" in await starts(workshop, "basic", TUESDAY)


async def test_the_versatile_technician_is_kept_for_what_only_she_does(
    workshop: Workshop, customer: UUID
) -> None:
    await workshop.dealership.book(wish(customer, at(TUESDAY, 8), "basic"), "one")
    await workshop.dealership.book(wish(customer, at(TUESDAY, 8), "brakes"), "two")
    assert len(await workshop.booked()) == 2


async def test_an_unknown_service_is_told(workshop: Workshop, customer: UUID) -> None:
    for code in ("flying", NASTY, "", "\0", "x" * 500):
        with pytest.raises(UnknownService):
            await workshop.dealership.free_slots(code, TUESDAY, TUESDAY)
    with pytest.raises(UnknownService):
        await workshop.dealership.book(wish(customer, at(TUESDAY, 8), "flying"), "one")


async def test_a_service_of_another_model_cannot_be_booked(
    workshop: Workshop, customer: UUID
) -> None:
    with pytest.raises(UnknownService):
        await workshop.dealership.book(wish(customer, at(TUESDAY, 8), "charging"), "one")
    electric = wish(customer, at(TUESDAY, 8), "charging", car=Car("E3", 2025), price=None)
    assert (await workshop.dealership.book(electric, "two")).price is None


async def test_a_query_is_bounded(workshop: Workshop) -> None:
    late = MONDAY + timedelta(days=92)
    with pytest.raises(ValueError, match="days"):
        await workshop.dealership.open_days(MONDAY, late)
    with pytest.raises(ValueError, match="days"):
        await workshop.dealership.free_slots("basic", MONDAY, late)
    assert len(await workshop.dealership.open_days(MONDAY, late - timedelta(days=1))) == 92


async def test_cars_and_their_history_are_the_customers_own(workshop: Workshop) -> None:
    owner, other = await workshop.customers(2)
    car = await workshop.car(
        owner, Car("X1", 2024, uuid.uuid4(), 21_600, "petrol", date(2024, 9, 20))
    )
    older = DoneService("basic", date(2025, 9, 22), 7420, car, "All in order")
    newer = DoneService("tire rotation, long gone", date(2026, 2, 3), None, car)
    for done in (older, newer):
        await workshop.done(owner, done)
    assert await workshop.dealership.cars(owner) == [car]
    assert await workshop.dealership.history(owner) == [newer, older]
    assert await workshop.dealership.cars(other) == []
    assert await workshop.dealership.history(other) == []


async def test_hours_follow_the_wall_clock_when_the_clocks_change(workshop: Workshop) -> None:
    await workshop.open_at(6, [(time(1), time(4))])
    workshop.clock.now = at(SPRING_FORWARD - timedelta(days=30), 9)
    spring = await workshop.dealership.free_slots("battery", SPRING_FORWARD, SPRING_FORWARD)
    assert [f"{s.start:%H:%M%z}" for s in spring] == [
        "01:00-0800", "01:30-0800", "03:00-0700", "03:30-0700",
    ]  # fmt: skip
    autumn = await workshop.dealership.free_slots("battery", FALL_BACK, FALL_BACK)
    assert [f"{s.start:%H:%M%z}" for s in autumn] == [
        "01:00-0800", "01:30-0800", "02:00-0800", "02:30-0800", "03:00-0800", "03:30-0800",
    ]  # fmt: skip


async def test_an_hour_that_happens_twice_is_offered_in_the_order_of_time(
    workshop: Workshop,
) -> None:
    await workshop.open_at(6, [(time(0), time(3))])
    workshop.clock.now = at(FALL_BACK, 1, fold=0)
    night = await workshop.dealership.free_slots("battery", FALL_BACK, FALL_BACK)
    assert [f"{s.start:%H:%M%z}" for s in night] == [
        "01:30-0700", "01:00-0800", "01:30-0800", "02:00-0800", "02:30-0800",
    ]  # fmt: skip


async def test_an_hour_that_happens_twice_is_two_slots(workshop: Workshop, customer: UUID) -> None:
    await workshop.staff(1)
    await workshop.open_at(6, [(time(0), time(4))])
    workshop.clock.now = at(FALL_BACK - timedelta(days=30), 9)
    once = await workshop.dealership.book(wish(customer, at(FALL_BACK, 1)), "a")
    twice = await workshop.dealership.book(wish(customer, at(FALL_BACK, 1, fold=1)), "b")
    assert twice.start.timestamp() - once.start.timestamp() == 3600
