"""Open sockets end when they should, whatever their clients do."""

import asyncio
import time
import uuid
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from app.accounts.identity import Account, Identity, Owner
from app.chat.conversations import Conversations
from app.chat.fanout import Fanout
from app.connections import redis_client
from app.db.engine import Database
from app.dealership.records import RecordsDealership
from app.handoff.deliveries import Deliveries
from app.handoff.hours import Hours
from app.handoff.records import Handoffs
from app.privacy.vault import Vault
from app.services import open_fanout
from app.web.chat_socket import ChatConnection
from app.web.sockets import OpenSocket, Sockets


class DeafSocket:
    """A client that reads nothing: sends and closes never come to an end."""

    query_params: dict[str, str] = {}  # noqa: RUF012

    async def send_text(self, text: str) -> None:
        await asyncio.sleep(3600)

    async def close(self, code: int, reason: str) -> None:
        await asyncio.sleep(3600)


class ClosingSocket(DeafSocket):
    closed_with = 0

    async def close(self, code: int, reason: str) -> None:
        self.closed_with = code


class GoneSocket(DeafSocket):
    """A client that has gone between the handshake and the first frame."""

    async def send_text(self, text: str) -> None:
        raise RuntimeError("the socket is closed")


def open_socket(websocket: Any) -> OpenSocket:
    customer = uuid.uuid4()
    account = Account(uuid.uuid4(), customer, uuid.uuid4(), "a@b.test", "Jo", "customer")
    return OpenSocket(websocket, Identity(Owner.customer(customer), account), "10.0.0.1")


class EveryoneSignedOut:
    async def ended_logins(self, logins: set[uuid.UUID]) -> set[uuid.UUID]:
        return logins

    async def ended_guests(self, guests: set[uuid.UUID]) -> set[uuid.UUID]:
        return guests


async def test_one_client_that_does_not_read_holds_up_nobody_s_sign_out() -> None:
    sockets, closing = Sockets(), ClosingSocket()
    for websocket in (DeafSocket(), DeafSocket(), closing):
        sockets.add(open_socket(websocket))
    begun = time.monotonic()
    services: Any = SimpleNamespace(logins=EveryoneSignedOut(), conversations=EveryoneSignedOut())
    await sockets.end_signed_out(services)
    assert closing.closed_with == 4401
    assert time.monotonic() - begun < 4


async def test_a_handshake_that_breaks_off_leaves_no_follower(
    database: Database, redis_url: str
) -> None:
    async with AsyncExitStack() as stack:
        fanout = await fanout_on(redis_url, stack)
        await break_off(fanout, database)
        assert fanout.followed() == []


async def fanout_on(redis_url: str, stack: AsyncExitStack) -> Fanout:
    client = redis_client(redis_url, 2.0)
    stack.push_async_callback(client.aclose)
    return await open_fanout(client, redis_url, stack)


async def break_off(fanout: Fanout, database: Database) -> None:
    hours = Hours(RecordsDealership(database, ZoneInfo("UTC"), ""), ZoneInfo("UTC"))
    services: Any = SimpleNamespace(
        conversations=Conversations(database), fanout=fanout, vault=Vault(database, "a secret"),
        handoffs=Handoffs(database, Deliveries(database), hours, ""), model_kind="offline",
    )  # fmt: skip
    await ChatConnection(open_socket(GoneSocket()), "one", services).run()
