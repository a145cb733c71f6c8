"""Those who wait: in which order, and how long it usually takes."""

from math import ceil
from uuid import UUID

from app.db.engine import Connection

WAITING = "h.state = 'open' and (h.snoozed_until is null or h.snoozed_until < clock_timestamp())"
MEDIAN_OF = 20
FEWEST_FOR_MEDIAN = 5


async def position_of(db: Connection, handoff_id: UUID) -> int:
    """1 is next: how many that wait are more urgent or were earlier, and this one."""
    return int(
        await db.fetchval(
            f"""
            select count(*) + 1 from handoffs as h, handoffs as own
            where own.id = $1 and h.id <> own.id and {WAITING}
              and (h.priority, h.opened_at) < (own.priority, own.opened_at)
            """,
            handoff_id,
        )
    )


async def expected_minutes(db: Connection) -> int | None:
    """The median wait of the last twenty; None while there are too few to tell."""
    row = await db.fetchrow(EXPECTED)
    assert row is not None
    if row["n"] < FEWEST_FOR_MEDIAN:
        return None
    return max(1, ceil(float(row["seconds"]) / 60))


POSITIONS = f"""
select h.conversation_id, h.reference,
  row_number() over (order by h.priority, h.opened_at) as position
from handoffs as h where {WAITING} order by h.priority, h.opened_at limit $1
"""
EXPECTED = f"""
select count(*) as n, percentile_cont(0.5) within group (
  order by extract(epoch from claimed_at - opened_at)) as seconds
from (select claimed_at, opened_at from handoffs
      where claimed_at is not null and not after_hours
        and opened_at > clock_timestamp() - interval '30 days'
      order by claimed_at desc limit {MEDIAN_OF}) as newest
"""
