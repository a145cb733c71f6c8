"""What every workshop books and what it refuses, whoever keeps its calendar."""

import uuid
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from agents.dealership import (
    Appointment,
    Car,
    DealershipError,
    OutsideHours,
    SlotTaken,
    UnknownAppointment,
)
from tests.app.dealership.workshops import (
    MONDAY,
    NASTY,
    OREGON,
    SATURDAY,
    SUNDAY,
    TUESDAY,
    Workshop,
    at,
    starts,
    wish,
)


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


async def test_all_appointments_are_told_in_order_with_what_became_of_them(
    workshop: Workshop, customer: UUID
) -> None:
    dealership = workshop.dealership
    over = await dealership.book(wish(customer, at(TUESDAY, 8)), "over")
    ahead = await dealership.book(wish(customer, at(SATURDAY, 9)), "ahead")
    begun = await dealership.book(wish(customer, at(TUESDAY, 14), "basic"), "begun")
    gone = await dealership.book(wish(customer, at(TUESDAY, 9)), "gone")
    await dealership.cancel(customer, gone.id, "cancel")
    workshop.clock.now = at(TUESDAY, 14, 30)
    found = await dealership.all_appointments(customer)
    assert [each.id for each in found] == [over.id, gone.id, begun.id, ahead.id]
    states = [each.state_at(workshop.clock.now) for each in found]
    assert states == ["done", "cancelled", "booked", "booked"]
    assert await dealership.history(customer) == []
