"""Conversations and their turns as lists: newest first, each with its tokens and cost. Masked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from app.analytics.money import SPENT, Row, spent
from app.analytics.span import Span
from app.db.engine import Database
from app.errors import BadInput, NotFound

MOST_TURNS = 200
SHOWN_LETTERS = 300


class BadCursor(BadInput):
    """`before` is what an earlier page called `next`."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last conversation that was shown."""

    at: datetime
    id: UUID

    @classmethod
    def of(cls, text: str) -> Self:
        """Raises BadCursor."""
        at, _, conversation = text.partition("_")
        try:
            return cls(aware(datetime.fromisoformat(at)), UUID(conversation))
        except ValueError as wrong:
            raise BadCursor from wrong

    def __str__(self) -> str:
        return f"{self.at.isoformat().replace('+00:00', 'Z')}_{self.id}"


def aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment


@dataclass(frozen=True, slots=True)
class Wanted:
    """None is any. `escalation` "any" is every conversation a person was asked for."""

    agent: str | None = None
    escalation: str | None = None
    before: Cursor | None = None
    limit: int = 50


class ConversationList:
    """What customers and the assistant said stands masked, as everywhere."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, span: Span, wanted: Wanted) -> dict[str, Any]:
        """Those with a turn in the span. `next` is null at the end."""
        before = wanted.before
        async with self._database.connection() as db:
            rows = await db.fetch(
                LISTED, span.begins, span.ends, wanted.agent, wanted.escalation,
                before and before.at, before and before.id, wanted.limit + 1,
            )  # fmt: skip
        shown = rows[: wanted.limit]
        more = len(rows) > wanted.limit
        last = shown[-1] if more else None
        return {
            "from": span.first,
            "to": span.last,
            "conversations": [told(row, CONVERSATION) for row in shown],
            "next": last and str(Cursor(last["updated_at"], last["id"])),
        }

    async def one(self, conversation_id: UUID) -> dict[str, Any]:
        """With its turns, oldest first; of very long ones the newest 200. Raises NotFound."""
        async with self._database.connection() as db:
            row = await db.fetchrow(ONE, conversation_id)
            if row is None:
                raise NotFound
            turns = await db.fetch(TURNS, conversation_id, MOST_TURNS)
        return {
            **told(row, CONVERSATION),
            "turns": [told(each, TURN) for each in reversed(turns)],
        }


def told(row: Row, columns: tuple[str, ...]) -> dict[str, Any]:
    return {**{name: row[name] for name in columns}, "cost": spent(row)}


CONVERSATION = (
    "id", "created_at", "updated_at", "language", "model", "year", "turns", "agents",
    "escalations", "first_question", "last_turn_id",
)  # fmt: skip
TURN = (
    "id", "number", "state", "agent", "method", "certainty", "confidence", "escalation", "cached",
    "trouble", "question", "answer", "created_at", "first_token_ms", "took_ms",
)  # fmt: skip
QUESTION = """(select string_agg(q.text, E'\\n' order by q.seq) from messages as q
    where q.turn_id = t.id and q.author = 'customer')"""
TOLD = f"""
select c.id, c.created_at, c.updated_at, c.language, c.model, c.year, said.*, money.*,
  left((select m.text from messages as m where m.conversation_id = c.id and m.author = 'customer'
    order by m.seq limit 1), {SHOWN_LETTERS}) as first_question,
  (select t.id from turns as t where t.conversation_id = c.id order by t.number desc limit 1)
    as last_turn_id
from c cross join lateral (
  select count(*)::int as turns, array_remove(array_agg(distinct t.agent), null) as agents,
    array_remove(array_agg(distinct t.escalation), null) as escalations
  from turns as t where t.conversation_id = c.id
) as said cross join lateral (
  select {SPENT} from (
    select l.* from turns as t join llm_calls as l on l.turn_id = t.id
    where t.conversation_id = c.id
    union all
    select l.* from llm_calls as l where l.conversation_id = c.id and l.turn_id is null
  ) as l
) as money
"""
LISTED = f"""
with c as (
  select c.* from conversations as c
  where exists (
    select from turns as t where t.conversation_id = c.id and t.created_at >= $1
      and t.created_at < $2 and ($3::text is null or t.agent = $3)
      and ($4::text is null or t.escalation = $4 or ($4 = 'any' and t.escalation is not null)))
    and ($5::timestamptz is null or (c.updated_at, c.id) < ($5, $6::uuid))
  order by c.updated_at desc, c.id desc limit $7
)
{TOLD} order by c.updated_at desc, c.id desc
"""
ONE = f"with c as (select * from conversations where id = $1) {TOLD}"
TURNS = f"""
select t.id, t.number, t.state, t.agent, t.route_method as method, t.route_certainty as certainty,
  (m.answer ->> 'confidence')::float as confidence, t.escalation, m.answer ->> 'cached' as cached,
  m.answer ->> 'trouble' as trouble, left({QUESTION}, {SHOWN_LETTERS}) as question,
  left(m.text, {SHOWN_LETTERS}) as answer, t.created_at,
  round(extract(epoch from t.first_token_at - t.created_at) * 1000)::int as first_token_ms,
  round(extract(epoch from t.finished_at - t.created_at) * 1000)::int as took_ms, money.*
from turns as t left join messages as m on m.turn_id = t.id and m.author = 'assistant'
cross join lateral (select {SPENT} from llm_calls as l where l.turn_id = t.id) as money
where t.conversation_id = $1 order by t.number desc limit $2
"""
