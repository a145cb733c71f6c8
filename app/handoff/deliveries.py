"""Deliveries: webhooks owed, written with what causes them, leased by whoever sends them."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.db.engine import Connection, Database
from app.errors import NotFound
from app.handoff.events import EventType, written
from app.handoff.sending import Attempt
from app.observability.metrics import (
    DELIVERIES_DEAD,
    DELIVERY_SECONDS,
    OLDEST_UNDELIVERED,
    WEBHOOK_DELIVERIES,
)

# Seconds after each failed attempt: three days, then dead. See docs/webhooks.md.
PAUSES = (
    5, 30, 120, 300, 900, 1800, 3600, 7200, 18_000, 36_000, 50_400, 72_000, 86_400,
)  # fmt: skip
MOST_ATTEMPTS = len(PAUSES) + 1
JITTER = 0.2
LEASE = "interval '30 seconds'"
AT_ONCE = 2  # to one endpoint


@dataclass(frozen=True, slots=True)
class Owed:
    """A delivery that this process may send until its lease ends, and to whom."""

    id: UUID
    endpoint_id: UUID
    type: EventType
    body: str
    attempts: int
    lease_until: datetime
    url: str
    format: str
    options: Mapping[str, Any]
    sealed: bytes
    former_until: datetime | None


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
        await db.execute(OWE, type, written(type, data), conversation_id, handoff_id)

    async def take(self) -> list[Owed]:
        """Lease what is due: two at once to one endpoint over all replicas, and of one handoff (or
        else of one conversation) nothing before what came earlier is delivered or dead."""
        async with self._database.transaction() as db:
            free = [row["id"] for row in await db.fetch(FREE_ENDPOINTS)]
            if not free:
                return []
            return [_owed(row) for row in await db.fetch(TAKE, free)]

    async def begin_test(self, endpoint_id: UUID) -> Owed:
        """A test is leased from the beginning, also to an endpoint that is disabled.

        Raises NotFound.
        """
        body = written("webhook.test", {"endpoint_id": endpoint_id})
        async with self._database.transaction() as db:
            row = await db.fetchrow(BEGIN_TEST, endpoint_id, body)
        if row is None:
            raise NotFound
        return _owed(row)

    async def settle(self, owed: Owed, attempt: Attempt) -> None:
        """Keep the attempt, and what follows from it, unless the lease was lost meanwhile."""
        async with self._database.transaction() as db:
            await db.execute(LOCK_ENDPOINT, owed.endpoint_id)
            await db.execute(ATTEMPTED, owed.id, attempt.status, attempt.problem, attempt.took_ms)
            outcome = await _outcome(db, owed, attempt)
        WEBHOOK_DELIVERIES.labels(type=owed.type, outcome=outcome).inc()
        DELIVERY_SECONDS.observe(attempt.took_ms / 1000)

    async def end_leases(self) -> None:
        """A single process that restarts takes its dead predecessor's deliveries at once."""
        async with self._database.connection() as db:
            await db.execute(
                "update deliveries set lease_until = null"
                " where state = 'queued' and lease_until is not null"
            )

    async def watch(self) -> None:
        """Bury what nobody will send any more, and tell the gauges."""
        async with self._database.connection() as db:
            await db.execute(BURY, MOST_ATTEMPTS)
            row = await db.fetchrow(GAUGES)
        assert row is not None
        OLDEST_UNDELIVERED.set(float(row["oldest"]))
        DELIVERIES_DEAD.set(int(row["dead"]))


async def bury(db: Connection, endpoint_id: UUID, why: str) -> None:
    """What an endpoint is owed is dead, for this reason; in the caller's transaction."""
    await db.execute(
        "update deliveries set state = 'dead', dead_why = $2, lease_until = null"
        " where endpoint_id = $1 and state = 'queued'",
        endpoint_id, why,
    )  # fmt: skip


async def _outcome(db: Connection, owed: Owed, attempt: Attempt) -> str:
    if attempt.problem is None:
        await db.execute(DELIVERED, owed.id, owed.lease_until)
        await db.execute(SUCCEEDED, owed.endpoint_id)
        return "delivered"
    if attempt.is_gone:
        await db.execute(GONE, owed.endpoint_id)
        await bury(db, owed.endpoint_id, "gone")
        return "dead"
    pause = pause_after(owed, attempt)
    if pause is None:
        await db.execute(EXHAUSTED, owed.id, owed.lease_until)
        return "dead"
    await db.execute(FAILED, owed.id, owed.lease_until, pause)
    return "failed"


