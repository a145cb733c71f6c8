"""A scheduler that is slow, broken, gone or talks nonsense."""

import asyncio
import socket
from collections.abc import AsyncIterator
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web

from agents.dealership import (
    Booking,
    Dealership,
    DealershipUnavailable,
    OutcomeUnknown,
    SlotTaken,
    UnknownAppointment,
)
from app.dealership.remote import RemoteDealership
from tests.app.dealership.conftest import PLACE
from tests.app.dealership.workshops import MONDAY, OREGON, TUESDAY, KeptByOthers, at, wish
from tests.fakes.scheduler import ACCESS_KEY, Scheduler

CUSTOMER = uuid4()


def booking() -> Booking:
    return wish(CUSTOMER, at(TUESDAY, 8))


def dealership_at(http: aiohttp.ClientSession, base_url: str, key: str = ACCESS_KEY) -> Dealership:
    return RemoteDealership(http, base_url, key, OREGON, PLACE, seconds=0.3)


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


# Answers that are JSON, and still wrong

Answers = dict[str, str]


@pytest.fixture
async def answers() -> AsyncIterator[tuple[Answers, str]]:
    """A server that says what a test puts under a path's last word, and its address."""
    said: Answers = {}

    async def say(request: web.Request) -> web.Response:
        text = said[request.path.rsplit("/", 1)[-1]]
        return web.Response(text=text, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", say)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield said, f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


SERVICE = '{"code":"a","names":{"en":"A"},"minutes":30,"prices":{"X1":100}}'
APPOINTMENT = (
    '{"id":"7","reference":"R","service":"a","start":"2026-11-24T08:00:00-08:00","minutes":30,'
    '"car":{"model":"X1","year":2024},"price":100,"state":"booked"}'
)


@pytest.mark.parametrize(
    ("path", "good", "old", "new"),
    [
        ("services", f'{{"services":[{SERVICE}]}}', old, new)
        for old, new in [
            ('"minutes":30', '"minutes":"30"'),
            ('"minutes":30', '"minutes":-30'),
            ('"minutes":30', '"minutes":99999'),
            ('"X1":100', '"X1":-1'),
            ('"X1":100', '"X1":1.5'),
            ('"X1":100', '"X1":1e300'),
            ('"X1":100', '"X1":null'),
            ('{"en":"A"}', '{"de":"A"}'),
            ('"code":"a"', '"code":""'),
            ('"code":"a"', '"code":"\\u0000"'),
            ('"services"', '"service"'),
            (SERVICE, "null"),
        ]
    ]
    + [
        ("appointments", f'{{"appointments":[{APPOINTMENT}]}}', old, new)
        for old, new in [
            ("-08:00", ""),
            ("2026-11-24T08", "9999-12-31T23"),
            ("2026-11-24T08", "0001-01-01T00"),
            ('"booked"', '"pending"'),
            ('"price":100', '"price":-100'),
            ('"price":100,', ""),
            ('"year":2024', '"year":20240'),
            ('"id":"7"', '"id":"../7"'),
            ('"id":"7"', '"id":7'),
        ]
    ]
    + [
        ("slots", '{"slots":[{"start":"2026-11-24T08:30:00-08:00","minutes":30}]}', old, new)
        for old, new in [
            ("08:30", "08:40"),
            ("11-24", "11-26"),
            ("-08:00", ""),
            ('"minutes":30', '"minutes":0'),
        ]
    ]
    + [
        ("opening", '{"days":[{"day":"2026-11-24","blocks":[["08:00","12:00"]]}]}', old, new)
        for old, new in [
            ("11-24", "11-25"),
            ("08:00", "13:00"),
            ("08:00", "08:00Z"),
            ("08:00", "25:00"),
            ('[["08:00","12:00"]]', '[["08:00"]]'),
            ('[{"day"', '[{"day":"2026-11-23"},{"day"'),
        ]
    ],
)
async def test_an_impossible_value_counts_as_no_answer(
    http: aiohttp.ClientSession, answers: tuple[Answers, str],
    path: str, good: str, old: str, new: str,
) -> None:  # fmt: skip
    said, address = answers
    assert old in good
    for text in (good, good.replace(old, new, 1)):
        said[path] = text
        dealership = dealership_at(http, address)
        ask = {
            "services": dealership.services,
            "appointments": lambda d=dealership: d.appointments(CUSTOMER),
            "slots": lambda d=dealership: d.free_slots("a", TUESDAY, TUESDAY),
            "opening": lambda d=dealership: d.open_days(TUESDAY, TUESDAY),
        }[path]
        if text == good:
            assert await ask()
        else:
            with pytest.raises(DealershipUnavailable):
                await ask()


async def test_an_endless_answer_counts_as_none(
    http: aiohttp.ClientSession, answers: tuple[Answers, str]
) -> None:
    said, address = answers
    said["services"] = '{"services":[]' + " " * 3_000_000 + "}"
    with pytest.raises(DealershipUnavailable):
        await dealership_at(http, address).services()


async def test_nonsense_everywhere_leaves_a_booking_in_doubt(
    http: aiohttp.ClientSession, answers: tuple[Answers, str]
) -> None:
    """Neither the answer nor the look-up can be believed: it may have been booked."""
    said, address = answers
    said["appointments"] = said["key"] = "{}"
    with pytest.raises(OutcomeUnknown):
        await dealership_at(http, address).book(booking(), "key")
