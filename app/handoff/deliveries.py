"""Deliveries: webhooks owed, written with what causes them, in the same transaction."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.db.engine import Connection, Database
from app.handoff.events import EventType, written


class Deliveries:
    """The table of what is owed. See `app.handoff.dispatch` for who sends it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def owe(
        self,
        db: Connection,
        type: EventType,
        data: Mapping[str, Any],
        *,
        conversation_id: UUID | None = None,
        handoff_id: UUID | None = None,
    ) -> None:
        """In the caller's transaction: one for each enabled endpoint that wants this type.

        `data` is masked already.
        """
        await db.execute(
            """
            insert into deliveries (endpoint_id, type, body, conversation_id, handoff_id)
            select id, $1, $2, $3, $4 from webhook_endpoints where enabled and $1 = any(events)
            """,
            type, written(type, data), conversation_id, handoff_id,
        )  # fmt: skip
