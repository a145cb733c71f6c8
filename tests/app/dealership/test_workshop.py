"""What every workshop promises, whoever keeps its calendar."""

import asyncio
import uuid
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest

from agents.dealership import (
    Appointment,
    Car,
    DealershipError,
    DoneService,
    OutsideHours,
    SlotTaken,
    UnknownAppointment,
    UnknownService,
)
from tests.app.dealership.workshops import (
    DAY_HOURS,
    MONDAY,
    OREGON,
    SATURDAY,
    SERVICES,
    SUNDAY,
    TUESDAY,
    Workshop,
    at,
    half_hours,
    wish,
)

SPRING_FORWARD, FALL_BACK = date(2027, 3, 14), date(2027, 11, 7)
NASTY = "'); drop table appointments; -- \" \\ ${x} %s \u202e"


@pytest.fixture
async def customer(workshop: Workshop) -> UUID:
    (customer,) = await workshop.customers(1)
    return customer


async def starts(workshop: Workshop, service: str, day: date) -> list[str]:
    return [f"{s.start:%H:%M}" for s in await workshop.dealership.free_slots(service, day, day)]


# Reading


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


# Booking


async def test_a_booking_is_held_as_it_was_agreed(workshop: Workshop, customer: UUID) -> None:
    car = await workshop.car(customer, Car("X1", 2024, uuid.uuid4(), 21_600, "petrol"))
    booking = wish(customer, at(TUESDAY, 8, 30), "basic", car=car, price=18900, reason="A noise")
    appointment = await workshop.dealership.book(booking, "key")
    assert appointment == Appointment(
        appointment.id, appointment.reference, "basic", at(TUESDAY, 8, 30), 72, car, 18900,
        "booked", "A noise",
    )  # fmt: skip
    assert appointment.start.utcoffset() == timedelta(hours=-8)
    assert await workshop.dealership.appointments(customer) == [appointment]
    assert await workshop.dealership.outcome("key") == appointment
    assert await workshop.booked() == [(at(TUESDAY, 8, 30), "basic")]


async def test_a_car_only_named_in_the_conversation_will_do(
    workshop: Workshop, customer: UUID
) -> None:
    for key, car in (("a", Car("T5", None)), ("b", Car(None))):
        booked = await workshop.dealership.book(wish(customer, at(TUESDAY, 8), car=car), key)
        assert booked.car == car


async def test_a_time_goes_when_bays_and_technicians_do(workshop: Workshop) -> None:
    first, second, third = await workshop.customers(3)
    await workshop.dealership.book(wish(first, at(TUESDAY, 8)), "one")
    assert "08:00" in await starts(workshop, "battery", TUESDAY)
    await workshop.dealership.book(wish(second, at(TUESDAY, 8)), "two")
    assert "08:00" not in await starts(workshop, "battery", TUESDAY)
    with pytest.raises(SlotTaken):
        await workshop.dealership.book(wish(third, at(TUESDAY, 8)), "three")
    with pytest.raises(SlotTaken):
        await workshop.dealership.book(wish(third, at(TUESDAY, 8), "basic"), "four")
    assert await workshop.dealership.outcome("three") is None


async def test_every_offered_slot_can_be_booked(workshop: Workshop, customer: UUID) -> None:
    for n in range(100):
        slots = await workshop.dealership.free_slots("basic", SATURDAY, SATURDAY)
        if not slots:
            break
        await workshop.dealership.book(
            wish(customer, slots[n % len(slots)].start, "basic"), f"k{n}"
        )
    assert len(await workshop.booked()) >= 4


@pytest.mark.parametrize(
    "start",
    [
        at(MONDAY, 8, 30),
        at(MONDAY, 9),
        at(MONDAY - timedelta(days=7), 10),
        at(TUESDAY, 7, 30),
        at(TUESDAY, 12),
        at(TUESDAY, 12, 30),
        at(TUESDAY, 17),
        at(TUESDAY, 8, 10),
        at(TUESDAY, 8) + timedelta(seconds=1),
        at(SATURDAY, 13),
        at(SUNDAY, 9),
        at(TUESDAY + timedelta(days=364 * 2), 8),
        datetime.max.replace(tzinfo=OREGON),
        datetime.min.replace(tzinfo=OREGON),
    ],
    ids=str,
)
async def test_past_closed_and_off_grid_times_are_refused(
    workshop: Workshop, customer: UUID, start: datetime
) -> None:
    with pytest.raises(OutsideHours):
        await workshop.dealership.book(wish(customer, start), "key")
    assert await workshop.booked() == []


