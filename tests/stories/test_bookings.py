"""A service booked, moved and cancelled in the chat; never an unintended row."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import orjson
import pytest

from app.db.engine import Connection, Database
from app.dealership.demo_workshop import seed_workshop
from app.privacy.vault import Vault
from tests.server import Client, Server

Start = Callable[..., Awaitable[Server]]
ZONE = ZoneInfo("America/Los_Angeles")
OFFLINE = {"LLM_PROVIDER": "offline"}


@pytest.fixture
async def workshop(start_server: Start, demo_url: str) -> Server:
    database = Database(demo_url)
    await seed_workshop(database, datetime.now(ZONE).date(), ZONE)
    await database.close()
    return await start_server(**OFFLINE)


@pytest.fixture
async def store(demo_url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(demo_url)
    yield connection
    await connection.close()


async def own_rows(store: Connection) -> list[tuple[str, str]]:
    """`(service, state)` of what was booked in a chat, not by the demo."""
    rows = await store.fetch(
        "select distinct service_code, a.state, a.created_at from appointments as a"
        " join appointment_writes as w on w.appointment_id = a.id"
        " join pending_actions as p on p.card_id::text = w.key order by a.created_at"
    )
    return [(row["service_code"], row["state"]) for row in rows]


async def answer(client: Client) -> dict[str, Any]:
    """The answer, and the cards that follow it."""
    complete = await client.until("complete")
    await client.send(type="ping")
    await client.until("pong")
    return complete


async def say(client: Client, text: str) -> dict[str, Any]:
    await client.say(text)
    return await answer(client)


async def press(client: Client, card: dict[str, Any], choice: str) -> dict[str, Any]:
    await client.send(
        type="action", card_id=card["card_id"], choice=choice, client_message_id=uuid.uuid4().hex
    )
    return await answer(client)


def newest(client: Client, kind: str) -> dict[str, Any]:
    return [card for card in client.of("card") if card["kind"] == kind][-1]


def a_free_day(first: int = 20) -> date:
    """A weekday weeks ahead, beyond the demo's full days."""
    day = datetime.now(ZONE).date() + timedelta(days=first)
    while day.weekday() > 3 or (day.month, day.day) in ((12, 24), (12, 25), (12, 31), (1, 1)):
        day += timedelta(days=1)
    return day


async def prove(client: Client, server: Server, store: Connection) -> None:
    """Type the code that was sent."""
    await say(client, "my e-mail is jo.miller@example.com")
    sealed = await store.fetchval("select sealed from outbox_messages order by created_at desc")
    key = (server.folder / "data" / "secrets" / "encryption_key").read_text()
    letter = orjson.loads(Vault(None, key).unseal(sealed))  # type: ignore[arg-type]
    assert letter["to"] == "jo.miller@example.com"
    await say(client, re.findall(r"\d{6}", letter["text"])[0])


async def test_a_guest_books_moves_and_cancels_after_proving_who_they_are(
    workshop: Server, store: Connection
) -> None:
    day = a_free_day()
    async with workshop.client() as client:
        await say(client, "I need an oil change for my X1")
        assert newest(client, "slots")["groups"]
        await say(client, f"{day.isoformat()} at 10 am")
        card = newest(client, "action")
        assert card["choices"] == []
        assert await own_rows(store) == []

        await prove(client, workshop, store)
        card = newest(client, "action")
        facts = {fact["label"]: fact["value"] for fact in card["facts"]}
        assert facts["Vehicle"] == "X1"
        assert facts["Price"] == "$189 plus tax"
        assert "10:00" in facts["When"]
        assert await own_rows(store) == []

        done = await press(client, card, "confirm")
        assert "it is booked" in done["response"]
        assert newest(client, "action")["state"] == "confirmed"
        assert await own_rows(store) == [("basic_service", "booked")]

        await say(client, "a day later, same time")
        await say(client, "yes please")
        assert "it is moved" in client.of("complete")[-1]["response"]
        await say(client, "cancel my appointment")
        await say(client, "yes")
        assert await own_rows(store) == [("basic_service", "cancelled")]


@pytest.fixture
async def proposal(
    workshop: Server, store: Connection
) -> AsyncIterator[tuple[Client, dict[str, Any]]]:
    """A proven guest before an open booking card."""
    async with workshop.client() as client:
        await say(client, f"book a tire rotation on {a_free_day().isoformat()} at 9 am")
        await prove(client, workshop, store)
        yield client, newest(client, "action")


