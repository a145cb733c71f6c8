"""Conversations as their owners see them: history, replay, deletion; queries name the owner."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.accounts.identity import Owner
from app.audit import record
from app.chat import cards, frames
from app.chat.context import TurnContext, context_of
from app.db.engine import Database
from app.errors import NotFound

OWNED = "(customer_id = $1 or guest_id = $2)"


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """The oldest turn of a conversation that has not ended."""

    number: int
    attempt: int
    step: str | None


class Conversations:
    """Reads of the conversation store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, owner: Owner, session_id: str) -> asyncpg.Record | None:
        """`id, last_seq, language` of the owner's conversation; None while nothing was written."""
        async with self._database.connection() as db:
            return await db.fetchrow(
                f"select id, last_seq, language from conversations where {OWNED}"
                " and session_id = $3",
                owner.customer_id, owner.guest_id, session_id,
            )  # fmt: skip

    async def context(self, conversation_id: UUID, turn_id: UUID) -> TurnContext:
        """The turn's question and the last messages before it: bounded, however long the chat."""
        async with self._database.connection() as db:
            return await context_of(db, conversation_id, turn_id)

    async def events_after(self, conversation_id: UUID, seq: int) -> list[dict[str, Any]]:
        """The persisted events after `seq`, as frames, masked."""
        async with self._database.connection() as db:
            rows = await db.fetch(f"{EVENTS} and m.seq > $2 order by m.seq", conversation_id, seq)
            shown = await cards.after(db, conversation_id, seq)
        return sorted([*map(frames.event, rows), *shown], key=lambda frame: int(frame["seq"]))

    async def open_turn(self, conversation_id: UUID) -> OpenTurn | None:
        async with self._database.connection() as db:
            row = await db.fetchrow(
                """
                select number, attempt, step from turns
                where conversation_id = $1 and state in ('queued', 'running')
                order by number limit 1
                """,
                conversation_id,
            )
        return OpenTurn(*row.values()) if row else None

    async def newest_seqs(self, conversation_ids: Sequence[UUID]) -> dict[UUID, int]:
        async with self._database.connection() as db:
            rows = await db.fetch(
                "select id, last_seq from conversations where id = any($1)", list(conversation_ids)
            )
        return {row["id"]: row["last_seq"] for row in rows}

    async def history(self, conversation_id: UUID, limit: int = 200) -> list[dict[str, Any]]:
        """The newest messages, oldest first, masked."""
        async with self._database.connection() as db:
            rows = await db.fetch(
                f"select * from ({EVENTS} order by m.seq desc limit $2) as newest order by seq",
                conversation_id, limit,
            )  # fmt: skip
        return [frames.history_entry(row) for row in rows]

    async def recent(self, owner: Owner, limit: int = 30) -> list[asyncpg.Record]:
        """`id, session_id, title, updated_at` of the owner's conversations, newest first."""
        async with self._database.connection() as db:
            return await db.fetch(
                f"""
                select id, session_id, updated_at, coalesce((
                  select left(text, 80) from messages
                  where conversation_id = conversations.id and author = 'customer'
                  order by seq limit 1), '') as title
                from conversations where {OWNED} order by updated_at desc limit $3
                """,
                owner.customer_id, owner.guest_id, limit,
            )  # fmt: skip

    async def source(self, owner: Owner, message_id: UUID, n: int) -> dict[str, Any]:
        """The passage an answer cites as `[n]`, as it was when it was cited. Raises NotFound."""
        async with self._database.connection() as db:
            answer = await db.fetchval(
                f"""
                select answer from messages as m join conversations as c on c.id = m.conversation_id
                where {OWNED} and m.id = $3
                """,
                owner.customer_id, owner.guest_id, message_id,
            )  # fmt: skip
        sources = answer["sources"] if answer else []
        for source in sources:
            if source["n"] == n:
                return dict(source)
        raise NotFound

    async def delete(self, owner: Owner, session_id: str) -> UUID:
        """Delete a conversation and all that belongs to it; returns its id. Raises NotFound."""
        async with self._database.transaction() as db:
            deleted = await db.fetchval(
                f"delete from conversations where {OWNED} and session_id = $3 returning id",
                owner.customer_id, owner.guest_id, session_id,
            )  # fmt: skip
            if deleted is None:
                raise NotFound
            await record(db, owner.key, "conversation_deleted", f"conversation:{deleted}")
            return UUID(str(deleted))

    async def customers_of(self, owner: Owner) -> list[UUID]:
        """The customer, or whoever a guest has proven to be in one of the conversations."""
        if owner.customer_id is not None:
            return [owner.customer_id]
        async with self._database.connection() as db:
            rows = await db.fetch(
                "select distinct proven_customer_id from conversations"
                " where guest_id = $1 and proven_customer_id is not null"
                " and proven_until > clock_timestamp()",
                owner.guest_id,
            )
        return [row["proven_customer_id"] for row in rows]

    async def guest_has_ended(self, guest_id: UUID) -> bool:
        """Signed in since, or erased."""
        return bool(await self.ended_guests([guest_id]))

    async def session_id(self, owner: Owner, conversation_id: UUID) -> str | None:
        """The owner's word for a conversation; None if it is not the owner's, or not there yet."""
        async with self._database.connection() as db:
            word = await db.fetchval(
                f"select session_id from conversations where {OWNED} and id = $3",
                owner.customer_id, owner.guest_id, conversation_id,
            )  # fmt: skip
        return str(word) if word is not None else None

    async def is_foreign(self, owner: Owner, conversation_id: UUID) -> bool:
        """Whether it is there and somebody else's."""
        async with self._database.connection() as db:
            return bool(
                await db.fetchval(
                    f"select not coalesce({OWNED}, false) from conversations where id = $3",
                    owner.customer_id, owner.guest_id, conversation_id,
                )
            )  # fmt: skip

    async def ended_guests(self, guest_ids: Collection[UUID]) -> set[UUID]:
        """Those who have become customers since, or were erased."""
        if not guest_ids:
            return set()
        async with self._database.connection() as db:
            rows = await db.fetch(
                "select id from guests where id = any($1)"
                " and (customer_id is not null or erased_at is not null)",
                list(guest_ids),
            )
        return {row["id"] for row in rows}

    async def move_to_customer(self, guest_id: UUID, customer_id: UUID) -> list[UUID]:
        """A guest who signs in takes the conversations along, once. Returns their ids."""
        async with self._database.transaction() as db:
            moved = await db.fetchval(
                "update guests set customer_id = $2 where id = $1 and customer_id is null"
                " and erased_at is null returning true",
                guest_id, customer_id,
            )  # fmt: skip
            if not moved:
                return []
            rows = await db.fetch(
                """
                update conversations as c set customer_id = $2, guest_id = null,
                  session_id = case when exists (
                      select 1 from conversations as own
                      where own.customer_id = $2 and own.session_id = c.session_id)
                    then left(c.session_id, 80) || '-' || left(c.id::text, 8)
                    else c.session_id end
                where guest_id = $1 returning c.id
                """,
                guest_id, customer_id,
            )  # fmt: skip
            await record(
                db, f"customer:{customer_id}", "guest_signed_in", f"guest:{guest_id}",
                {"conversations": len(rows)},
            )  # fmt: skip
            return [row["id"] for row in rows]


EVENTS = """
select m.id, m.seq, m.author, m.text, m.client_message_id, m.answer, m.event, m.created_at,
  t.number as turn, t.state,
  array(select q.id from messages as q
        where q.turn_id = m.turn_id and q.author = 'customer' order by q.seq) as answers,
  f.rating
from messages as m left join turns as t on t.id = m.turn_id
left join feedback as f on f.message_id = m.id
where m.conversation_id = $1
"""