async def test_a_holiday_is_refused_and_offers_nothing(workshop: Workshop, customer: UUID) -> None:
    await workshop.close_on(TUESDAY, "Inventory")
    assert await starts(workshop, "battery", TUESDAY) == []
    with pytest.raises(OutsideHours):
        await workshop.dealership.book(wish(customer, at(TUESDAY, 8)), "key")


async def test_work_that_would_run_into_the_break_is_refused(
    workshop: Workshop, customer: UUID
) -> None:
    with pytest.raises(OutsideHours):
        await workshop.dealership.book(wish(customer, at(TUESDAY, 11), "basic"), "key")


async def test_a_time_without_its_zone_is_a_mistake(workshop: Workshop, customer: UUID) -> None:
    with pytest.raises(ValueError, match="zone"):
        await workshop.dealership.book(wish(customer, datetime(2026, 11, 24, 8)), "key")


async def test_the_same_moment_in_another_zone_is_the_same_slot(
    workshop: Workshop, customer: UUID
) -> None:
    elsewhere = datetime.fromisoformat("2026-11-24T17:00:00+01:00")
    booked = await workshop.dealership.book(wish(customer, elsewhere), "key")
    assert booked.start == at(TUESDAY, 8)
    assert booked.start.hour == 8


@pytest.mark.parametrize(
    "details",
    [
        {"price": -1},
        {"price": 2**31},
        {"price": 10**30},
        {"car": Car("X1", -2024)},
        {"car": Car("X1", 10**12)},
        {"car": Car("X" * 101)},
        {"reason": "x" * 2001},
        {"reason": "nul \0"},
        {"reason": "half \ud800"},
        {"car": Car("X1", 2024, uuid.UUID(int=7))},
    ],
    ids=str,
)
async def test_impossible_details_are_refused(
    workshop: Workshop, customer: UUID, details: dict[str, object]
) -> None:
    with pytest.raises(DealershipError):
        await workshop.dealership.book(wish(customer, at(TUESDAY, 8), **details), "key")
    assert await workshop.booked() == []


async def test_another_customers_car_is_refused(workshop: Workshop) -> None:
    owner, thief = await workshop.customers(2)
    car = await workshop.car(owner, Car("X1", 2024, uuid.uuid4()))
    with pytest.raises(DealershipError):
        await workshop.dealership.book(wish(thief, at(TUESDAY, 8), car=car), "key")


async def test_sql_in_a_name_or_reason_is_just_text(workshop: Workshop, customer: UUID) -> None:
    booking = wish(customer, at(TUESDAY, 8), car=Car(NASTY, 2024), reason=NASTY)
    booked = await workshop.dealership.book(booking, "key")
    assert (booked.car.model, booked.reason) == (NASTY, NASTY)
    assert await workshop.dealership.appointments(customer) == [booked]
    for odd in (NASTY, "../../writes", "%2e%2e", ""):
        with pytest.raises(UnknownAppointment):
            await workshop.dealership.cancel(customer, odd, "other")


# Once, and once only


async def test_the_same_key_again_changes_nothing(workshop: Workshop, customer: UUID) -> None:
    first = await workshop.dealership.book(wish(customer, at(TUESDAY, 8)), "key")
    again = await workshop.dealership.book(wish(customer, at(TUESDAY, 9)), "key")
    assert again == first
    assert len(await workshop.booked()) == 1


async def test_the_same_key_five_times_at_once_is_one_booking(
    workshop: Workshop, customer: UUID
) -> None:
    booking = wish(customer, at(TUESDAY, 8))
    answers = await asyncio.gather(*(workshop.dealership.book(booking, "key") for _ in range(5)))
    assert answers == [answers[0]] * 5
    assert len(await workshop.booked()) == 1