def pause_after(owed: Owed, attempt: Attempt) -> float | None:
    """Seconds until the next attempt, or None when there is none. A test is tried once."""
    if owed.type == "webhook.test" or owed.attempts >= MOST_ATTEMPTS:
        return None
    pause = PAUSES[owed.attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    return max(pause, attempt.retry_after or 0.0)


def _owed(row: asyncpg.Record) -> Owed:
    return Owed(**row)


OWE = """
insert into deliveries (endpoint_id, type, body, conversation_id, handoff_id)
select id, $1, $2, $3, $4 from webhook_endpoints where enabled and $1 = any(events)
"""
FREE_ENDPOINTS = """
select id from webhook_endpoints where enabled order by id for no key update skip locked
"""
COLUMNS = """
d.id, d.endpoint_id, d.type, d.body, d.attempts, d.lease_until,
e.url, e.format, e.options, e.sealed, e.former_until
"""
TAKE = f"""
with due as (
  select due.id from unnest($1::uuid[]) as free (id) cross join lateral (
    select d.id from deliveries as d
    where d.endpoint_id = free.id and d.state = 'queued' and d.next_attempt_at <= now()
      and (d.lease_until is null or d.lease_until <= now())
      and not exists (
        select 1 from deliveries as earlier
        where earlier.endpoint_id = d.endpoint_id and earlier.state = 'queued'
          and earlier.number < d.number and (earlier.handoff_id = d.handoff_id
            or (earlier.conversation_id = d.conversation_id
              and earlier.handoff_id is null and d.handoff_id is null)))
    order by d.next_attempt_at
    limit greatest(0, {AT_ONCE} - (
      select count(*) from deliveries as sent where sent.endpoint_id = free.id
        and sent.state = 'queued' and sent.lease_until > now()))
    for update skip locked) as due
)
update deliveries as d set attempts = d.attempts + 1, lease_until = clock_timestamp() + {LEASE}
from webhook_endpoints as e
where d.id in (select id from due) and e.id = d.endpoint_id returning {COLUMNS}
"""
BEGIN_TEST = f"""
with d as (
  insert into deliveries (endpoint_id, type, body, attempts, lease_until)
  select id, 'webhook.test', $2, 1, clock_timestamp() + {LEASE} from webhook_endpoints
  where id = $1 returning *)
select {COLUMNS} from d join webhook_endpoints as e on e.id = d.endpoint_id
"""
LOCK_ENDPOINT = "select 1 from webhook_endpoints where id = $1 for no key update"
ATTEMPTED = """
insert into delivery_attempts (delivery_id, status, problem, took_ms)
select id, $2, $3, $4 from deliveries where id = $1
"""
HELD = "where id = $1 and lease_until = $2 and state = 'queued'"
DELIVERED = f"""
update deliveries set state = 'delivered', delivered_at = clock_timestamp(), lease_until = null
{HELD}
"""
SUCCEEDED = "update webhook_endpoints set last_success_at = clock_timestamp() where id = $1"
FAILED = f"""
update deliveries set lease_until = null,
  next_attempt_at = clock_timestamp() + make_interval(secs => $3)
{HELD}
"""
EXHAUSTED = f"""
update deliveries set state = 'dead', dead_why = 'exhausted', lease_until = null {HELD}
"""
GONE = """
update webhook_endpoints set enabled = false, disabled_why = 'gone' where id = $1 and enabled
"""
BURY = """
update deliveries as d set state = 'dead', lease_until = null,
  dead_why = case when e.enabled then 'exhausted' else 'disabled' end
from webhook_endpoints as e
where e.id = d.endpoint_id and d.state = 'queued'
  and (d.lease_until is null or d.lease_until <= now())
  and (not e.enabled or (d.attempts > $1 and d.lease_until is not null))
"""
GAUGES = """
select coalesce(extract(epoch from clock_timestamp() - min(created_at) filter (
    where state = 'queued' and type like 'handoff.%')), 0) as oldest,
  count(*) filter (where state = 'dead' and type <> 'webhook.test' and body <> '') as dead
from deliveries where state in ('queued', 'dead')
"""
