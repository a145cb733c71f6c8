"""A language model that calls the workshop's tools, well or badly; what it says books nothing."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest

from app.db.engine import Database
from app.dealership.demo_workshop import seed_workshop
from tests.bookings import ZONE, a_free_day, newest, own_rows, say
from tests.fakes.llm import Reply, ScriptedLLM
from tests.server import Server

Start = Callable[..., Awaitable[Server]]
BOOK = "I would like to book an appointment for a tire rotation please"


@pytest.fixture
async def workshop(start_server: Start, demo_url: str) -> Server:
    database = Database(demo_url)
    await seed_workshop(database, datetime.now(ZONE).date(), ZONE)
    await database.close()
    return await start_server()


def plays(llm: ScriptedLLM, *replies: Reply) -> list[dict[str, Any]]:
    """The model answers with these in turn; returns the requests that offered tools."""
    script, asked = list(replies), list[dict[str, Any]]()

    def reply(body: dict[str, Any]) -> Reply:
        if "tools" not in body:
            return Reply("Hello.")
        asked.append(body)
        return script.pop(0) if len(script) > 1 else script[0]

    llm.reply_to = reply
    return asked


async def test_a_model_proposes_by_tool_and_the_card_waits_for_a_yes(
    workshop: Server, llm: ScriptedLLM, store: Any
) -> None:
    start = f"{a_free_day().isoformat()}T09:00"
    arguments = {"service": "tire_rotation", "start": start}
    asked = plays(llm, Reply("", calls=(("ProposeBooking", arguments),)), Reply("Please check."))
    async with workshop.client() as client:
        done = await say(client, BOOK)
        card = newest(client, "action")
    assert done["response"] == "Please check."
    assert done["metadata"]["agent"] == "maintenance"
    assert card["choices"] == []
    assert asked[1]["messages"][-1]["role"] == "tool"
    assert await own_rows(store) == []


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("ProposeBooking", {"service": "tire_rotation", "start": "soon"}),
        ("ProposeBooking", {"service": "tire_rotation", "start": "2031-01-01", "customer_id": "1"}),
        ("DropTables", {}),
        ("FindSlots", {"service": "x" * 500}),
        ("SendCode", {"contact": "victim@example.com"}),
    ],
)
async def test_a_call_that_fits_no_tool_is_refused_once_and_can_be_mended(
    workshop: Server, llm: ScriptedLLM, store: Any, name: str, arguments: dict[str, Any]
) -> None:
    asked = plays(
        llm, Reply("", calls=((name, arguments),)),
        Reply("", calls=(("PriceOf", {"service": "tire_rotation", "model": "X1"}),)),
        Reply("It costs $59."),
    )  # fmt: skip
    async with workshop.client() as client:
        done = await say(client, BOOK)
    assert "Refused" in asked[1]["messages"][-1]["content"]
    assert done["response"] == "It costs $59."
    assert await own_rows(store) == []
    assert await store.fetchval("select count(*) from outbox_messages") == 0


async def test_a_model_that_only_talks_nonsense_ends_in_a_question(
    workshop: Server, llm: ScriptedLLM
) -> None:
    plays(llm, Reply("", calls=(("Nothing", {}),)))
    async with workshop.client() as client:
        done = await say(client, BOOK)
    assert "What would you like?" in done["response"]


@pytest.mark.parametrize(
    ("start", "said"),
    [("2020-03-03T10:00", "has passed"), ("2040-03-03T10:00", "90 days ahead")],
)
async def test_times_that_cannot_be_meant_are_asked_back(
    workshop: Server, llm: ScriptedLLM, start: str, said: str
) -> None:
    arguments = {"service": "tire_rotation", "start": start}
    plays(llm, Reply("", calls=(("ProposeBooking", arguments),)), Reply(""))
    async with workshop.client() as client:
        done = await say(client, BOOK)
        assert said in done["response"]
        assert client.of("card") == []


async def test_personal_data_is_not_read_for_a_guest(workshop: Server, llm: ScriptedLLM) -> None:
    asked = plays(llm, Reply("", calls=(("Appointments", {}),)), Reply(""))
    async with workshop.client() as client:
        done = await say(client, "what appointments do I have booked with you")
    assert "who you are" in done["response"]
    assert '"needs_identity": true' in asked[1]["messages"][-1]["content"]


async def test_with_the_endpoint_down_the_offline_model_goes_on(
    workshop: Server, llm: ScriptedLLM
) -> None:
    plays(llm, Reply(fault="http_500"))
    async with workshop.client() as client:
        done = await say(client, BOOK)
        assert newest(client, "slots")["groups"]
    assert done["metadata"]["notice"] == "degraded"
