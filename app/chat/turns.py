"""Turns: accepted once, run by one process at a time under a fenced lease, ended exactly once.

Locks are always taken in the order conversation, then turn.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson

from app.accounts.identity import Owner
from app.chat import acceptance
from app.chat.acceptance import Accepted, Incoming
from app.chat.books import Books
from app.chat.finishing_sql import FINISH
from app.db.engine import Connection, Database
from app.handoff.records import Handoffs
from app.observability.timeline import TIMELINE
from app.privacy.found import Found
from app.privacy.vault import Vault
from app.usage import told

LEASE = "interval '10 seconds'"
MOST_DEATHS = 8

Ending = Literal["answered", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a turn, valid while its epoch is the row's epoch."""

    turn_id: UUID
    conversation_id: UUID
    number: int
    epoch: int
    attempt: int
    shown: bool
    cancelled: bool
    deaths: int
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """The stored answer of a turn."""

    message_id: UUID
    seq: int
    created_at: datetime
    answers: tuple[UUID, ...]


class LeaseLost(Exception):
    """Another process, or a message that joined the turn, has taken it over: throw all away."""


class Turns:
    """The turn table and its lease."""

    def __init__(self, database: Database, vault: Vault, handoffs: Handoffs | None = None) -> None:
        self._database, self._vault, self._handoffs = database, vault, handoffs

    async def accept(
        self, incoming: Incoming, found: Sequence[Found], masking_ms: float | None = None
    ) -> Accepted:
        """Mask and store a message with its turn, in one transaction. Acknowledge after this.
        What a person is to read is owed to the dealer's other systems too."""
        async with self._database.transaction() as db:
            accepted = await acceptance.accept(db, self._vault, incoming, found, masking_ms)
            if accepted.relayed and not accepted.repeated and self._handoffs is not None:
                await self._handoffs.relayed(db, accepted.conversation_id)
            return accepted

    async def claim(self, conversation_id: UUID) -> Lease | None:
        """Lease the conversation's next turn; None when there is none or somebody has it."""
        try:
            async with self._database.connection() as db:
                row = await db.fetchrow(
                    f"""
                    update turns set state = 'running', epoch = epoch + 1, attempt = attempt + 1,
                      deaths = deaths + (state = 'running')::int,
                      lease_until = clock_timestamp() + {LEASE},
                      started_at = coalesce(started_at, clock_timestamp())
                    where id = (
                      select id from turns where conversation_id = $1
                        and (state = 'queued'
                             or (state = 'running' and lease_until < clock_timestamp()))
                        and not exists (
                          select 1 from turns as running where running.conversation_id = $1
                            and running.state = 'running'
                            and running.lease_until >= clock_timestamp())
                      order by number limit 1 for update skip locked)
                    returning id, conversation_id, number, epoch, attempt, shown,
                      cancel_requested, deaths, created_at
                    """,
                    conversation_id,
                )
        except asyncpg.UniqueViolationError:
            return None
        return Lease(*row.values()) if row else None

    async def abandoned(self, limit: int = 50) -> list[UUID]:
        """Conversations with a turn nobody works on: its lease ended, or it was never taken."""
        async with self._database.connection() as db:
            rows = await db.fetch(
                """
                select distinct conversation_id from turns
                where state in ('queued', 'running') and lease_until < clock_timestamp() limit $1
                """,
                limit,
            )
        return [row["conversation_id"] for row in rows]

    async def end_leases(self) -> None:
        """A single process that restarts takes its dead predecessor's turns at once."""
        async with self._database.connection() as db:
            await db.execute(
                "update turns set lease_until = clock_timestamp()"
                " where state in ('queued', 'running')"
            )

    async def renew(self, lease: Lease, step: str | None) -> bool:
        """Extend the lease; True when a cancel was asked for. Raises LeaseLost."""
        cancelled = await self._fenced(
            f"""
            update turns set lease_until = clock_timestamp() + {LEASE}, step = $3
            where id = $1 and epoch = $2 and state = 'running' returning cancel_requested
            """,
            lease, step,
        )  # fmt: skip
        return bool(cancelled)

    async def mark_shown(self, lease: Lease) -> None:
        """Before the first text leaves: from here on no message joins. Raises LeaseLost."""
        await self._fenced(
            """
            update turns set shown = true, first_token_at = clock_timestamp()
            where id = $1 and epoch = $2 and state = 'running' returning true
            """,
            lease,
        )

    async def start_again(self, lease: Lease) -> int:
        """Count a new attempt of a running turn. Raises LeaseLost."""
        return int(
            await self._fenced(
                """
                update turns set attempt = attempt + 1
                where id = $1 and epoch = $2 and state = 'running' returning attempt
                """,
                lease,
            )
        )

    async def release(self, lease: Lease) -> None:
        """Give a turn back, so that another process may take it at once; nobody died over it."""
        async with self._database.connection() as db:
            await db.execute(
                """
                update turns set lease_until = clock_timestamp(), deaths = deaths - 1
                where id = $1 and epoch = $2 and state = 'running'
                """,
                lease.turn_id, lease.epoch,
            )  # fmt: skip

    async def request_cancel(self, owner: Owner, conversation_id: UUID) -> int | None:
        """Mark the owner's running (or else queued) turn as cancelled; returns its number."""
        async with self._database.connection() as db:
            number: int | None = await db.fetchval(
                """
                update turns set cancel_requested = true where id = (
                  select t.id from turns as t join conversations as c on c.id = t.conversation_id
                  where c.id = $3 and (c.customer_id = $1 or c.guest_id = $2)
                    and t.state in ('queued', 'running') order by t.number limit 1)
                returning number
                """,
                owner.customer_id, owner.guest_id, conversation_id,
            )  # fmt: skip
        return number

    async def finish(
        self,
        lease: Lease,
        ending: Ending,
        text: str,
        answer: dict[str, Any],
        books: Books,
        also: Callable[[Connection], Awaitable[None]] | None = None,
    ) -> Ended:
        """The answer and everything that belongs to it, in one transaction. `also` writes what
        else the turn leaves behind, with the conversation locked. Raises LeaseLost."""
        values = _finish_values(lease, ending, text, answer, books)
        async with self._database.transaction() as db:
            ended = await db.fetchrow(FINISH, *values)
            if ended is None:
                raise LeaseLost
            if also is not None:
                await also(db)
        books.ledger.stored = len(books.ledger.calls)
        return Ended(ended["id"], ended["seq"], ended["created_at"], tuple(ended["answers"]))

    async def _fenced(self, sql: str, lease: Lease, *values: Any) -> Any:
        async with self._database.connection() as db:
            row = await db.fetchrow(sql, lease.turn_id, lease.epoch, *values)
        if row is None:
            raise LeaseLost
        return row[0]


def told_timeline() -> str | None:
    """What this process knows of the turn it is about to finish."""
    timeline = TIMELINE.get()
    return orjson.dumps(timeline.told()).decode() if timeline is not None else None


def _finish_values(
    lease: Lease, ending: str, text: str, answer: dict[str, Any], books: Books
) -> tuple[Any, ...]:
    route = answer.get("route") or {}
    vehicle = answer.get("vehicle") or {}
    return (
        lease.turn_id, lease.epoch, ending, text, orjson.dumps(answer).decode(),
        answer["agent"], route.get("method"), route.get("certainty"), answer.get("escalation"),
        answer["language"], vehicle.get("model"), vehicle.get("year"), lease.conversation_id,
        told(books.ledger.calls), orjson.dumps(books.verdicts).decode(),
        answer.get("screened"), told_timeline(),
    )  # fmt: skip