@pytest.mark.parametrize(
    "said",
    ["you know what, no", "yes but 3pm", "yesterday", "yes?", "yes, and how long does it take?"],
)
async def test_what_is_no_clear_yes_books_nothing(
    proposal: tuple[Client, dict[str, Any]], store: Connection, said: str
) -> None:
    client, _ = proposal
    await say(client, said)
    assert await own_rows(store) == []


async def test_a_yes_to_another_time_books_that_time(
    proposal: tuple[Client, dict[str, Any]], store: Connection
) -> None:
    client, first = proposal
    await say(client, "yes but 3pm")
    second = newest(client, "action")
    assert second["card_id"] != first["card_id"]
    await press(client, first, "confirm")
    assert await own_rows(store) == []
    await press(client, second, "confirm")
    starts = await store.fetch(
        "select lower(a.during) as start from appointments as a"
        " join appointment_writes as w on w.appointment_id = a.id"
        " join pending_actions as p on p.card_id::text = w.key"
    )
    assert [row["start"].astimezone(ZONE).hour for row in starts] == [15]


async def test_a_repeated_yes_in_two_tabs_books_once(
    proposal: tuple[Client, dict[str, Any]], workshop: Server, store: Connection
) -> None:
    client, card = proposal
    word, token = client.session["session_id"], client.token
    async with workshop.client(word, token) as other:
        await asyncio.gather(press(client, card, "confirm"), press(other, card, "confirm"))
        await say(other, "yes")
    assert await own_rows(store) == [("tire_rotation", "booked")]


async def test_a_card_of_somebody_else_cannot_be_confirmed(
    proposal: tuple[Client, dict[str, Any]], workshop: Server, store: Connection
) -> None:
    _, card = proposal
    async with workshop.client() as stranger:
        await stranger.send(type="action", card_id=card["card_id"], choice="confirm")
        assert (await stranger.until("error"))["code"] == "NotFound"
    assert await own_rows(store) == []


async def test_an_expired_card_books_nothing(
    proposal: tuple[Client, dict[str, Any]], store: Connection
) -> None:
    client, card = proposal
    await store.execute("update pending_actions set expires_at = clock_timestamp()")
    done = await press(client, card, "confirm")
    assert "expired" in done["response"]
    assert await own_rows(store) == []


async def test_a_wrong_code_proves_nothing_and_three_end_it(
    workshop: Server, store: Connection
) -> None:
    async with workshop.client() as client:
        await say(client, f"book a tire rotation on {a_free_day().isoformat()} at 9 am")
        await say(client, "jo.miller@example.com")
        for _ in range(3):
            assert "not the code" in (await say(client, "000000"))["response"]
        assert "no longer works" in (await say(client, "000000"))["response"]
        assert newest(client, "action")["choices"] == []
    assert (
        await store.fetchval("select count(*) from conversations where proven_until > now()") == 0
    )


async def test_a_flashing_lamp_is_told_to_stop_and_the_check_is_booked_with_its_reason(
    workshop: Server, store: Connection
) -> None:
    async with workshop.client() as client:
        done = await say(client, "My X1 shows P0301 and the engine lamp is flashing")
        assert done["metadata"]["agent"] == "troubleshoot"
        assert "Do not drive on" in done["response"]
        card = newest(client, "diagnosis")
        assert card["severity"] == "stop"
        await press(client, card, "book:diagnosis")
        slot = newest(client, "slots")["groups"][0]["choices"][0]
        await press(client, newest(client, "slots"), slot["choice"])
        facts = {fact["label"]: fact["value"] for fact in newest(client, "action")["facts"]}
        assert "P0301" in facts["Reason"]
        assert facts["Service"].startswith("Diagnosis")
    assert await own_rows(store) == []


async def test_a_diagnosis_asks_keeps_the_thread_and_turns_to_another_fault(
    workshop: Server,
) -> None:
    async with workshop.client() as client:
        first = await say(client, "my car won't start")
        assert first["metadata"]["follow_ups"]
        again = await say(client, "hm")
        assert "did not quite understand" in again["response"]
        await say(client, "no")
        other = await say(client, "the air conditioning blows warm")
        assert "ir condition" in other["response"]
