"""Rows of appointments: booked, moved, cancelled, each noted under its caller's key.

Who gets a time is decided by the exclusion constraints. A bay and a technician are picked, and
when somebody else was faster the next free pair is tried, until there is none.
"""

import secrets
from datetime import datetime
from uuid import UUID

import asyncpg

from agents.dealership import Booking, DealershipError, SlotTaken, UnknownAppointment
from app.db.engine import Connection

LETTERS = "2346789CDFGHJKMNPQRTVWXY"  # none that looks like another, no vowels that make words
MOST_TRIES = 100  # each one lost means that somebody else got a bay or a technician
LOST_THE_RACE = (asyncpg.ExclusionViolationError, asyncpg.DeadlockDetectedError)

Time = asyncpg.Range[datetime]

MINUTES = "(extract(epoch from upper(held.during) - lower(held.during)) / 60)::int as minutes"

# $1 service, $2 time, $3 an appointment that is not in its own way. Those who can do little are
# taken first, so that the versatile stay free for what only they can do.
FREE_PAIR = """
select b.id as bay_id, t.id as technician_id
from service_types as s join technicians as t on s.skill = any(t.skills) cross join bays as b
where s.code = $1 and not exists (
  select from appointments as a where a.state = 'booked' and a.during && $2::tstzrange
    and (a.bay_id = b.id or a.technician_id = t.id) and a.id is distinct from $3::uuid)
order by cardinality(t.skills), t.id, b.id limit 1
"""

# Waits for a rival that has not committed yet. No row: no pair; a null id: the rival got it.
BOOK = f"""
with pair as ({FREE_PAIR}), booked as (
  insert into appointments (id, reference, customer_id, vehicle_id, model, year, service_code,
    bay_id, technician_id, during, price_cents, currency, reason)
  select gen_random_uuid(), $4, $5, $6, $7, $8, s.code, bay_id, technician_id, $2, $9, s.currency,
    $10
  from pair, service_types as s where s.code = $1
  on conflict do nothing returning id
)
select booked.id from pair left join booked on true
"""

MOVE = f"""
with pair as ({FREE_PAIR})
update appointments as held set bay_id = pair.bay_id, technician_id = pair.technician_id,
  during = $2, updated_at = clock_timestamp()
from pair where held.id = $3 returning held.id
"""

CANCEL = """
update appointments set state = 'cancelled', updated_at = clock_timestamp() where id = $1
"""

# The customer's own, booked and still ahead; nobody else changes it until the transaction ends.
HOLD = f"""
select id, service_code, {MINUTES} from appointments as held
where id = $1 and customer_id = $2 and state = 'booked' and lower(during) > $3 for update
"""

NOTE = """
insert into appointment_writes (key, appointment_id, action, during, state)
select $1, id, $3, during, state from appointments where id = $2
"""

# `held` says when and in which state: the appointment itself, or what one write left of it.
WHOLE = f"""
select a.id, a.reference, a.customer_id, a.service_code, a.model, a.year, a.price_cents, a.reason,
  a.vehicle_id, v.mileage, v.powertrain, v.bought_on,
  lower(held.during) as start, {MINUTES}, held.state
from appointments as a left join vehicles as v on v.id = a.vehicle_id
"""

LEFT = f"{WHOLE} join appointment_writes as held on held.appointment_id = a.id where held.key = $1"

AHEAD = f"""{WHOLE} join appointments as held on held.id = a.id
where a.customer_id = $1 and a.state = 'booked' and lower(a.during) > $2 order by start, a.id
limit 100
"""

ALL = f"""{WHOLE} join appointments as held on held.id = a.id
where a.customer_id = $1 order by start desc, a.id limit 100
"""


async def left_by(db: Connection, key: str) -> asyncpg.Record | None:
    """The appointment as the write with this key left it, whatever happened to it since."""
    return await db.fetchrow(LEFT, key)


async def ahead(db: Connection, customer_id: UUID, now: datetime) -> list[asyncpg.Record]:
    return await db.fetch(AHEAD, customer_id, now)


async def newest(db: Connection, customer_id: UUID) -> list[asyncpg.Record]:
    return await db.fetch(ALL, customer_id)


async def book(db: Connection, booking: Booking, time: Time, key: str) -> None:
    """Raises SlotTaken; DealershipError when there is no such customer."""
    car = booking.car
    for _ in range(MOST_TRIES):
        row = await db.fetchrow(
            BOOK, booking.service, time, None, new_reference(), booking.customer_id,
            car.id, car.model, car.year, booking.price, booking.reason,
        )  # fmt: skip
        if row is None:
            break
        if row["id"] is not None:
            await db.execute(NOTE, key, row["id"], "book")
            return
    raise SlotTaken


async def move(db: Connection, held: asyncpg.Record, time: Time, key: str) -> None:
    """Raises SlotTaken."""
    for _ in range(MOST_TRIES):
        try:
            # Two moves that each wait for the other's time are a deadlock, and one is let go.
            async with db.transaction():
                moved = await db.fetchval(MOVE, held["service_code"], time, held["id"])
        except LOST_THE_RACE:
            continue
        if moved is None:
            break
        await db.execute(NOTE, key, held["id"], "move")
        return
    raise SlotTaken


async def cancel(db: Connection, held: asyncpg.Record, key: str) -> None:
    await db.execute(CANCEL, held["id"])
    await db.execute(NOTE, key, held["id"], "cancel")


async def hold(
    db: Connection, customer_id: UUID, appointment_id: str, now: datetime
) -> asyncpg.Record:
    """`id, service_code, minutes`. Raises UnknownAppointment."""
    try:
        known = UUID(appointment_id)
    except ValueError:
        raise UnknownAppointment from None
    row = await db.fetchrow(HOLD, known, customer_id, now)
    if row is None:
        raise UnknownAppointment
    return row


async def check_owner(db: Connection, booking: Booking) -> None:
    """Raises DealershipError: no such customer, or a car that is not this customer's. Until the
    transaction ends the customer is not erased."""
    owner, car = booking.customer_id, booking.car.id
    known = await db.fetchval(
        """
        select $2::uuid is null or exists(select from vehicles where id = $2 and customer_id = $1)
        from customers where id = $1 and erased_at is null for share
        """,
        owner, car,
    )  # fmt: skip
    if not known:
        raise DealershipError("no such customer, or not this customer's car")


def new_reference() -> str:
    """Such as GR-7K3F2: one of eight million, to be said on the phone."""
    return "GR-" + "".join(secrets.choice(LETTERS) for _ in range(5))
