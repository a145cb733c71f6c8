"""Audit entries: who did what to which record, written in the transaction that does it."""

from typing import Any

import orjson

from app.db.engine import Connection


async def record(
    db: Connection, actor: str, action: str, record: str, detail: dict[str, Any] | None = None
) -> None:
    """Ids and counts only; never a customer's words or data."""
    await db.execute(
        "insert into audit_entries (actor, action, record, detail) values ($1, $2, $3, $4)",
        actor, action, record, orjson.dumps(detail or {}).decode(),
    )  # fmt: skip
