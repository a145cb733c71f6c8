"""The supervisor's view: who waits, what was missed, how much and why, how it was liked."""

from typing import Any
from zoneinfo import ZoneInfo

from app.db.engine import Database

DAYS = 14


class Overview:
    """Days are the dealer's."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        self._database, self._zone = database, zone

    async def now(self) -> dict[str, Any]:
        """Today's state, 14 days by day, 30 days by reason and rating."""
        async with self._database.connection() as db:
            state = await db.fetchrow(STATE, self._zone.key)
            reasons = await db.fetch(REASONS)
            days = await db.fetch(BY_DAY, self._zone.key, DAYS)
            ratings = await db.fetch(RATINGS)
        assert state is not None
        counts = {str(stars): 0 for stars in range(1, 6)}
        counts.update({str(row["rating"]): row["count"] for row in ratings})
        total = sum(counts.values())
        points = sum(int(stars) * count for stars, count in counts.items())
        return {
            **state,
            "reasons": [dict(row) for row in reasons],
            "days": [dict(row) for row in days],
            "ratings": {
                "average": round(points / total, 2) if total else None,
                "count": total,
                "counts": counts,
            },
        }

    async def people(self) -> list[dict[str, Any]]:
        """Everyone who may answer customers."""
        async with self._database.connection() as db:
            rows = await db.fetch(
                "select id as user_id, name from users where role in ('staff', 'admin')"
                " and disabled_at is null order by name limit 500"
            )
        return [dict(row) for row in rows]


MISSED = "coalesce(claimed_at, resolved_at, clock_timestamp()) > target_at"
STATE = f"""
with today as (
  select * from handoffs where (opened_at at time zone $1)::date
    = (clock_timestamp() at time zone $1)::date
)
select
  (select count(*) from handoffs where state = 'open'
     and (snoozed_until is null or snoozed_until < clock_timestamp())) as waiting,
  (select min(opened_at) from handoffs where state = 'open'
     and (snoozed_until is null or snoozed_until < clock_timestamp())) as oldest_opened_at,
  (select count(*) from handoffs where state = 'claimed') as claimed,
  (select count(*) from handoffs where state in ('open', 'claimed')
     and snoozed_until >= clock_timestamp()) as snoozed,
  (select count(*) from today where {MISSED}) as missed_today,
  (select count(*) from today where state = 'resolved') as resolved_today,
  (select percentile_cont(0.5) within group (
     order by extract(epoch from claimed_at - opened_at))
   from today where claimed_at is not null and not after_hours) as median_wait_seconds
"""
REASONS = f"""
select reason, count(*) as count, count(*) filter (where {MISSED}) as missed
from handoffs where opened_at > clock_timestamp() - interval '30 days'
group by reason order by count(*) desc, reason
"""
BY_DAY = f"""
select to_char(day, 'YYYY-MM-DD') as day, count(h.id) as count,
  count(h.id) filter (where {MISSED}) as missed
from generate_series((clock_timestamp() at time zone $1)::date - ($2::int - 1),
    (clock_timestamp() at time zone $1)::date, interval '1 day') as day
left join handoffs as h on (h.opened_at at time zone $1)::date = day::date
group by day order by day
"""
RATINGS = """
select rating, count(*) as count from handoffs
where rating is not null and rated_at > clock_timestamp() - interval '30 days' group by rating
"""
