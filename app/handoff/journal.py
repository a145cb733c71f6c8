"""What staff and the system say in a conversation: stored like every message, with its `seq`."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson

from app.db.engine import Connection


async def append(
    db: Connection,
    conversation_id: UUID,
    author: Literal["staff", "system"],
    event: Mapping[str, Any],
    text: str = "",
    client_message_id: str | None = None,
) -> asyncpg.Record:
    """In the caller's transaction, which holds the conversation's row. `text` is masked."""
    row = await db.fetchrow(
        """
        with bumped as (
          update conversations set last_seq = last_seq + 1, updated_at = clock_timestamp()
          where id = $1 returning last_seq)
        insert into messages (conversation_id, seq, author, text, event, client_message_id)
        select $1, last_seq, $2, $3, $4::jsonb, $5 from bumped
        returning id, seq, author, text, event, client_message_id, created_at
        """,
        conversation_id, author, text, orjson.dumps(event).decode(), client_message_id,
    )  # fmt: skip
    assert row is not None
    return row
