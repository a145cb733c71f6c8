"""The turn table: who may work on what, and what an interrupt is about."""

import uuid
from datetime import UTC, datetime

import pytest

from app.accounts.identity import Owner
from app.chat.acceptance import Incoming
from app.chat.books import Books
from app.chat.fanout import Fanout, Interrupt
from app.chat.live import LiveAnswer
from app.chat.turns import Lease, LeaseLost, Turns
from app.db.engine import Database
from app.privacy.vault import Vault

ANSWER = {"agent": "general", "language": "en", "sources": [], "follow_ups": []}


@pytest.fixture
def turns(database: Database) -> Turns:
    return Turns(database, Vault(database, "a secret"))


def incoming(owner: Owner, text: str) -> Incoming:
    return Incoming(owner, "one", text, uuid.uuid4().hex)


async def test_a_message_that_joins_a_cancelled_waiting_turn_is_answered(turns: Turns) -> None:
    guest = Owner.guest(uuid.uuid4())
    first = await turns.accept(incoming(guest, "one"), [])
    assert await turns.request_cancel(guest, first.conversation_id) == first.turn
    second = await turns.accept(incoming(guest, "two"), [])
    assert second.turn == first.turn
    lease = await turns.claim(first.conversation_id)
    assert lease is not None
    assert not lease.cancelled


async def test_a_message_that_joins_a_running_turn_fences_its_worker(turns: Turns) -> None:
    guest = Owner.guest(uuid.uuid4())
    accepted = await turns.accept(incoming(guest, "one"), [])
    lost = await turns.claim(accepted.conversation_id)
    joined = await turns.accept(incoming(guest, "two"), [])
    assert joined.restarted
    taken = await turns.claim(accepted.conversation_id)
    assert lost is not None
    assert taken is not None
    with pytest.raises(LeaseLost):
        await turns.finish(lost, "answered", "late", ANSWER, Books())
    ended = await turns.finish(taken, "answered", "in time", ANSWER, Books())
    assert ended.answers == (accepted.message_id, joined.message_id)


def lease(number: int, epoch: int) -> Lease:
    now = datetime.now(UTC)
    return Lease(uuid.uuid4(), uuid.uuid4(), number, epoch, 1, False, False, 0, now)


@pytest.mark.parametrize(
    ("order", "stops"),
    [
        (Interrupt("cancelled", 2), True),
        (Interrupt("cancelled", 1), False),
        (Interrupt("cancelled"), True),
        (Interrupt("fenced", 2, 8), True),
        (Interrupt("fenced", 2, 7), False),
    ],
)
async def test_an_interrupt_that_comes_late_stops_nothing(
    turns: Turns, order: Interrupt, stops: bool
) -> None:
    live = LiveAnswer(lease(2, 7), turns, Fanout.__new__(Fanout))
    live.interrupt(order)
    assert live.interrupted.done() is stops
