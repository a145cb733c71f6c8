"""Endpoints: whom webhooks are sent to. Admins keep them; every change is audited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

import asyncpg
import orjson

from app.accounts.identity import Account
from app.audit import record
from app.db.engine import Connection, Database
from app.errors import BadInput, Conflict, NotFound
from app.handoff.addresses import Addresses
from app.handoff.deliveries import bury
from app.handoff.events import EventType
from app.handoff.sealing import Secrets
from app.privacy.vault import Vault

Format = Literal["generic", "slack", "teams", "chatwoot"]

MOST_ENDPOINTS = 20
FORMER_HOURS = 24  # both secrets sign after a rotation


class TooManyEndpoints(Conflict):
    """There are 20 endpoints already. Please delete one that nobody uses."""


class FromSettings(Conflict):
    """This endpoint stands in the settings (HUMAN_SUPPORT_WEBHOOK); it is changed there."""


class NoSecretToRead(Conflict):
    """This secret has been read already. Rotate it to get a new one."""


class IncompleteChatwoot(BadInput):
    """Chatwoot needs the account's id, the inbox's id and an access token."""


@dataclass(frozen=True, slots=True)
class Wish:
    """An endpoint as an admin wants it. `token` is Chatwoot's; None keeps the one there is."""

    name: str
    url: str
    format: Format
    events: Sequence[EventType]
    options: Mapping[str, int]
    token: str | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint without its secrets. `queued` and `dead` count its deliveries, `dead` those that
    can be sent again."""

    id: UUID
    name: str
    url: str
    format: Format
    events: tuple[EventType, ...]
    options: Mapping[str, int]
    origin: Literal["page", "settings"]
    secret_unread: bool
    former_until: datetime | None
    enabled: bool
    disabled_why: Literal["admin", "gone", "settings"] | None
    last_success_at: datetime | None
    created_at: datetime
    queued: int
    dead: int

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        return cls(**{**row, "events": tuple(row["events"])})


@dataclass(frozen=True, slots=True)
class Changed:
    """`secret` is given when a new one was minted; it can be read here and never again."""

    endpoint: Endpoint
    secret: str | None = None


class Endpoints:
    """The table of endpoints."""

    def __init__(
        self, database: Database, vault: Vault, addresses: Addresses, fixed_secret: bool = False
    ) -> None:
        """`fixed_secret`: that of the settings' endpoint stands in the settings too."""
        self._database, self._vault, self._addresses = database, vault, addresses
        self._fixed_secret = fixed_secret

    async def all(self) -> list[Endpoint]:
        """By name."""
        async with self._database.connection() as db:
            rows = await db.fetch(f"select {COLUMNS} from webhook_endpoints as e order by name, id")
        return [Endpoint.of(row) for row in rows]

    async def create(self, actor: Account, wish: Wish) -> Changed:
        """Raises RefusedAddress, IncompleteChatwoot, TooManyEndpoints."""
        await self._check(wish.url)
        secrets = Secrets.new(_token_of(wish, ""))
        async with self._database.transaction() as db:
            await db.execute("select pg_advisory_xact_lock(hashtext('webhook_endpoints'))")
            if await db.fetchval("select count(*) from webhook_endpoints") >= MOST_ENDPOINTS:
                raise TooManyEndpoints
            new = await db.fetchval(
                INSERT, *_values(wish), secrets.sealed(self._vault), self._vault.key_id,
                actor.user_id,
            )  # fmt: skip
            await _audited(db, actor, "webhook_endpoint_created", new)
            return Changed(await _one(db, new), secrets.secret)

    async def change(self, actor: Account, endpoint_id: UUID, wish: Wish) -> Changed:
        """Another host gets a new secret, and no token of the former one's.

        Raises NotFound, FromSettings, RefusedAddress, IncompleteChatwoot.
        """
        await self._check_new(endpoint_id, wish.url)
        async with self._database.transaction() as db:
            row = await db.fetchrow(LOCK, endpoint_id)
            if row is None:
                raise NotFound
            if row["origin"] == "settings" and row["url"] != wish.url:
                raise FromSettings
            before = Secrets.unsealed(self._vault, row["sealed"])
            moved = self._addresses.are_apart(row["url"], wish.url)
            secrets = Secrets.new() if moved else before
            secrets = replace(secrets, token=_token_of(wish, secrets.token))
            await db.execute(
                UPDATE, endpoint_id, *_values(wish), secrets.sealed(self._vault),
                self._vault.key_id, moved,
            )  # fmt: skip
            if not wish.enabled:
                await bury(db, endpoint_id, "disabled")
            await _audited(db, actor, "webhook_endpoint_changed", endpoint_id)
            return Changed(await _one(db, endpoint_id), secrets.secret if moved else None)

    async def delete(self, actor: Account, endpoint_id: UUID) -> None:
        """With its deliveries. Raises NotFound, FromSettings."""
        async with self._database.transaction() as db:
            row = await db.fetchrow(LOCK, endpoint_id)
            if row is None:
                raise NotFound
            if row["origin"] == "settings" and row["disabled_why"] != "settings":
                raise FromSettings
            await db.execute("delete from webhook_endpoints where id = $1", endpoint_id)
            await _audited(db, actor, "webhook_endpoint_deleted", endpoint_id)

    async def rotate(self, actor: Account, endpoint_id: UUID) -> Changed:
        """A new secret; for a day everything is signed with the former one too.

        Raises NotFound, FromSettings.
        """
        async with self._database.transaction() as db:
            row = await db.fetchrow(LOCK, endpoint_id)
            if row is None:
                raise NotFound
            if row["origin"] == "settings" and self._fixed_secret:
                raise FromSettings
            secrets = Secrets.unsealed(self._vault, row["sealed"]).rotated()
            await db.execute(
                ROTATE, endpoint_id, secrets.sealed(self._vault), self._vault.key_id, FORMER_HOURS
            )
            await _audited(db, actor, "webhook_secret_rotated", endpoint_id)
            return Changed(await _one(db, endpoint_id), secrets.secret)

    async def read_secret(self, actor: Account, endpoint_id: UUID) -> Changed:
        """Of a secret that was minted at a start, once. Raises NotFound, NoSecretToRead."""
        async with self._database.transaction() as db:
            row = await db.fetchrow(LOCK, endpoint_id)
            if row is None:
                raise NotFound
            if not row["secret_unread"]:
                raise NoSecretToRead
            await db.execute(
                "update webhook_endpoints set secret_unread = false where id = $1", endpoint_id
            )
            await _audited(db, actor, "webhook_secret_read", endpoint_id)
            secret = Secrets.unsealed(self._vault, row["sealed"]).secret
            return Changed(await _one(db, endpoint_id), secret)

    async def _check(self, url: str) -> None:
        """Outside any transaction: a name server is asked."""
        await self._addresses.check(self._addresses.read(url))

    async def _check_new(self, endpoint_id: UUID, url: str) -> None:
        """What is there already is checked at every attempt."""
        async with self._database.connection() as db:
            known = await db.fetchval(
                "select url from webhook_endpoints where id = $1", endpoint_id
            )
        if known != url:
            await self._check(url)


