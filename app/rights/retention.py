"""Retention: what is older than its days is deleted, in small batches, by whichever replica asks.

Audit entries are not among it: they hold ids, counts and masked reasons, and cannot be changed.
"""

from dataclasses import dataclass

import structlog

from app.db.engine import Database

log = structlog.get_logger()

BATCH = 200
RECEIVED_DAYS = 1  # a call may be repeated for five minutes
OLD = "{column} < clock_timestamp() - $1 * interval '1 day'"

# A conversation that is under way, or whose booking nobody has settled yet, stays.
AT_REST = """
not exists (select from turns as t where t.conversation_id = c.id
  and t.state in ('queued', 'running'))
and not exists (select from pending_actions as a where a.conversation_id = c.id
  and a.state = 'working')
"""
CONVERSATIONS = f"""
delete from conversations where id in (
  select id from conversations as c where {OLD.format(column="c.updated_at")} and {AT_REST}
  limit {BATCH} for update skip locked)
"""
GUESTS = f"""
delete from guests where id in (
  select id from guests as g
  where g.created_at < clock_timestamp() - greatest($1, 90) * interval '1 day'
    and not exists (select from conversations as c where c.guest_id = g.id)
  limit {BATCH} for update skip locked)
"""
PERSONAL_VALUES = f"""
with still as (
  select c.id from conversations as c where {OLD.format(column="c.updated_at")} and {AT_REST}
    and exists (select from personal_values as v where v.conversation_id = c.id)
  limit {BATCH} for update skip locked
)
delete from personal_values where conversation_id in (select id from still)
"""
LETTERS = f"""
delete from outbox_messages where id in (
  select id from outbox_messages
  where state in ('sent', 'failed') and {OLD.format(column="created_at")}
  limit {BATCH} for update skip locked)
"""
CODES = f"""
delete from identity_codes where id in (
  select id from identity_codes where {OLD.format(column="created_at")}
  limit {BATCH} for update skip locked)
"""
DELIVERIES = f"""
delete from deliveries where id in (
  select id from deliveries where state <> 'queued' and {OLD.format(column="created_at")}
  limit {BATCH} for update skip locked)
"""
RECEIVED = f"""
delete from received_webhooks where (endpoint_id, webhook_id) in (
  select endpoint_id, webhook_id from received_webhooks where {OLD.format(column="received_at")}
  limit {BATCH} for update skip locked)
"""
LLM_CALLS = f"""
delete from llm_calls where id in (
  select id from llm_calls where {OLD.format(column="created_at")}
  limit {BATCH} for update skip locked)
"""
VERDICTS = f"""
delete from verifications where id in (
  select id from verifications where {OLD.format(column="created_at")}
  limit {BATCH} for update skip locked)
"""


@dataclass(frozen=True, slots=True)
class Days:
    """How long each kind is kept; 0 is for ever."""

    conversations: int
    personal_values: int
    outbox: int
    deliveries: int
    llm_calls: int
    verifications: int


class Retention:
    """One per process; several may run at once."""

    def __init__(self, database: Database, days: Days) -> None:
        self._database = database
        self._rules = (
            ("personal_values", PERSONAL_VALUES, days.personal_values),
            ("conversations", CONVERSATIONS, days.conversations),
            ("guests", GUESTS, days.conversations),
            ("letters", LETTERS, days.outbox),
            ("codes", CODES, days.outbox),
            ("deliveries", DELIVERIES, days.deliveries),
            ("received_webhooks", RECEIVED, RECEIVED_DAYS),
            ("llm_calls", LLM_CALLS, days.llm_calls),
            ("verifications", VERDICTS, days.verifications),
        )

    async def sweep(self) -> dict[str, int]:
        """Delete what is due; returns how many rows of each kind."""
        deleted = {
            kind: await self._delete(statement, days)
            for kind, statement, days in self._rules
            if days
        }
        if any(deleted.values()):
            log.info("retention_swept", **deleted)
        return deleted

    async def _delete(self, statement: str, days: int) -> int:
        """Batch by batch, each a transaction of its own."""
        total, done = 0, 1
        while done:
            async with self._database.connection() as db:
                done = int((await db.execute(statement, days)).rpartition(" ")[2])
            total += done
        return total
