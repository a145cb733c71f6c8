"""Once and once only, moved, cancelled and raced for, whoever keeps the calendar."""

import asyncio
import uuid
from collections import Counter
from dataclasses import replace
from datetime import time
from uuid import UUID

import pytest

from agents.dealership import (
    Appointment,
    DealershipError,
    OutsideHours,
    SlotTaken,
    UnknownAppointment,
)
from tests.app.dealership.workshops import (
    SATURDAY,
    SUNDAY,
    TUESDAY,
    Workshop,
    at,
    half_hours,
    starts,
    wish,
)

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