async def test_a_key_returns_what_its_own_write_left(workshop: Workshop, customer: UUID) -> None:
    booked = await workshop.dealership.book(wish(customer, at(TUESDAY, 8)), "b")
    moved = await workshop.dealership.move(customer, booked.id, at(TUESDAY, 14), "m")
    gone = await workshop.dealership.cancel(customer, booked.id, "c")
    assert moved == replace(booked, start=at(TUESDAY, 14))
    assert gone == replace(moved, state="cancelled")
    assert await workshop.dealership.book(wish(customer, at(TUESDAY, 8)), "b") == booked
    assert await workshop.dealership.move(customer, booked.id, at(TUESDAY, 14), "m") == moved
    assert await workshop.dealership.cancel(customer, booked.id, "c") == gone
    assert [await workshop.dealership.outcome(key) for key in "bmc"] == [booked, moved, gone]
    assert await workshop.booked() == []


async def test_a_repeated_write_answers_even_after_its_time_has_come(
    workshop: Workshop, customer: UUID
) -> None:
    booked = await workshop.dealership.book(wish(customer, at(TUESDAY, 8)), "key")
    workshop.clock.now = at(TUESDAY, 18)
    assert await workshop.dealership.book(wish(customer, at(TUESDAY, 8)), "key") == booked
    assert await workshop.dealership.appointments(customer) == []


async def test_a_refused_write_leaves_its_key_unused(workshop: Workshop, customer: UUID) -> None:
    with pytest.raises(OutsideHours):
        await workshop.dealership.book(wish(customer, at(SUNDAY, 8)), "key")
    assert await workshop.dealership.outcome("key") is None
    await workshop.dealership.book(wish(customer, at(TUESDAY, 8)), "key")


async def test_a_key_shows_nobody_anothers_appointment(workshop: Workshop) -> None:
    owner, other = await workshop.customers(2)
    booked = await workshop.dealership.book(wish(owner, at(TUESDAY, 8)), "key")
    with pytest.raises(DealershipError):
        await workshop.dealership.book(wish(other, at(TUESDAY, 8)), "key")
    with pytest.raises(DealershipError):
        await workshop.dealership.cancel(other, booked.id, "key")


async def test_a_key_that_could_not_travel_is_a_mistake(workshop: Workshop, customer: UUID) -> None:
    for key in ("", "../x", "a\r\nX-Evil: 1"):
        with pytest.raises(ValueError, match="key"):
            await workshop.dealership.book(wish(customer, at(TUESDAY, 8)), key)


# Moving and cancelling


async def test_a_moved_appointment_frees_its_old_time(workshop: Workshop, customer: UUID) -> None:
    await workshop.staff(1)
    booked = await workshop.dealership.book(wish(customer, at(TUESDAY, 8)), "b")
    await workshop.dealership.move(customer, booked.id, at(TUESDAY, 14), "m")
    assert await workshop.booked() == [(at(TUESDAY, 14), "battery")]
    assert "08:00" in await starts(workshop, "battery", TUESDAY)


async def test_an_appointment_may_move_into_its_own_time(
    workshop: Workshop, customer: UUID
) -> None:
    await workshop.staff(1)
    booked = await workshop.dealership.book(wish(customer, at(TUESDAY, 8), "basic"), "b")
    moved = await workshop.dealership.move(customer, booked.id, at(TUESDAY, 8, 30), "m")
    assert moved.start == at(TUESDAY, 8, 30)


async def test_a_move_to_a_taken_or_closed_time_changes_nothing(
    workshop: Workshop, customer: UUID
) -> None:
    await workshop.staff(1)
    booked = await workshop.dealership.book(wish(customer, at(TUESDAY, 8)), "b")
    await workshop.dealership.book(wish(customer, at(TUESDAY, 14)), "other")
    with pytest.raises(SlotTaken):
        await workshop.dealership.move(customer, booked.id, at(TUESDAY, 14), "m")
    with pytest.raises(OutsideHours):
        await workshop.dealership.move(customer, booked.id, at(SUNDAY, 14), "m")
    assert booked in await workshop.dealership.appointments(customer)


