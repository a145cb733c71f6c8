"""Calls of other systems that are signed like our own webhooks, with an endpoint's secret."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.db.engine import Database
from app.errors import Conflict
from app.handoff.sealing import Secrets
from app.handoff.signing import BadSignature, Signed, holds, read_headers
from app.privacy.vault import Vault


class AlreadyReceived(Conflict):
    """A call with this webhook-id was received before."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The endpoint whose secret signed the call, and the call's id."""

    endpoint_id: UUID
    name: str
    webhook_id: str


class ReceivedCalls:
    """Lets each signed call in once; `app.rights.retention` forgets their ids after a day."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database, self._vault = database, vault

    async def accept(self, headers: Mapping[str, str], body: bytes) -> Caller:
        """`headers` by small names; `body` as it came. Raises BadSignature, AlreadyReceived."""
        signed = read_headers(headers, time.time())
        caller = await self._caller(signed, body)
        async with self._database.connection() as db:
            is_new = await db.fetchval(
                "insert into received_webhooks (endpoint_id, webhook_id) values ($1, $2)"
                " on conflict do nothing returning true",
                caller.endpoint_id, caller.webhook_id,
            )  # fmt: skip
        if not is_new:
            raise AlreadyReceived
        return caller

    async def forget(self, caller: Caller) -> None:
        """A call that was not carried out may come again."""
        async with self._database.connection() as db:
            await db.execute(
                "delete from received_webhooks where endpoint_id = $1 and webhook_id = $2",
                caller.endpoint_id, caller.webhook_id,
            )  # fmt: skip

    async def _caller(self, signed: Signed, body: bytes) -> Caller:
        now = datetime.now(UTC)
        async with self._database.connection() as db:
            rows = await db.fetch(
                "select id, name, sealed, former_until from webhook_endpoints where enabled"
            )
        for row in rows:
            secrets = Secrets.unsealed(self._vault, row["sealed"])
            if holds(signed, secrets.holding(row["former_until"], now), body):
                return Caller(row["id"], row["name"], signed.id)
        raise BadSignature
