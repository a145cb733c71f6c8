"""E-mails and text messages owed to customers: a table, delivered by a loop, sealed until sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import orjson
import structlog

from app.db.engine import Connection, Database
from app.observability.metrics import OUTBOX
from app.privacy.vault import Vault

log = structlog.get_logger()

Channel = Literal["email", "sms"]
MOST_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one customer."""

    id: UUID
    channel: Channel
    purpose: str
    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as the desk lists it; `letter` is None once its content is forgotten."""

    id: UUID
    channel: Channel
    purpose: str
    state: str
    attempts: int
    created_at: datetime
    letter: Letter | None


class NotDelivered(Exception):
    """The mail server or the text message service did not take it."""


class Sender(Protocol):
    """Hands one message over. `shows` tells that staff read it on the outbox page instead."""

    shows: bool

    def carries(self, channel: str) -> bool:
        """Whether this channel is connected at all."""
        ...

    async def send(self, letter: Letter) -> None:
        """Raises NotDelivered."""
        ...


class Outbox:
    """What is owed is written with the change that owes it; each key once."""

    def __init__(self, database: Database, vault: Vault, sender: Sender) -> None:
        self._database, self._vault, self.sender = database, vault, sender

    async def owe(  # noqa: PLR0913  what is owed, to whom, about whom
        self,
        db: Connection,
        key: str,
        channel: str,
        purpose: str,
        to: str,
        text: str,
        *,
        customer: UUID | None = None,
        conversation: UUID | None = None,
    ) -> None:
        """In the caller's transaction. It is erased with whom, or with what, it is about."""
        sealed = self._vault.seal(orjson.dumps({"to": to, "text": text}).decode())
        await db.execute(
            "insert into outbox_messages"
            " (key, channel, purpose, sealed, key_id, customer_id, conversation_id)"
            " values ($1, $2, $3, $4, $5, $6, $7) on conflict (key) do nothing",
            key, channel, purpose, sealed, self._vault.key_id, customer, conversation,
        )  # fmt: skip

    async def deliver_due(self) -> None:
        """Every message that is due; what fails waits longer each time."""
        while (letter := await self._take()) is not None:
            try:
                await self.sender.send(letter)
            except NotDelivered as failed:
                log.warning("letter_not_delivered", purpose=letter.purpose, why=str(failed)[:100])
                OUTBOX.labels(purpose=letter.purpose, outcome="failed").inc()
            else:
                await self._sent(letter)
                OUTBOX.labels(purpose=letter.purpose, outcome="sent").inc()

    async def entries(self, limit: int = 100) -> list[Entry]:
        """The newest messages, for the desk."""
        async with self._database.connection() as db:
            rows = await db.fetch(
                f"select {COLUMNS}, state, attempts, created_at from outbox_messages"
                " order by created_at desc limit $1",
                limit,
            )
        return [
            Entry(row["id"], row["channel"], row["purpose"], row["state"], row["attempts"],
                  row["created_at"], self._letter(row) if self.sender.shows and row["sealed"]
                  else None)
            for row in rows
        ]  # fmt: skip

    async def _take(self) -> Letter | None:
        """Claim one by moving its next attempt; a process that dies leaves it for later."""
        async with self._database.connection() as db:
            row = await db.fetchrow(
                f"""
                update outbox_messages set attempts = attempts + 1,
                  state = case when attempts + 1 >= {MOST_ATTEMPTS} then 'failed' else state end,
                  next_attempt_at = clock_timestamp() + interval '30 seconds' * power(2, attempts)
                where id = (
                  select id from outbox_messages
                  where state = 'queued' and next_attempt_at <= clock_timestamp()
                  order by next_attempt_at limit 1 for update skip locked)
                returning {COLUMNS}
                """
            )
        return self._letter(row) if row else None

    async def _sent(self, letter: Letter) -> None:
        """A message that has left is not kept, unless the outbox page is where it is read."""
        forget = "" if self.sender.shows else ", sealed = ''::bytea"
        async with self._database.connection() as db:
            await db.execute(
                "update outbox_messages set state = 'sent', sent_at = clock_timestamp()"
                f"{forget} where id = $1",
                letter.id,
            )

    def _letter(self, row: object) -> Letter:
        values = dict(row)  # type: ignore[call-overload]
        content = orjson.loads(self._vault.unseal(values["sealed"]))
        return Letter(
            values["id"], values["channel"], values["purpose"], content["to"], content["text"]
        )


COLUMNS = "id, channel, purpose, sealed"
