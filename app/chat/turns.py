"""Turns: accepted once, run by one process at a time under a fenced lease, ended exactly once.

Locks are always taken in the order conversation, then turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid5

import asyncpg
import orjson

from app.accounts.identity import Owner
from app.db.engine import Connection, Database
from app.errors import SessionEnded
from app.privacy.recognizers import Found
from app.privacy.vault import Vault

LEASE = "interval '10 seconds'"
GRACE = "interval '2 seconds'"
MOST_DEATHS = 8
CONVERSATIONS = UUID("6f0c2a5e-93d1-4d0e-8f52-0d5a4f6f1b11")

Ending = Literal["answered", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Incoming:
    """A customer's message as it arrived, unmasked; it exists in memory only."""

    owner: Owner
    session_id: str
    text: str
    client_message_id: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A committed message. `repeated`: it was there already. `restarted`: it joined a turn."""

    conversation_id: UUID
    message_id: UUID
    turn: int
    seq: int
    text: str
    client_message_id: str | None
    created_at: datetime
    epoch: int = 0
    repeated: bool = False
    restarted: bool = False


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

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def accept(self, incoming: Incoming, found: Sequence[Found]) -> Accepted:
        """Mask and store a message with its turn, in one transaction. Acknowledge after this."""
        async with self._database.transaction() as db:
            conversation = await _lock_conversation(db, incoming)
            if repeated := await _known_message(db, conversation["id"], incoming.client_message_id):
                return repeated
            text = await self._vault.mask(db, conversation["id"], incoming.text, found)
            turn = await _join_open_turn(db, conversation["id"])
            restarted = turn is not None and turn["restarted"]
            if turn is None:
                turn = await _open_turn(db, conversation["id"], conversation["last_turn"] + 1)
            return await _store_message(db, conversation["id"], turn, text, incoming, restarted)

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
        calls: Sequence[tuple[Any, ...]] = (),
    ) -> Ended:
        """The answer and everything that belongs to it, in one transaction. Raises LeaseLost."""
        async with self._database.transaction() as db:
            await db.execute(
                "select 1 from conversations where id = $1 for update", lease.conversation_id
            )
            ended = await db.fetchrow(FINISH, *_finish_values(lease, ending, text, answer))
            if ended is None:
                raise LeaseLost
            if calls:
                await db.executemany(
                    LLM_CALL, [(lease.turn_id, lease.epoch, *call) for call in calls]
                )
            return Ended(ended["id"], ended["seq"], ended["created_at"], tuple(ended["answers"]))

    async def _fenced(self, sql: str, lease: Lease, *values: Any) -> Any:
        async with self._database.connection() as db:
            row = await db.fetchrow(sql, lease.turn_id, lease.epoch, *values)
        if row is None:
            raise LeaseLost
        return row[0]


FINISH = """
with ended as (
  update turns set state = $3, finished_at = clock_timestamp(), agent = $6, route_method = $7,
    route_certainty = $8, escalation = $9
  where id = $1 and epoch = $2 and state = 'running' returning conversation_id
), bumped as (
  update conversations as c set last_seq = last_seq + 1, updated_at = clock_timestamp(),
    language = $10, model = coalesce($11, model),
    year = case when $11::text is null then year else $12 end
  from ended where c.id = ended.conversation_id returning c.id, c.last_seq
), stored as (
  insert into messages (conversation_id, turn_id, seq, author, text, answer)
  select id, $1, last_seq, 'assistant', $4, $5 from bumped returning id, seq, created_at
)
select id, seq, created_at, array(
  select id from messages where turn_id = $1 and author = 'customer' order by seq) as answers
from stored
"""

LLM_CALL = """
insert into llm_calls (turn_id, epoch, purpose, model, outcome, prompt_tokens, completion_tokens,
  first_token_ms, duration_ms)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


def _finish_values(lease: Lease, ending: str, text: str, answer: dict[str, Any]) -> tuple[Any, ...]:
    route = answer.get("route") or {}
    vehicle = answer.get("vehicle") or {}
    return (
        lease.turn_id, lease.epoch, ending, text, orjson.dumps(answer).decode(),
        answer["agent"], route.get("method"), route.get("certainty"), answer.get("escalation"),
        answer["language"], vehicle.get("model"), vehicle.get("year"),
    )  # fmt: skip


