"""What staff read: the queue, and one handoff with its conversation. Masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import asyncpg

from agents.dealership import Dealership, DealershipError
from app.db.engine import Connection, Database
from app.errors import NotFound

State = Literal["open", "claimed", "snoozed", "resolved", "expired"]
LONGEST_TRANSCRIPT = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which handoffs are listed; without a state those that are open or claimed and not put off.
    `before` is the id of the last one that was shown."""

    state: State | None = None
    mine: bool = False
    reason: str | None = None
    language: str | None = None
    q: str | None = None
    before: UUID | None = None
    limit: int = 50


class Reading:
    """`user_id` is who reads, None for another system."""

    def __init__(self, database: Database, dealership: Dealership) -> None:
        self._database, self._dealership = database, dealership

    async def queue(self, user_id: UUID | None, wanted: Wanted) -> list[dict[str, Any]]:
        """The most urgent first; what has ended: the newest first."""
        ended = wanted.state in ("resolved", "expired")
        order = ENDED_ORDER if ended else LIVE_ORDER
        async with self._database.connection() as db:
            rows = await db.fetch(
                f"{LISTED} where {STATES[wanted.state]} and {FILTERS} {order} limit $7",
                wanted.mine, user_id, wanted.reason, wanted.language, wanted.q or None,
                wanted.before, wanted.limit,
            )  # fmt: skip
        return [listed(row, user_id) for row in rows]

    async def listed(self, user_id: UUID | None, handoff_id: UUID) -> dict[str, Any]:
        """One as lists show it. Raises NotFound."""
        async with self._database.connection() as db:
            row = await db.fetchrow(f"{LISTED} where h.id = $1", handoff_id)
        if row is None:
            raise NotFound
        return listed(row, user_id)

    async def conversation_of(self, handoff_id: UUID) -> UUID:
        """Raises NotFound."""
        async with self._database.connection() as db:
            found = await db.fetchval(
                "select conversation_id from handoffs where id = $1", handoff_id
            )
        if found is None:
            raise NotFound
        return UUID(str(found))

    async def one(self, user_id: UUID | None, handoff_id: UUID) -> dict[str, Any]:
        """With transcript, notes, trail and context. Raises NotFound."""
        async with self._database.connection() as db:
            row = await db.fetchrow(f"{LISTED} where h.id = $1", handoff_id)
            if row is None:
                raise NotFound
            conversation = row["conversation_id"]
            transcript = await db.fetch(TRANSCRIPT, conversation, LONGEST_TRANSCRIPT)
            return {
                **listed(row, user_id),
                "summary": row["summary"],
                "outcome_note": row["outcome_note"],
                "seq": row["last_seq"],
                "transcript": [entry(each) for each in reversed(transcript)],
                "notes": [dict(each) for each in await db.fetch(NOTES, handoff_id)],
                "trail": [trail(each) for each in await db.fetch(TRAIL, conversation)],
                "earlier": await cases(db, EARLIER, conversation, handoff_id),
                "similar": await cases(db, SIMILAR, conversation, handoff_id),
                "context": await self._context(row),
            }

    async def _context(self, row: asyncpg.Record) -> dict[str, Any]:
        """Who the customer is to the workshop; `null` lists where its calendar cannot be asked."""
        customer = row["customer"]
        known = {"signed_in": row["customer_id"] is not None, "cars": [], "appointments": []}
        if customer is None:
            return known
        try:
            cars = await self._dealership.cars(customer)
            appointments = await self._dealership.appointments(customer)
        except DealershipError:
            return {**known, "cars": None, "appointments": None}
        return {
            **known,
            "cars": [{"model": car.model, "year": car.year} for car in cars],
            "appointments": [
                {"reference": each.reference, "service": each.service, "start": each.start,
                 "state": each.state}
                for each in appointments
            ],
        }  # fmt: skip


def listed(row: asyncpg.Record, user_id: UUID | None) -> dict[str, Any]:
    """A handoff as lists show it."""
    last = row["last_author"] and {
        "author": row["last_author"], "text": row["last_text"], "created_at": row["last_at"],
    }  # fmt: skip
    claimed = row["state"] != "open" and row["claimed_name"] is not None
    return {
        **{key: row[key] for key in SHOWN},
        "assigned": row["assigned_to"]
        and {"user_id": row["assigned_to"], "name": row["assigned_name"]},
        "claimed": {"user_id": row["claimed_by"], "name": row["claimed_name"]} if claimed else None,
        "mine": user_id is not None and user_id in (row["claimed_by"], row["assigned_to"]),
        "last": last or None,
        "unread": row["unread"],
    }


def entry(row: asyncpg.Record) -> dict[str, Any]:
    """One line of the transcript; `event` is what a line of the system tells."""
    answer, event = row["answer"] or {}, row["event"] or {}
    return {
        **{key: row[key] for key in ("seq", "author", "text", "created_at")},
        "message_id": row["id"],
        "name": event.get("name"),
        "event": happened(event) if row["author"] == "system" else None,
        "text": "" if row["author"] == "system" else row["text"],
        "agent": answer.get("agent"),
        "confidence": answer.get("confidence"),
        "sources": [
            {key: source[key] for key in ("n", "title", "page")}
            for source in answer.get("sources", ())
        ],
        "feedback": row["rating"],
    }


