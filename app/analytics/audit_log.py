"""Audit entries as admins read them, newest first."""

from dataclasses import dataclass
from typing import Any

from app.db.engine import Database

MOST_ACTIONS = 300


@dataclass(frozen=True, slots=True)
class Wanted:
    """None is any. `actor` is found in the name, or in the actor's own word; `before` is the id of
    the last entry that was shown."""

    action: str | None = None
    actor: str | None = None
    before: int | None = None
    limit: int = 50


class AuditLog:
    """Ids and counts; customers' words and data are never in it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: Wanted) -> dict[str, Any]:
        """`actions` are all there are, to choose from; `next` is null at the end."""
        async with self._database.connection() as db:
            rows = await db.fetch(
                ENTRIES, wanted.action, wanted.actor, wanted.before, wanted.limit + 1
            )
            actions = await db.fetch(ACTIONS, MOST_ACTIONS)
        shown = rows[: wanted.limit]
        return {
            "entries": [dict(row) for row in shown],
            "next": shown[-1]["id"] if len(rows) > wanted.limit else None,
            "actions": [row["action"] for row in actions],
        }


ENTRIES = """
select a.id, a.created_at, a.actor, u.name as actor_name, a.action, a.record, a.detail
from audit_entries as a left join users as u on a.actor = 'user:' || u.id
where ($1::text is null or a.action = $1)
  and ($2::text is null or position(lower($2) in lower(a.actor || ' ' || coalesce(u.name, ''))) > 0)
  and ($3::bigint is null or a.id < $3)
order by a.id desc limit $4
"""
# From one action to the next in the index, instead of reading every entry.
ACTIONS = """
with recursive found as (
  select min(action) as action from audit_entries
  union all
  select (select min(action) from audit_entries as a where a.action > found.action)
  from found where found.action is not null
)
select action from found where action is not null limit $1
"""
