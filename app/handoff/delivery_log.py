"""Deliveries as staff see them: what was sent where, what became of it, once more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

import asyncpg

from app.audit import record
from app.db.engine import Database
from app.errors import Conflict, NotFound
from app.handoff.events import EventType

State = Literal["queued", "delivered", "dead"]


class NotReplayable(Conflict):
    """Only what was delivered or given up, still has its content and whose endpoint is enabled can
    be sent again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries; None is any. `before`: the `number` of the last one seen."""

    state: State | None = None
    type: EventType | None = None
    endpoint_id: UUID | None = None
    handoff_id: UUID | None = None
    before: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook. `status` and `problem` are those of its last attempt."""

    id: UUID
    number: int
    endpoint_id: UUID
    endpoint: str
    type: EventType
    handoff_id: UUID | None
    reference: str | None
    state: State
    dead_why: Literal["exhausted", "gone", "disabled", "erased"] | None
    attempts: int
    status: int | None
    problem: str | None
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        return cls(**row)


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt."""

    created_at: datetime
    status: int | None
    problem: str | None
    took_ms: int


@dataclass(frozen=True, slots=True)
class WholeDelivery:
    """With its attempts, oldest first, and its body; empty once erased."""

    delivery: Delivery
    attempts: Sequence[Tried]
    body: str


class DeliveryLog:
    """Reads the table of deliveries and puts them back into the queue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, wanted: Wanted) -> list[Delivery]:
        """Newest first."""
        async with self._database.connection() as db:
            rows = await db.fetch(
                LIST, wanted.state, wanted.type, wanted.endpoint_id, wanted.handoff_id,
                wanted.before, wanted.limit,
            )  # fmt: skip
        return [Delivery.of(row) for row in rows]

    async def one(self, delivery_id: UUID) -> WholeDelivery:
        """Raises NotFound."""
        async with self._database.connection() as db:
            row = await db.fetchrow(f"{SELECT} where d.id = $1", delivery_id)
            if row is None:
                raise NotFound
            body = await db.fetchval("select body from deliveries where id = $1", delivery_id)
            attempts = await db.fetch(ATTEMPTS, delivery_id)
        return WholeDelivery(Delivery.of(row), [Tried(**each) for each in attempts], body or "")

    async def replay(self, actor: str, delivery_id: UUID) -> None:
        """Once more, under the same id. What is queued is sent at once. Raises NotFound,
        NotReplayable."""
        async with self._database.transaction() as db:
            if not await db.fetchval("select true from deliveries where id = $1", delivery_id):
                raise NotFound
            if not await db.fetch(f"{REPLAY} d.id = $1 returning d.id", delivery_id):
                raise NotReplayable
            await record(db, actor, "delivery_replayed", f"delivery:{delivery_id}")

    async def replay_dead(self, actor: str, endpoint_id: UUID) -> int:
        """Everything an endpoint did not get; how many. Raises NotFound."""
        async with self._database.transaction() as db:
            found = "select true from webhook_endpoints where id = $1"
            if not await db.fetchval(found, endpoint_id):
                raise NotFound
            dead = f"{REPLAY} d.endpoint_id = $1 and d.state = 'dead' returning d.id"
            count = len(await db.fetch(dead, endpoint_id))
            what = f"webhook_endpoint:{endpoint_id}"
            await record(db, actor, "deliveries_replayed", what, {"count": count})
        return count


SELECT = """
select d.id, d.number, d.endpoint_id, e.name as endpoint, d.type, d.handoff_id, h.reference,
  d.state, d.dead_why, d.attempts, a.status, a.problem,
  case when d.state = 'queued' then d.next_attempt_at end as next_attempt_at,
  d.delivered_at, d.created_at
from deliveries as d join webhook_endpoints as e on e.id = d.endpoint_id
left join handoffs as h on h.id = d.handoff_id
left join lateral (
  select status, problem from delivery_attempts where delivery_id = d.id
  order by id desc limit 1) as a on true
"""
LIST = f"""
{SELECT}
where ($1::text is null or d.state = $1) and ($2::text is null or d.type = $2)
  and ($3::uuid is null or d.endpoint_id = $3) and ($4::uuid is null or d.handoff_id = $4)
  and ($5::int is null or d.number < $5)
order by d.number desc limit $6
"""
ATTEMPTS = """
select created_at, status, problem, took_ms from delivery_attempts
where delivery_id = $1 order by id limit 200
"""
# A test is made anew, not replayed.
REPLAY = """
update deliveries as d set state = 'queued', dead_why = null, delivered_at = null, attempts = 0,
  next_attempt_at = clock_timestamp()
from webhook_endpoints as e
where e.id = d.endpoint_id and e.enabled and d.body <> '' and d.lease_until is null
  and d.type <> 'webhook.test' and
"""
