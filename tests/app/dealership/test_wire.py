"""Answers of a scheduler that are JSON, and still wrong."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from agents.dealership import (
    DealershipUnavailable,
    OutcomeUnknown,
)
from tests.app.dealership.workshops import CUSTOMER, TUESDAY, booking, dealership_at

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
