"""The dealer's own scheduler books, and its answer is lost: the card tells it later, once."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, time

import pytest

from agents.dealership import Service
from app.db.engine import Connection
from tests.bookings import OFFLINE, ZONE, a_free_day, newest, press, prove, say
from tests.fakes.scheduler import ACCESS_KEY, Scheduler
from tests.server import Client, Server

PATIENCE = 30.0  # the loop looks every ten seconds
OPEN = [(time(8), time(17))]
ROTATION = Service("tire_rotation", {"en": "Tire rotation"}, 30, {"": 8900})


@pytest.fixture
async def scheduler() -> AsyncIterator[Scheduler]:
    async with Scheduler(ZONE, lambda: datetime.now(UTC)).serving() as scheduler:
        scheduler.services = {"tire_rotation": (ROTATION, "maintenance")}
        scheduler.hours = dict.fromkeys(range(7), OPEN)
        scheduler.bays, scheduler.technicians = [1], {1: {"maintenance"}}
        yield scheduler


@pytest.fixture
async def proposal(
    scheduler: Scheduler, start_server: Callable[..., Awaitable[Server]], store: Connection
) -> AsyncIterator[Client]:
    """A proven guest before an open booking card, with the dealer's scheduler behind it."""
    server = await start_server(
        **OFFLINE, SCHEDULER_API_URL=scheduler.base_url, SCHEDULER_API_KEY=ACCESS_KEY
    )
    async with server.client() as client:
        await say(client, f"book a tire rotation for my X1 on {a_free_day().isoformat()} at 9 am")
        await prove(client, server, store)
        yield client


async def told_later(client: Client) -> dict[str, object]:
    """The card, once it no longer waits."""
    while newest(client, "action")["state"] == "working":
        await client.until("card", PATIENCE)
    return newest(client, "action")


async def test_a_booking_whose_answer_timed_out_is_confirmed_on_its_card_later(
    proposal: Client, scheduler: Scheduler
) -> None:
    scheduler.slow_seconds = 6.0
    scheduler.fail("slow_after")
    scheduler.fail("500_before", "GET")
    said = await press(proposal, newest(proposal, "action"), "confirm")
    assert newest(proposal, "action")["state"] == "working", said["response"]
    card = await told_later(proposal)
    assert card["state"] == "confirmed"
    (held,) = scheduler.held.values()
    assert held.seen.reference in str(card["sections"])
    assert [method for method, path in scheduler.requests if method == "POST"] == ["POST"]
    again = await press(proposal, newest(proposal, "action"), "confirm")
    assert held.seen.reference in again["response"]
    assert len(scheduler.held) == 1


async def test_a_yes_said_late_is_given_its_time_before_it_counts_as_failed(
    proposal: Client, scheduler: Scheduler, store: Connection
) -> None:
    """The card was shown long ago; what counts is when the calendar was asked."""
    await store.execute("update pending_actions set created_at = now() - interval '25 minutes'")
    scheduler.fail("drop_before", times=2)
    await press(proposal, newest(proposal, "action"), "confirm")
    assert newest(proposal, "action")["state"] == "working"
    with pytest.raises(TimeoutError):
        await proposal.until("card", 13)
    await store.execute("update pending_actions set begun_at = now() - interval '11 minutes'")
    assert (await told_later(proposal))["state"] == "failed"
    assert scheduler.held == {}
