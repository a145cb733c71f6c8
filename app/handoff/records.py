"""Handoffs in the store: opened with the turn that decided them, with what staff need to know."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson

from agents.events import Escalation
from app.db.engine import Connection, Database
from app.handoff import journal
from app.handoff.deliveries import Deliveries
from app.handoff.events import EventType
from app.handoff.hours import Hours, Opening
from app.handoff.policy import BY_REASON
from app.handoff.summaries import Summary
from app.handoff.waiting import POSITIONS, WAITING, expected_minutes, position_of
from app.observability.metrics import (
    HANDOFF_WAIT,
    HANDOFFS,
    HANDOFFS_CLAIMED,
    HANDOFFS_LATE,
    HUMAN_HANDOFFS,
    OLDEST_HANDOFF,
)

Change = Literal["message", "transferred", "snoozed", "raised"]
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no letters or digits that look alike


@dataclass(frozen=True, slots=True)
class NewHandoff:
    """Why and about what a person is asked for; everything of it is masked."""

    conversation_id: UUID
    turn_id: UUID
    reason: Escalation
    agent: str
    language: str
    confidence: float | None
    model: str | None
    year: int | None
    summary: Summary


class Handoffs:
    """Written in the caller's transaction, which holds the conversation's row."""

    def __init__(
        self, database: Database, deliveries: Deliveries, hours: Hours, public_url: str
    ) -> None:
        self._database, self._deliveries = database, deliveries
        self._hours, self._public_url = hours, public_url

    async def open(self, db: Connection, new: NewHandoff, hours: Opening) -> asyncpg.Record | None:
        """The event that tells the customer; None when one was open already."""
        row = await db.fetchrow(
            INSERT, new_reference(), new.conversation_id, new.turn_id, new.reason,
            BY_REASON[new.reason].priority, new.agent, new.language, new.confidence, new.model,
            new.year, not hours.is_open, orjson.dumps(new.summary).decode(),
            target_of(new.reason, hours),
        )  # fmt: skip
        if row is None:
            return None
        told = {"type": "handoff", "reference": row["reference"], "state": "open"}
        told |= await self._expectation(db, row["id"], hours)
        event = await journal.append(db, new.conversation_id, "system", told)
        await self.owe(db, "handoff.created", row)
        HUMAN_HANDOFFS.labels(reason=new.reason, agent=new.agent).inc()
        return event

    async def raise_to(
        self, db: Connection, conversation_id: UUID, reason: Escalation, hours: Opening
    ) -> None:
        """What waits for less has become more urgent."""
        row = await db.fetchrow(
            """
            update handoffs set reason = $2, priority = $3, target_at = least(target_at, $4)
            where conversation_id = $1 and state = 'open' and priority > $3 returning *
            """,
            conversation_id, reason, BY_REASON[reason].priority, target_of(reason, hours),
        )  # fmt: skip
        if row is not None:
            await self.owe(db, "handoff.updated", row, "raised")

    async def _expectation(
        self, db: Connection, handoff_id: UUID, hours: Opening
    ) -> dict[str, Any]:
        """What the customer may honestly expect as things are now."""
        return {
            "position": await position_of(db, handoff_id),
            "expected_minutes": await expected_minutes(db) if hours.is_open else None,
            "after_hours": not hours.is_open,
            "opens_at": hours.opens_at.isoformat() if hours.opens_at else None,
        }

    async def relayed(self, db: Connection, conversation_id: UUID) -> None:
        """The customer has written to the person who has the conversation."""
        row = await db.fetchrow(
            "select * from handoffs where conversation_id = $1 and state = 'claimed'",
            conversation_id,
        )
        if row is not None:
            await self.owe(db, "handoff.updated", row, "message")

    async def owe(
        self, db: Connection, type_: EventType, row: asyncpg.Record, change: Change | None = None
    ) -> None:
        """Tell the dealer's other systems what a handoff is now; `change` says what of it is new,
        where the type does not."""
        data = {**await self.told(db, row), "change": change}
        await self._deliveries.owe(
            db, type_, data, conversation_id=row["conversation_id"], handoff_id=row["id"]
        )

    async def told(self, db: Connection, row: asyncpg.Record) -> dict[str, Any]:
        """What a webhook says of a handoff: masked, bounded, with a link to the desk."""
        messages = await db.fetch(LAST_MESSAGES, row["conversation_id"])
        return {
            "id": str(row["id"]),
            "reference": row["reference"],
            "conversation_id": str(row["conversation_id"]),
            **{key: row[key] for key in TOLD},
            "vehicle": {"model": row["model"], "year": row["year"]},
            "opened_at": row["opened_at"].isoformat(),
            "target_at": row["target_at"].isoformat(),
            "summary": row["summary"],
            "messages": [message_told(each) for each in reversed(messages)],
            "claimed_by": row["claimed_name"],
            "url": f"{self._public_url}/desk?handoff={row['id']}" if self._public_url else None,
        }

    async def state_of(self, conversation_id: UUID) -> dict[str, Any] | None:
        """What a customer who comes back must know of the newest handoff; None without one."""
        async with self._database.connection() as db:
            row = await db.fetchrow(STATE_OF, conversation_id)
            if row is None:
                return None
            told = {key: row[key] for key in ("reference", "state", "name", "outcome", "rate")}
            if row["state"] == "open":
                told |= await self._expectation(db, row["id"], await self._hours.now())
        return told

    async def positions(self, limit: int = 50) -> list[tuple[UUID, dict[str, Any]]]:
        """Who waits where now: frames without `seq`, by conversation."""
        async with self._database.connection() as db:
            rows = await db.fetch(POSITIONS, limit)
        return [
            (
                UUID(str(row["conversation_id"])),
                {
                    "type": "handoff",
                    "state": "open",
                    "reference": row["reference"],
                    "position": row["position"],
                },
            )
            for row in rows
        ]

    async def set_gauges(self) -> None:
        """How many wait, wait too long, are claimed; for dashboards and alerts."""
        async with self._database.connection() as db:
            row = await db.fetchrow(GAUGES)
        assert row is not None
        for state in ("open", "claimed"):
            HANDOFFS.labels(state=state).set(row[state])
        for urgency in ("safety", "other"):
            HANDOFFS_LATE.labels(urgency=urgency).set(row[urgency])
        OLDEST_HANDOFF.set(row["oldest"])


def count_claim(row: asyncpg.Record) -> None:
    """A handoff was claimed for the first time, just now."""
    now = datetime.now(UTC)
    HANDOFF_WAIT.observe((now - row["opened_at"]).total_seconds())
    HANDOFFS_CLAIMED.labels(in_time="yes" if now <= row["target_at"] else "no").inc()


def target_of(reason: Escalation, hours: Opening) -> datetime:
    """Outside opening hours the time counts from the next opening."""
    begins = hours.opens_at or datetime.now(UTC)
    return begins + timedelta(minutes=BY_REASON[reason].minutes)


def new_reference() -> str:
    """`H-` and six characters: 729 million of them, so that nobody guesses one."""
    return "H-" + "".join(secrets.choice(ALPHABET) for _ in range(6))


def message_told(row: asyncpg.Record) -> dict[str, Any]:
    text = row["text"]
    return {
        "author": row["author"],
        "text": text if len(text) <= LONGEST_TOLD else text[:LONGEST_TOLD] + " …",
        "created_at": row["created_at"].isoformat(),
    }


TOLD = ("state", "reason", "priority", "confidence", "agent", "language", "after_hours",
        "outcome", "outcome_note")  # fmt: skip
LONGEST_TOLD = 600

INSERT = """
insert into handoffs (reference, conversation_id, turn_id, reason, priority, agent, language,
  confidence, model, year, after_hours, summary, target_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (conversation_id) where state in ('open', 'claimed') do nothing
returning *
"""
GAUGES = f"""
select count(*) filter (where h.state = 'open') as open,
  count(*) filter (where h.state = 'claimed') as claimed,
  count(*) filter (where {WAITING} and h.target_at < clock_timestamp()
    and h.reason = 'safety_concern') as safety,
  count(*) filter (where {WAITING} and h.target_at < clock_timestamp()
    and h.reason <> 'safety_concern') as other,
  coalesce(extract(epoch from clock_timestamp() - min(h.opened_at) filter (where {WAITING})), 0)
    ::float as oldest
from handoffs as h where h.state in ('open', 'claimed')
"""
LAST_MESSAGES = """
select author, text, created_at from messages
where conversation_id = $1 and author <> 'system' order by seq desc limit 8
"""
STATE_OF = """
select id, reference, state, claimed_name as name, outcome,
  state = 'resolved' and replied_at is not null and rating is null
    and resolved_at > clock_timestamp() - interval '7 days' as rate
from handoffs where conversation_id = $1 order by opened_at desc limit 1
"""
