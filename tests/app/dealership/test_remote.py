"""A scheduler that is slow, broken, gone or talks nonsense."""

import asyncio
import socket

import aiohttp
import pytest
from asyncpg.pgproto import pgproto

from agents.dealership import (
    Dealership,
    DealershipUnavailable,
    OutcomeUnknown,
    SlotTaken,
    UnknownAppointment,
)
from tests.app.dealership.workshops import (
    CUSTOMER,
    MONDAY,
    TUESDAY,
    KeptByOthers,
    at,
    booking,
    dealership_at,
    wish,
)
from tests.fakes.scheduler import Scheduler


@pytest.fixture
async def impatient(remote: KeptByOthers, http: aiohttp.ClientSession) -> Dealership:
    """Waits for 0.3 s; the scheduler's slow answers take 0.5 s."""
    remote.scheduler.slow_seconds = 0.5
    return dealership_at(http, remote.scheduler.base_url)


AFTER = ["slow_after", "drop_after", "garbage_after", "500_after", "502_after"]
BEFORE = ["drop_before", "garbage_before", "500_before", "503_before"]


@pytest.mark.parametrize("fault", AFTER)
async def test_a_booking_whose_answer_is_lost_is_found_by_its_key(
    impatient: Dealership, scheduler: Scheduler, fault: str
) -> None:
    scheduler.fail(fault)
    booked = await impatient.book(booking(), "key")
    assert [held.seen for held in scheduler.held.values()] == [booked]
    assert [method for method, _ in scheduler.requests] == ["POST", "GET"]


@pytest.mark.parametrize("fault", [*BEFORE, "slow_before"])
async def test_a_booking_that_did_not_happen_is_sent_once_more(
    impatient: Dealership, scheduler: Scheduler, fault: str
) -> None:
    scheduler.fail(fault)
    booked = await impatient.book(booking(), "key")
    await asyncio.sleep(0.5)
    assert [held.seen for held in scheduler.held.values()] == [booked]
    assert [method for method, _ in scheduler.requests] == ["POST", "GET", "POST"]


@pytest.mark.parametrize("fault", AFTER)
async def test_moves_and_cancellations_survive_a_lost_answer_too(
    impatient: Dealership, scheduler: Scheduler, fault: str
) -> None:
    booked = await impatient.book(booking(), "b")
    scheduler.fail(fault)
    moved = await impatient.move(CUSTOMER, booked.id, at(TUESDAY, 14), "m")
    assert moved.start == at(TUESDAY, 14)
    scheduler.fail(fault)
    assert (await impatient.cancel(CUSTOMER, booked.id, "c")).state == "cancelled"


@pytest.mark.parametrize("fault", ["500_before", "503_before", "garbage_before"])
async def test_a_scheduler_that_fails_twice_has_changed_nothing(
    impatient: Dealership, scheduler: Scheduler, fault: str
) -> None:
    scheduler.fail(fault, times=2)
    with pytest.raises(DealershipUnavailable):
        await impatient.book(booking(), "key")
    assert scheduler.held == {}


@pytest.mark.parametrize("fault", ["drop_before", "slow_before", "504_before"])
async def test_silence_twice_leaves_the_outcome_unknown(
    impatient: Dealership, scheduler: Scheduler, fault: str
) -> None:
    """Nothing is known about the write yet, but it may still be on its way."""
    scheduler.slow_seconds = 1.0
    scheduler.fail(fault, times=2)
    with pytest.raises(OutcomeUnknown):
        await impatient.book(booking(), "key")
    await asyncio.sleep(1.0)
    found = await impatient.outcome("key")
    assert [held.seen for held in scheduler.held.values()] == ([found] if found else [])


@pytest.mark.parametrize("fault", ["drop_after", "slow_after", "garbage_after", "500_after"])
async def test_without_a_look_back_the_outcome_is_unknown(
    impatient: Dealership, scheduler: Scheduler, fault: str
) -> None:
    scheduler.fail(fault)
    scheduler.fail("500_before", "GET")
    with pytest.raises(OutcomeUnknown):
        await impatient.book(booking(), "key")
    assert await impatient.outcome("key") is not None


@pytest.mark.parametrize("fault", ["500_before", "drop_before", "garbage_after", "slow_before"])
async def test_a_reading_that_fails_says_so(
    impatient: Dealership, scheduler: Scheduler, fault: str
) -> None:
    readings = (
        impatient.services,
        lambda: impatient.open_days(MONDAY, TUESDAY),
        lambda: impatient.free_slots("battery", MONDAY, TUESDAY),
        lambda: impatient.cars(CUSTOMER),
        lambda: impatient.history(CUSTOMER),
        lambda: impatient.appointments(CUSTOMER),
        lambda: impatient.outcome("key"),
    )
    for read in readings:
        scheduler.faults.clear()
        scheduler.fail(fault, "GET", times=2)  # a dropped GET is repeated by the HTTP client
        with pytest.raises(DealershipUnavailable):
            await read()


async def test_a_scheduler_that_is_gone_has_changed_nothing(http: aiohttp.ClientSession) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        gone = dealership_at(http, f"http://127.0.0.1:{unused.getsockname()[1]}")
    with pytest.raises(DealershipUnavailable):
        await gone.services()
    with pytest.raises(DealershipUnavailable):
        await gone.book(booking(), "key")


async def test_a_wrong_key_is_an_outage_not_a_refusal(
    remote: KeptByOthers, http: aiohttp.ClientSession
) -> None:
    stranger = dealership_at(http, remote.scheduler.base_url, "wrong")
    with pytest.raises(DealershipUnavailable):
        await stranger.book(booking(), "key")
    with pytest.raises(DealershipUnavailable):
        await stranger.outcome("key")
    assert remote.scheduler.held == {}


async def test_a_refusal_is_not_asked_twice(impatient: Dealership, scheduler: Scheduler) -> None:
    scheduler.bays = []
    with pytest.raises(SlotTaken):
        await impatient.book(booking(), "key")
    with pytest.raises(UnknownAppointment):
        await impatient.cancel(CUSTOMER, "7", "other")
    assert len(scheduler.requests) == 2


async def test_services_and_hours_are_kept_for_a_minute(
    remote: KeptByOthers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await remote.dealership.services()
        await remote.dealership.open_days(MONDAY, TUESDAY)
    assert len(remote.scheduler.requests) == 2
    monkeypatch.setattr("app.dealership.remote.KEPT_SECONDS", 0.0)
    await remote.dealership.open_days(MONDAY, MONDAY)
    await remote.dealership.open_days(MONDAY, MONDAY)
    assert len(remote.scheduler.requests) == 4


async def test_ids_travel_as_our_store_gives_them(
    impatient: Dealership, scheduler: Scheduler
) -> None:
    """asyncpg has a UUID of its own, which is not every writer's."""
    customer = pgproto.UUID(str(CUSTOMER))
    booked = await impatient.book(wish(customer, at(TUESDAY, 8)), "b")
    await impatient.move(customer, booked.id, at(TUESDAY, 14), "m")
    assert (await impatient.cancel(customer, booked.id, "c")).state == "cancelled"
