"""Webhooks through the whole product: a booking and a rating are told once each, whatever dies."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from app.db.engine import Connection
from tests.accounts import signed_in
from tests.bookings import OFFLINE, a_free_day, newest, press, prove, say
from tests.fakes.webhooks import WebhookReceiver
from tests.server import Server

Start = Callable[..., Awaitable[Server]]
DUE = "update deliveries set next_attempt_at = now(), lease_until = null"
SECRET = "whsec_" + "c2VjcmV0" * 4
EVERYTHING = (
    "update webhook_endpoints set events = '{feedback.created,appointment.booked,"
    "appointment.moved,appointment.cancelled}'"
)


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver([SECRET]).serving() as receiver:
        yield receiver


async def until(store: Connection, counting: str) -> None:
    """Until the store counts one."""
    async with asyncio.timeout(20):
        while not await store.fetchval(counting):
            await asyncio.sleep(0.02)


def configured(receiver: WebhookReceiver) -> dict[str, str]:
    return {
        **OFFLINE, "HUMAN_SUPPORT_WEBHOOK": receiver.url(), "HUMAN_SUPPORT_WEBHOOK_SECRET": SECRET,
    }  # fmt: skip


async def test_kill_9_between_commit_and_delivery_loses_nothing_and_tells_it_under_one_id(
    start_server: Start, store: Connection, receiver: WebhookReceiver
) -> None:
    server = await start_server(**configured(receiver))
    await store.execute(EVERYTHING)
    receiver.mode = "down"
    async with server.client() as client:
        answer = await client.ask("What are your opening hours?")
        await client.send(type="feedback", message_id=answer["message_id"], rating="up")
        await until(store, "select count(*) from delivery_attempts")
    server.kill()
    assert receiver.taken == []

    receiver.mode = "lost"  # taken, and the process dies before it knows
    await store.execute(DUE)
    second = await start_server(**configured(receiver))
    async with receiver.changed:
        await receiver.changed.wait_for(lambda: receiver.requests)
    second.kill()

    receiver.mode = "ok"
    await store.execute(DUE)
    await start_server(**configured(receiver))
    await receiver.until(1)
    await until(store, "select count(*) from deliveries where state = 'delivered'")
    rows = await store.fetch("select id::text, body from deliveries")
    assert {(each.id, each.body) for each in receiver.taken} == {tuple(row) for row in rows}
    assert [each.acknowledged for each in receiver.taken] == [False, True]


async def test_a_handoff_is_told_to_the_address_of_the_settings_without_personal_data(
    start_server: Start, store: Connection, receiver: WebhookReceiver
) -> None:
    server = await start_server(**configured(receiver))
    async with server.client() as client:
        await client.ask("I am jane.canary@mail.test. What are your opening hours?")
        await client.ask("I want to talk to a person")
        await receiver.until(1)
    (told,) = receiver.taken
    row = await store.fetchrow("select id::text, reference from handoffs")
    assert row is not None
    data = told.event["data"]
    assert (told.event["type"], data["id"], data["reference"]) == ("handoff.created", *row)
    assert "canary" not in told.body
    assert "<EMAIL_1>" in told.body


async def test_a_confirmed_card_owes_one_webhook_without_personal_data(
    workshop: Server, store: Connection, receiver: WebhookReceiver
) -> None:
    async with aiohttp.ClientSession(workshop.url) as http:
        admin = await signed_in(workshop, http, "admin")
        wish = {
            "name": "Desk", "url": receiver.url(), "events": ["appointment.booked"],
        }  # fmt: skip
        async with http.post("/api/v1/webhooks/endpoints", json=wish, headers=admin) as response:
            receiver.secrets.append((await response.json())["secret"])
    async with workshop.client() as client:
        await say(client, f"book an oil change for my X1 on {a_free_day().isoformat()} at 9 am")
        await prove(client, workshop, store)
        await press(client, newest(client, "action"), "confirm")
        await press(client, newest(client, "action"), "confirm")
        await receiver.until(1)
    (told,) = receiver.taken
    appointment = await store.fetchrow(
        "select reference, id::text from appointments order by created_at desc limit 1"
    )
    assert appointment is not None
    data = told.event["data"]
    assert (data["reference"], data["appointment_id"]) == tuple(appointment)
    assert (data["service"], data["model"]) == ("basic_service", "X1")
    assert set(data) == {
        "conversation_id", "card_id", "service", "start", "model", "appointment_id", "reference",
        "state",
    }  # fmt: skip
    assert await store.fetchval("select count(*) from deliveries") == 1
