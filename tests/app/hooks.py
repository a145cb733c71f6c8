"""Endpoints, deliveries and receivers over a real store."""

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest

from app.accounts.identity import Account, Owner
from app.chat.acceptance import Incoming
from app.chat.turns import Turns
from app.db.engine import Database
from app.handoff.addresses import Addresses
from app.handoff.deliveries import Deliveries
from app.handoff.delivery_log import DeliveryLog
from app.handoff.dispatch import Dispatch
from app.handoff.endpoints import Endpoint, Endpoints, Wish
from app.handoff.events import EVENT_TYPES, EventType
from app.privacy.vault import Vault
from tests.fakes.webhooks import WebhookReceiver

SECRET = "k" * 40
WISH = Wish("Help desk", "", "generic", EVENT_TYPES, {})


@dataclass
class Hooks:
    """What the composition root would have built."""

    database: Database
    vault: Vault
    addresses: Addresses
    admin: Account

    @property
    def deliveries(self) -> Deliveries:
        return Deliveries(self.database)

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(self.database, self.vault, self.addresses)

    @property
    def log(self) -> DeliveryLog:
        return DeliveryLog(self.database)

    def dispatch(self, seconds: float = 10.0) -> Dispatch:
        return Dispatch(self.deliveries, self.vault, self.addresses, seconds=seconds)

    async def endpoint(self, receiver: WebhookReceiver, **wish: Any) -> Endpoint:
        wanted = replace(WISH, **{"url": receiver.url(), **wish})
        made = await self.endpoints.create(self.admin, wanted)
        assert made.secret is not None
        receiver.secrets.append(made.secret)
        return made.endpoint

    async def owe(self, *types: EventType, **about: Any) -> None:
        async with self.database.transaction() as db:
            for n, each in enumerate(types):
                await self.deliveries.owe(db, each, {"n": n}, **about)

    async def due_now(self) -> None:
        await self.run("update deliveries set next_attempt_at = clock_timestamp()")

    async def run(self, statement: str, *values: Any) -> None:
        async with self.database.connection() as db:
            await db.execute(statement, *values)

    async def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        async with self.database.connection() as db:
            return [tuple(row.values()) for row in await db.fetch(statement, *values)]

    async def states(self) -> Sequence[tuple[Any, ...]]:
        return await self.rows(
            "select type, state, dead_why, attempts from deliveries order by number"
        )

    async def conversation(self) -> UUID:
        incoming = Incoming(Owner.guest(uuid.uuid4()), "one", "hello", uuid.uuid4().hex)
        return (await Turns(self.database, self.vault).accept(incoming, [])).conversation_id

    async def handoff(self, conversation: UUID) -> UUID:
        ((found,),) = await self.rows(
            "insert into handoffs (reference, conversation_id, reason, priority, language, summary,"
            " target_at) values ($1, $2, 'user_request', 2, 'en', '{}', clock_timestamp())"
            " returning id",
            f"H-{uuid.uuid4().hex[:6]}", conversation,
        )  # fmt: skip
        return UUID(str(found))


@pytest.fixture
async def hooks(database: Database) -> Hooks:
    vault = Vault(database, SECRET)
    async with database.connection() as db:
        user = await db.fetchval(
            "insert into users (email, name, password_hash, role)"
            " values ('ada@dealer.test', 'Ada', 'x', 'admin') returning id"
        )
    admin = Account(user, uuid.uuid4(), uuid.uuid4(), "ada@dealer.test", "Ada", "admin")
    return Hooks(database, vault, Addresses("127.0.0.1"), admin)


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver().serving() as receiver:
        yield receiver


@pytest.fixture
async def other() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver().serving() as receiver:
        yield receiver