async def test_a_cancelled_time_is_free_again(workshop: Workshop, customer: UUID) -> None:
    await workshop.staff(1)
    booked = await workshop.dealership.book(wish(customer, at(TUESDAY, 8)), "b")
    await workshop.dealership.cancel(customer, booked.id, "c")
    assert await workshop.dealership.appointments(customer) == []
    await workshop.dealership.book(wish(customer, at(TUESDAY, 8)), "again")


async def test_another_customer_can_neither_move_nor_cancel(workshop: Workshop) -> None:
    owner, other = await workshop.customers(2)
    booked = await workshop.dealership.book(wish(owner, at(TUESDAY, 8)), "b")
    with pytest.raises(UnknownAppointment):
        await workshop.dealership.move(other, booked.id, at(TUESDAY, 14), "m")
    with pytest.raises(UnknownAppointment):
        await workshop.dealership.cancel(other, booked.id, "c")
    assert await workshop.dealership.appointments(owner) == [booked]
    assert await workshop.dealership.appointments(other) == []


async def test_what_is_cancelled_or_begun_stays_as_it_is(
    workshop: Workshop, customer: UUID
) -> None:
    gone = await workshop.dealership.book(wish(customer, at(TUESDAY, 8)), "a")
    begun = await workshop.dealership.book(wish(customer, at(TUESDAY, 9)), "b")
    await workshop.dealership.cancel(customer, gone.id, "c")
    workshop.clock.now = at(TUESDAY, 9)
    for number, each in enumerate((gone, begun)):
        with pytest.raises(UnknownAppointment):
            await workshop.dealership.cancel(customer, each.id, f"c{number}")
        with pytest.raises(UnknownAppointment):
            await workshop.dealership.move(customer, each.id, at(TUESDAY, 14), f"m{number}")


async def test_an_appointment_nobody_made_is_unknown(workshop: Workshop, customer: UUID) -> None:
    for unknown in (str(uuid.uuid4()), "7", "GR-7K3F2"):
        with pytest.raises(UnknownAppointment):
            await workshop.dealership.cancel(customer, unknown, "c")


# The night the clocks change


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


async def test_an_hour_that_happens_twice_is_two_slots(workshop: Workshop, customer: UUID) -> None:
    await workshop.staff(1)
    await workshop.open_at(6, [(time(0), time(4))])
    workshop.clock.now = at(FALL_BACK - timedelta(days=30), 9)
    once = await workshop.dealership.book(wish(customer, at(FALL_BACK, 1)), "a")
    twice = await workshop.dealership.book(wish(customer, at(FALL_BACK, 1, fold=1)), "b")
    assert twice.start.timestamp() - once.start.timestamp() == 3600


# Races


async def test_five_hundred_customers_race_for_fifty_slots(workshop: Workshop) -> None:
    await workshop.staff(5)
    await workshop.open_at(TUESDAY.weekday(), [(time(8), time(13))])
    assert len(await starts(workshop, "battery", TUESDAY)) == 10
    customers = await workshop.customers(500)
    times = half_hours(TUESDAY, [(time(8), time(13))])

    async def run(number: int, customer: UUID) -> str:
        try:
            await workshop.dealership.book(wish(customer, times[number % 10]), f"racer-{number}")
        except SlotTaken:
            return "taken"
        return "booked"

    ends = await asyncio.gather(*(run(n, customer) for n, customer in enumerate(customers)))
    assert Counter(ends) == {"booked": 50, "taken": 450}
    assert Counter(await workshop.booked()) == {(each, "battery"): 5 for each in times}
    assert await starts(workshop, "battery", TUESDAY) == []


async def test_many_moves_into_one_time_let_one_in(workshop: Workshop, customer: UUID) -> None:
    await workshop.staff(1)
    booked = [
        await workshop.dealership.book(wish(customer, start), f"b{n}")
        for n, start in enumerate(half_hours(TUESDAY)[:8])
    ]
    wanted = at(SATURDAY, 8)
    moves = (
        workshop.dealership.move(customer, each.id, wanted, f"m{n}")
        for n, each in enumerate(booked)
    )
    ends = await asyncio.gather(*moves, return_exceptions=True)
    assert Counter(type(end) for end in ends) == {Appointment: 1, SlotTaken: 7}
    assert [start for start, _ in await workshop.booked()].count(wanted) == 1
