"""A service booked, moved and cancelled in the chat; never an unintended row."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.db.engine import Connection
from tests.bookings import ZONE, a_free_day, newest, own_rows, press, prove, say
from tests.server import Client, Server


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