async def _one(db: Connection, endpoint_id: UUID) -> Endpoint:
    row = await db.fetchrow(
        f"select {COLUMNS} from webhook_endpoints as e where id = $1", endpoint_id
    )
    assert row is not None
    return Endpoint.of(row)


async def _audited(db: Connection, actor: Account, action: str, endpoint_id: UUID) -> None:
    await record(db, f"user:{actor.user_id}", action, f"webhook_endpoint:{endpoint_id}")


def _values(wish: Wish) -> tuple[Any, ...]:
    options = orjson.dumps(dict(wish.options) if wish.format == "chatwoot" else {}).decode()
    return wish.name, wish.url, wish.format, sorted(set(wish.events)), options, wish.enabled


def _token_of(wish: Wish, kept: str) -> str:
    """Raises IncompleteChatwoot."""
    if wish.format != "chatwoot":
        return ""
    token = kept if wish.token is None else wish.token
    if not token or {"account_id", "inbox_id"} - set(wish.options):
        raise IncompleteChatwoot
    return token


COLUMNS = """
e.id, name, url, format, events, options, origin, secret_unread, former_until, enabled,
disabled_why, last_success_at, created_at,
(select count(*) from deliveries as d where d.endpoint_id = e.id and d.state = 'queued') as queued,
(select count(*) from deliveries as d where d.endpoint_id = e.id and d.state = 'dead'
  and d.type <> 'webhook.test' and d.body <> '') as dead
"""
LOCK = "select * from webhook_endpoints where id = $1 for no key update"
INSERT = """
insert into webhook_endpoints
  (name, url, format, events, options, enabled, disabled_why, sealed, key_id, created_by)
values ($1, $2, $3, $4, $5, $6, case when $6 then null else 'admin' end, $7, $8, $9) returning id
"""
UPDATE = """
update webhook_endpoints set name = $2, url = $3, format = $4, events = $5, options = $6,
  enabled = $7, disabled_why = case when $7 then null else coalesce(disabled_why, 'admin') end,
  sealed = $8, key_id = $9, former_until = case when $10 then null else former_until end,
  secret_unread = secret_unread and not $10
where id = $1
"""
ROTATE = """
update webhook_endpoints set sealed = $2, key_id = $3, secret_unread = false,
  former_until = clock_timestamp() + make_interval(hours => $4)
where id = $1
"""
