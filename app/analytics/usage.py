"""Tokens and cost by day, agent, model and purpose, and what the month will cost."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.analytics.money import SPENT, Row, known_dollars, spent
from app.analytics.span import Span
from app.db.engine import Connection, Database

FULL_DAYS = 7
NOBODY = "none"
GROUPS = {
    "days": ("day",),
    "agents": ("agent",),
    "models": ("model",),
    "purposes": ("purpose",),
    "days_by_agent": ("day", "agent"),
    "days_by_model": ("day", "model"),
}
COLUMNS = ("day", "agent", "model", "purpose")


class Usage:
    """Of the calls that are still kept (RETENTION_LLM_CALLS_DAYS)."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        self._database, self._zone = database, zone

    async def over(self, span: Span) -> dict[str, Any]:
        """Each group dearest first, days in order; `totals`; the `forecast` of this month."""
        async with self._database.connection() as db:
            rows = await db.fetch(GROUPED, *span.values)
            forecast = await self._forecast(db)
        return {
            "from": span.first,
            "to": span.last,
            "time_zone": span.zone.key,
            "totals": next(spent(row) for row in rows if not grouped_by(row)),
            **{name: told(rows, columns) for name, columns in GROUPS.items()},
            "forecast": forecast,
        }

    async def rows(self, span: Span, limit: int) -> list[dict[str, Any]]:
        """The finest: by day, agent, model and purpose at once."""
        async with self._database.connection() as db:
            rows = await db.fetch(FINEST, *span.values, limit)
        return [{**{name: row[name] for name in COLUMNS}, **spent(row)} for row in rows]

    async def _forecast(self, db: Connection) -> dict[str, Any]:
        today = datetime.now(self._zone).date()
        month = Span(today.replace(day=1), today, self._zone)
        week = Span(today - timedelta(days=FULL_DAYS), today - timedelta(days=1), self._zone)
        so_far = await db.fetchrow(SUM, month.begins, month.ends)
        lately = await db.fetchrow(SUM, week.begins, week.ends)
        assert so_far is not None
        assert lately is not None
        left = monthrange(today.year, today.month)[1] - today.day
        return forecast(so_far, lately, left, today.strftime("%Y-%m"))


def forecast(so_far: Row, lately: Row, left: int, month: str) -> dict[str, Any]:
    """A day costs what the last seven full days cost on average. Known costs alone: with calls of
    unknown cost it is a lower bound, and None where nothing else is there."""
    spent_so_far, week = known_dollars(so_far), known_dollars(lately)
    daily = None if week is None else week / FULL_DAYS
    is_known = spent_so_far is not None and daily is not None
    return {
        "month": month,
        "spent_dollars": spent_so_far,
        "daily_average_dollars": None if daily is None else round(daily, 6),
        "days_left": left,
        "dollars": round((spent_so_far or 0) + (daily or 0) * left, 6) if is_known else None,
        "unknown_calls": so_far["unknown_calls"] + lately["unknown_calls"],
    }


def told(rows: Iterable[Row], columns: tuple[str, ...]) -> list[dict[str, Any]]:
    of_this = [row for row in rows if grouped_by(row) == columns]
    return [{**{name: row[name] for name in columns}, **spent(row)} for row in of_this]


def grouped_by(row: Row) -> tuple[str, ...]:
    """PostgreSQL sets a bit, the first column's highest, for each column that is not grouped by."""
    bits = int(row["bits"])
    return tuple(name for at, name in enumerate(COLUMNS) if not bits & (8 >> at))


CALLS = f"""
with l as (
  select *, (created_at at time zone $1)::date as day, coalesce(agent, '{NOBODY}') as who
  from llm_calls where created_at >= $2 and created_at < $3
)
"""
GROUPED = f"""
{CALLS}
select day, who as agent, model, purpose, grouping(day, who, model, purpose) as bits, {SPENT}
from l group by grouping sets ((), (day), (who), (model), (purpose), (day, who), (day, model))
order by day, sum(cost_micros) desc nulls last, sum(prompt_tokens) desc nulls last, who, model,
  purpose
"""
FINEST = f"""
{CALLS}
select day, who as agent, model, purpose, {SPENT}
from l group by day, who, model, purpose order by day, who, model, purpose limit $4
"""
SUM = f"select {SPENT} from llm_calls as l where l.created_at >= $1 and l.created_at < $2"
