"""What conversations did, in all and by day."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.analytics.money import NO_CALLS, SPENT, spent
from app.analytics.span import Span
from app.db.engine import Database

STATES = ("answered", "relayed", "cancelled", "failed", "open")
NO_TURNS: dict[str, Any] = {
    "conversations": 0, "escalated_conversations": 0, "turns": 0,
    **dict.fromkeys(STATES, 0), "answered_alone": 0, "escalated": 0,
    "cached_exact": 0, "cached_semantic": 0, "first_token_ms": None, "first_token_p95_ms": None,
}  # fmt: skip
NO_LIKES: dict[str, Any] = {"up": 0, "down": 0, "ratings": 0, "average": None}


class Figures:
    """Each query reads only rows of the span; the connection ends one that takes ten seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def over(self, span: Span) -> dict[str, Any]:
        """`totals` and one entry per day, days without anything too."""
        async with self._database.connection() as db:
            turns = await db.fetch(TURNS, *span.values)
            money = await db.fetch(MONEY, *span.values)
            likes = await db.fetch(LIKES, *span.values)
        told = _Told(*({row["day"]: dict(row) for row in rows} for rows in (turns, money, likes)))
        return {
            "from": span.first,
            "to": span.last,
            "time_zone": span.zone.key,
            "totals": told.of(None),
            "days": [{"day": day, **told.of(day)} for day in span.days],
        }


class _Told:
    """Rows by day; the row of no day holds the totals."""

    def __init__(self, *by_day: Mapping[date | None, Mapping[str, Any]]) -> None:
        self._turns, self._money, self._likes = by_day

    def of(self, day: date | None) -> dict[str, Any]:
        turns = self._turns.get(day) or NO_TURNS
        likes = self._likes.get(day) or NO_LIKES
        return {
            "conversations": turns["conversations"],
            "escalated_conversations": turns["escalated_conversations"],
            "turns": turns["turns"],
            "outcomes": {state: turns[state] for state in STATES},
            "escalated": turns["escalated"],
            "answered_alone": turns["answered_alone"],
            "answered_alone_share": share(turns["answered_alone"], turns["answered"]),
            "first_token_ms": whole(turns["first_token_ms"]),
            "first_token_p95_ms": whole(turns["first_token_p95_ms"]),
            "cost": spent(self._money.get(day) or NO_CALLS),
            "satisfaction": satisfaction(likes),
            "cache": cache(turns),
        }


def cache(turns: Mapping[str, Any]) -> dict[str, Any]:
    """Of all answers, those that were another customer's before."""
    exact, semantic, answers = turns["cached_exact"], turns["cached_semantic"], turns["answered"]
    return {
        "exact": exact,
        "semantic": semantic,
        "exact_share": share(exact, answers),
        "semantic_share": share(semantic, answers),
        "share": share(exact + semantic, answers),
    }


def satisfaction(likes: Mapping[str, Any]) -> dict[str, Any]:
    up, down = likes["up"], likes["down"]
    average = likes["average"]
    return {
        "thumbs_up": up,
        "thumbs_down": down,
        "thumbs_up_share": share(up, up + down),
        "ratings": likes["ratings"],
        "average_rating": None if average is None else round(float(average), 2),
    }


def share(part: int, all_of_it: int) -> float | None:
    return round(part / all_of_it, 4) if all_of_it else None


def whole(number: float | None) -> int | None:
    return None if number is None else round(number)


TURNS = """
with asked as (
  select (t.created_at at time zone $1)::date as day, t.conversation_id, t.state, t.escalation,
    extract(epoch from t.first_token_at - t.created_at) * 1000 as waited,
    m.answer ->> 'cached' as cached
  from turns as t left join messages as m on m.turn_id = t.id and m.author = 'assistant'
  where t.created_at >= $2 and t.created_at < $3
)
select day, count(distinct conversation_id)::int as conversations,
  (count(distinct conversation_id) filter (where escalation is not null))::int
    as escalated_conversations,
  count(*)::int as turns,
  count(*) filter (where state = 'answered')::int as answered,
  count(*) filter (where state = 'relayed')::int as relayed,
  count(*) filter (where state = 'cancelled')::int as cancelled,
  count(*) filter (where state = 'failed')::int as failed,
  count(*) filter (where state in ('queued', 'running'))::int as open,
  count(*) filter (where escalation is not null)::int as escalated,
  count(*) filter (where state = 'answered' and escalation is null)::int as answered_alone,
  count(*) filter (where cached = 'exact')::int as cached_exact,
  count(*) filter (where cached = 'semantic')::int as cached_semantic,
  percentile_cont(0.5) within group (order by waited)::float as first_token_ms,
  percentile_cont(0.95) within group (order by waited)::float as first_token_p95_ms
from asked group by grouping sets ((day), ())
"""
MONEY = f"""
select (l.created_at at time zone $1)::date as day, {SPENT}
from llm_calls as l where l.created_at >= $2 and l.created_at < $3
group by grouping sets (((l.created_at at time zone $1)::date), ())
"""
LIKES = """
with given as (
  select created_at as at, rating as thumb, null::int as stars from feedback
  where created_at >= $2 and created_at < $3
  union all
  select rated_at, null, rating from handoffs
  where rating is not null and rated_at >= $2 and rated_at < $3
)
select (at at time zone $1)::date as day, count(*) filter (where thumb = 'up')::int as up,
  count(*) filter (where thumb = 'down')::int as down, count(stars)::int as ratings,
  avg(stars) as average
from given group by grouping sets (((at at time zone $1)::date), ())
"""
