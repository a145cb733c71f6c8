"""One handoff under change: locked, written, and what is to be told of it afterwards."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from app.chat import frames
from app.db.engine import Connection
from app.errors import NotFound
from app.handoff import journal


@dataclass
class Change:
    """One handoff under change: its row, and what is to be told once it is stored."""

    db: Connection
    row: asyncpg.Record
    told: list[frames.Frame] = field(default_factory=list)
    claimed: bool = False

    @property
    def conversation_id(self) -> UUID:
        return UUID(str(self.row["conversation_id"]))

    async def tell(self, event: dict[str, Any], text: str = "") -> None:
        """A line in the conversation, by the system. `text` is for the assistant alone."""
        stored = await journal.append(self.db, self.conversation_id, "system", event, text)
        self.told.append(frames.staff_event(stored))

    async def set(self, changes: str, *values: Any) -> None:
        row = await self.db.fetchrow(
            f"update handoffs set {changes} where id = $1 returning *", self.row["id"], *values
        )
        assert row is not None
        self.row = row


async def lock(db: Connection, handoff_id: UUID) -> asyncpg.Record:
    """The conversation's row first, then the handoff's. Raises NotFound."""
    await db.execute(
        "select 1 from conversations where id = ("
        "select conversation_id from handoffs where id = $1) for update",
        handoff_id,
    )
    row = await db.fetchrow("select * from handoffs where id = $1 for update", handoff_id)
    if row is None:
        raise NotFound
    return row


async def said_before(change: Change, once: str | None) -> asyncpg.Record | None:
    if once is None:
        return None
    return await change.db.fetchrow(
        "select id, seq, author, text, event, client_message_id, created_at from messages"
        " where conversation_id = $1 and client_message_id = $2",
        change.conversation_id, once,
    )  # fmt: skip


async def insert_note(db: Connection, handoff_id: UUID, author: str, text: str) -> asyncpg.Record:
    row = await db.fetchrow(
        "insert into handoff_notes (handoff_id, author, text) values ($1, $2, $3)"
        " returning id, author, text, created_at",
        handoff_id, author, text,
    )  # fmt: skip
    assert row is not None
    return row