def happened(event: dict[str, Any]) -> str:
    """One word: opened, joined, left, returned, resolved, expired."""
    if event["type"] == "participant":
        return str(event["state"])
    if event.get("outcome") == "returned":
        return "returned"
    return "opened" if event["state"] == "open" else str(event["state"])


def trail(row: asyncpg.Record) -> dict[str, Any]:
    """What the assistant did in one turn."""
    return {**row, "verdicts": [dict(each) for each in row["verdicts"]]}


async def cases(db: Connection, sql: str, *values: object) -> Sequence[dict[str, Any]]:
    return [dict(row) for row in await db.fetch(sql, *values)]


SHOWN = (
    "id", "reference", "conversation_id", "state", "reason", "priority", "language", "agent",
    "confidence", "model", "year", "after_hours", "opened_at", "target_at", "snoozed_until",
    "claimed_at", "resolved_at", "outcome", "rating",
)  # fmt: skip

STATES: dict[State | None, str] = {
    None: "h.state in ('open', 'claimed')"
    " and (h.snoozed_until is null or h.snoozed_until < clock_timestamp())",
    "open": "h.state = 'open'",
    "claimed": "h.state = 'claimed'",
    "snoozed": "h.state in ('open', 'claimed') and h.snoozed_until >= clock_timestamp()",
    "resolved": "h.state = 'resolved'",
    "expired": "h.state = 'expired'",
}
LIVE_ORDER = "order by h.priority, h.opened_at, h.id"
ENDED_ORDER = "order by coalesce(h.resolved_at, h.target_at) desc, h.id desc"
FILTERS = """
(not $1 or h.claimed_by = $2 or h.assigned_to = $2)
and ($3::text is null or h.reason = $3) and ($4::text is null or h.language = $4)
and ($5::text is null or position(lower($5) in lower(h.reference)) > 0 or exists (
  select from messages as m where m.conversation_id = h.conversation_id
    and position(lower($5) in lower(m.text)) > 0))
and ($6::uuid is null or (
  case when h.state in ('open', 'claimed') then
    (h.priority, h.opened_at, h.id) > (select priority, opened_at, id from handoffs where id = $6)
  else (coalesce(h.resolved_at, h.target_at), h.id) < (
    select coalesce(resolved_at, target_at), id from handoffs where id = $6) end))
"""
LISTED = """
select h.*, u.name as assigned_name, c.customer_id, c.last_seq, coalesce(c.customer_id,
    case when c.proven_until > clock_timestamp() then c.proven_customer_id end) as customer,
  last.author as last_author, left(last.text, 200) as last_text, last.created_at as last_at,
  (select count(*) from messages as m where m.conversation_id = h.conversation_id
     and m.author = 'customer' and m.seq > coalesce((
       select max(seq) from messages as s
       where s.conversation_id = h.conversation_id and s.author = 'staff'), 0)) as unread
from handoffs as h join conversations as c on c.id = h.conversation_id
left join users as u on u.id = h.assigned_to
left join lateral (
  select author, text, created_at from messages as m
  where m.conversation_id = h.conversation_id and m.author <> 'system'
  order by m.seq desc limit 1
) as last on true
"""
TRANSCRIPT = """
select m.id, m.seq, m.author, m.text, m.answer, m.event, m.created_at, f.rating
from messages as m left join feedback as f on f.message_id = m.id
where m.conversation_id = $1 order by m.seq desc limit $2
"""
NOTES = """
select id, author, text, created_at from handoff_notes where handoff_id = $1
order by created_at limit 200
"""
TRAIL = """
select number as turn, t.created_at, t.state, t.agent, m.answer -> 'route' ->> 'route' as route,
  route_method as method, route_certainty as certainty,
  (m.answer ->> 'confidence')::float as confidence, m.answer ->> 'doubt' as doubt, escalation,
  screened,
  array(select jsonb_build_object('action', action, 'tier', tier, 'method', method,
          'failure_class', failure_class)
        from verifications as v where v.turn_id = t.id order by v.id) as verdicts
from turns as t left join messages as m on m.turn_id = t.id and m.author = 'assistant'
where t.conversation_id = $1 and t.state <> 'relayed' order by number desc limit 50
"""
EARLIER = """
select reference, reason, summary ->> 'question' as question, outcome, outcome_note as note,
  resolved_at
from handoffs where conversation_id = $1 and id <> $2 order by opened_at desc limit 10
"""
# Others with the same reason and car whose question shares the most words.
SIMILAR = """
with own as (
  select reason, model, language, summary ->> 'question' as question from handoffs where id = $2
)
select h.reference, h.reason, h.summary ->> 'question' as question, h.outcome,
  h.outcome_note as note, h.resolved_at
from (select * from handoffs where state = 'resolved' and conversation_id <> $1
        and summary ->> 'question' <> '' order by resolved_at desc limit 500) as h, own,
lateral (
  select count(*) as shared from (
    select unnest(tsvector_to_array(to_tsvector('simple', h.summary ->> 'question')))
    intersect
    select unnest(tsvector_to_array(to_tsvector('simple', own.question)))) as both_have
) as words
where words.shared >= 3 and h.language = own.language
order by words.shared desc, h.resolved_at desc limit 5
"""