def conversation_id(owner: Owner, session_id: str) -> UUID:
    """The id a new conversation gets: known before its row is, so that it can be followed."""
    return uuid5(CONVERSATIONS, f"{owner.key} {session_id}")


async def _lock_conversation(db: Connection, incoming: Incoming) -> asyncpg.Record:
    """The owner's conversation of that word, created if new; its row stays locked."""
    owner = incoming.owner
    if owner.guest_id is not None:
        signed_in_as = await db.fetchval(
            "insert into guests (id) values ($1)"
            " on conflict (id) do update set id = guests.id returning customer_id",
            owner.guest_id,
        )
        if signed_in_as is not None:
            raise SessionEnded
    column = "customer_id" if owner.customer_id is not None else "guest_id"
    row = await db.fetchrow(
        f"""
        insert into conversations (id, {column}, session_id, language) values ($4, $1, $2, $3)
        on conflict ({column}, session_id) do update
        set language = coalesce($3, conversations.language), updated_at = clock_timestamp()
        returning id, last_turn
        """,
        owner.customer_id or owner.guest_id, incoming.session_id, incoming.language,
        conversation_id(owner, incoming.session_id),
    )  # fmt: skip
    assert row is not None
    return row


async def _known_message(
    db: Connection, conversation_id: UUID, client_message_id: str | None
) -> Accepted | None:
    if client_message_id is None:
        return None
    row = await db.fetchrow(
        """
        select m.id, t.number, m.seq, m.text, m.created_at
        from messages as m join turns as t on t.id = m.turn_id
        where m.conversation_id = $1 and m.client_message_id = $2
        """,
        conversation_id, client_message_id,
    )  # fmt: skip
    if row is None:
        return None
    return Accepted(
        conversation_id, row["id"], row["number"], row["seq"], row["text"], client_message_id,
        row["created_at"], repeated=True,
    )  # fmt: skip


async def _join_open_turn(db: Connection, conversation_id: UUID) -> asyncpg.Record | None:
    """The newest turn, if it is queued or runs with nothing shown: then it starts again."""
    return await db.fetchrow(
        f"""
        with newest as (
          select id, state from turns where conversation_id = $1
          order by number desc limit 1 for update)
        update turns set state = 'queued', epoch = epoch + 1, cancel_requested = false,
          lease_until = clock_timestamp() + {GRACE}
        from newest where turns.id = newest.id
          and (newest.state = 'queued'
               or (newest.state = 'running' and not shown and not cancel_requested))
        returning turns.id, turns.number, epoch, newest.state = 'running' as restarted
        """,
        conversation_id,
    )


async def _open_turn(db: Connection, conversation_id: UUID, number: int) -> asyncpg.Record:
    row = await db.fetchrow(
        f"""
        insert into turns (conversation_id, number, lease_until)
        values ($1, $2, clock_timestamp() + {GRACE}) returning id, number, epoch
        """,
        conversation_id, number,
    )  # fmt: skip
    assert row is not None
    return row


async def _store_message(
    db: Connection,
    conversation_id: UUID,
    turn: asyncpg.Record,
    text: str,
    incoming: Incoming,
    restarted: bool,
) -> Accepted:
    row = await db.fetchrow(
        """
        with bumped as (
          update conversations set last_seq = last_seq + 1, last_turn = greatest(last_turn, $3)
          where id = $1 returning last_seq)
        insert into messages (conversation_id, turn_id, seq, author, text, client_message_id)
        select $1, $2, last_seq, 'customer', $4, $5 from bumped returning id, seq, created_at
        """,
        conversation_id, turn["id"], turn["number"], text, incoming.client_message_id,
    )  # fmt: skip
    assert row is not None
    return Accepted(
        conversation_id, row["id"], turn["number"], row["seq"], text, incoming.client_message_id,
        row["created_at"], epoch=turn["epoch"], restarted=restarted,
    )  # fmt: skip
