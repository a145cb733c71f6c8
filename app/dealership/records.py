"""The workshop's calendar in our own tables: the `Dealership` of a dealer without another system.

Every write holds its caller's key, so that calls with one key go one after the other.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from agents.dealership import (
    Appointment,
    Booking,
    Car,
    DealershipError,
    DealershipUnavailable,
    DoneService,
    OpenDay,
    OutcomeUnknown,
    OutsideHours,
    Service,
    Slot,
    UnknownService,
)
from app.db.engine import Connection, Database, DatabaseDown
from app.dealership import bookings, planning
from app.dealership.planning import BusyTimes

SERVICE = """
select code, names, minutes, prices, currency, models, every_miles, every_months
from service_types
"""

# One row a block; a day without any is closed. A holiday that only closes early keeps its name.
OPEN_DAYS = """
select $1::date + n as day, case when l.closes is null then l.name end as holiday,
  h.opens, least(h.closes, l.closes) as closes
from generate_series(0, $2::date - $1::date) as n
left join holidays as l on l.day = $1::date + n
left join opening_hours as h on h.weekday = extract(isodow from $1::date + n) - 1
  and (l.day is null or h.opens < l.closes)
order by n, h.opens
"""

BUSY_BAYS = """
select b.id, a.during from bays as b
left join appointments as a on a.bay_id = b.id and a.state = 'booked' and a.during && $1
"""

BUSY_TECHNICIANS = """
select t.id, a.during
from technicians as t join service_types as s on s.code = $2 and s.skill = any(t.skills)
left join appointments as a on a.technician_id = t.id and a.state = 'booked' and a.during && $1
"""

CARS = """
select id as vehicle_id, model, year, mileage, powertrain, bought_on
from vehicles where customer_id = $1 order by created_at, id limit 100
"""

HISTORY = """
select d.service_code, d.day, d.mileage as done_at, d.note,
  v.id as vehicle_id, v.model, v.year, v.mileage, v.powertrain, v.bought_on
from service_history as d join vehicles as v on v.id = d.vehicle_id
where v.customer_id = $1 order by d.day desc, d.id limit 200
"""


def utc_now() -> datetime:
    return datetime.now(UTC)


class RecordsDealership:
    """`agents.dealership.Dealership` over PostgreSQL. `clock` tells the time; tests set it."""

    def __init__(
        self,
        database: Database,
        zone: ZoneInfo,
        place: str,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.zone, self.place = zone, place
        self._database, self._clock = database, clock

    async def services(self) -> Sequence[Service]:
        async with self._reading() as db:
            rows = await db.fetch(f"{SERVICE} order by position, code limit 1000")
        return [_service(row) for row in rows]

    async def open_days(self, first: date, last: date) -> list[OpenDay]:
        planning.days_between(first, last)
        async with self._reading() as db:
            return await _open_days(db, first, last)

    async def free_slots(self, service: str, first: date, last: date) -> list[Slot]:
        planning.days_between(first, last)
        range_ = self._range(first, last)
        async with self._reading() as db:
            minutes = (await _find_service(db, service)).minutes
            days = await _open_days(db, first, last)
            bays = _busy(await db.fetch(BUSY_BAYS, range_))
            technicians = _busy(await db.fetch(BUSY_TECHNICIANS, range_, service))
        every = [start for day in days for start in planning.starts(day, minutes, self.zone)]
        ahead = [start for start in every if planning.within_reach(start, self._clock())]
        return planning.free_slots(ahead, minutes, bays, technicians)

    async def cars(self, customer_id: UUID) -> list[Car]:
        async with self._reading() as db:
            rows = await db.fetch(CARS, customer_id)
        return [_car(row) for row in rows]

    async def history(self, customer_id: UUID) -> list[DoneService]:
        async with self._reading() as db:
            rows = await db.fetch(HISTORY, customer_id)
        return [
            DoneService(row["service_code"], row["day"], row["done_at"], _car(row), row["note"])
            for row in rows
        ]

    async def appointments(self, customer_id: UUID) -> list[Appointment]:
        async with self._reading() as db:
            rows = await bookings.ahead(db, customer_id, self._clock())
        return [self._appointment(row) for row in rows]

    async def all_appointments(self, customer_id: UUID) -> list[Appointment]:
        async with self._reading() as db:
            rows = await bookings.newest(db, customer_id)
        return [self._appointment(row) for row in reversed(rows)]

    async def book(self, booking: Booking, key: str) -> Appointment:
        planning.check_booking(booking)

        async def write(db: Connection) -> None:
            await bookings.check_owner(db, booking)
            service = await _find_service(db, booking.service, booking.car.model)
            time_ = await self._open_time(db, booking.start, service.minutes)
            await bookings.book(db, booking, time_, key)

        return await self._once(key, booking.customer_id, write)

    async def move(
        self, customer_id: UUID, appointment_id: str, start: datetime, key: str
    ) -> Appointment:
        async def write(db: Connection) -> None:
            held = await bookings.hold(db, customer_id, appointment_id, self._clock())
            time_ = await self._open_time(db, start, held["minutes"])
            await bookings.move(db, held, time_, key)

        return await self._once(key, customer_id, write)

    async def cancel(self, customer_id: UUID, appointment_id: str, key: str) -> Appointment:
        async def write(db: Connection) -> None:
            held = await bookings.hold(db, customer_id, appointment_id, self._clock())
            await bookings.cancel(db, held, key)

        return await self._once(key, customer_id, write)

    async def outcome(self, key: str) -> Appointment | None:
        planning.check_key(key)
        async with self._reading() as db:
            row = await bookings.left_by(db, key)
        return self._appointment(row) if row else None

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Connection]:
        try:
            async with self._database.connection() as db:
                yield db
        except DatabaseDown as down:
            raise DealershipUnavailable from down

    async def _once(
        self, key: str, customer_id: UUID, write: Callable[[Connection], Awaitable[None]]
    ) -> Appointment:
        """What `write` leaves, or what the first call with this key left, in one transaction that
        has the key to itself. Raises OutcomeUnknown when the store is lost while committing."""
        planning.check_key(key)
        committing = False
        try:
            async with self._database.transaction() as db:
                await db.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", key)
                if (left := await bookings.left_by(db, key)) is None:
                    await write(db)
                    left = await bookings.left_by(db, key)
                committing = True
        except DatabaseDown as down:
            raise (OutcomeUnknown if committing else DealershipUnavailable) from down
        if left is None or left["customer_id"] != customer_id:
            raise DealershipError("a key of another customer's write")
        return self._appointment(left)

    async def _open_time(self, db: Connection, start: datetime, minutes: int) -> bookings.Time:
        """The time the work takes. Raises OutsideHours: past, closed, or off the grid."""
        if not planning.within_reach(start, self._clock()):
            raise OutsideHours
        day = start.astimezone(self.zone).date()
        (opened,) = await _open_days(db, day, day)
        if not planning.fits(opened, start, minutes, self.zone):
            raise OutsideHours
        return asyncpg.Range(*planning.span_of(start, minutes))

    def _range(self, first: date, last: date) -> bookings.Time:
        """From the first midnight to the last."""
        ends = (first, last + timedelta(days=1))
        return asyncpg.Range(*(datetime.combine(day, time(), self.zone) for day in ends))

    def _appointment(self, row: asyncpg.Record) -> Appointment:
        return Appointment(
            id=str(row["id"]), reference=row["reference"], service=row["service_code"],
            start=row["start"].astimezone(self.zone), minutes=row["minutes"],
            car=_car(row), price=row["price_cents"], state=row["state"], reason=row["reason"],
        )  # fmt: skip


async def _find_service(db: Connection, code: str, model: str | None = None) -> Service:
    """Raises UnknownService: not there, or not for this model."""
    known = planning.storable(code, planning.MOST_NAME)
    row = await db.fetchrow(f"{SERVICE} where code = $1", code) if known else None
    if row is None or (model and row["models"] and model not in row["models"]):
        raise UnknownService
    return _service(row)


async def _open_days(db: Connection, first: date, last: date) -> list[OpenDay]:
    days = []
    rows = await db.fetch(OPEN_DAYS, first, last)
    for (day, holiday), blocks in groupby(rows, lambda row: (row["day"], row["holiday"])):
        open_ = tuple((b["opens"], b["closes"]) for b in blocks if b["opens"] is not None)
        days.append(OpenDay(day, open_, holiday))
    return days


def _busy(rows: Sequence[asyncpg.Record]) -> list[BusyTimes]:
    """By bay, or by technician: one row for each time taken, or one without any."""
    taken: dict[int, list[planning.Span]] = {row["id"]: [] for row in rows}
    for row in rows:
        if row["during"] is not None:
            taken[row["id"]].append((row["during"].lower, row["during"].upper))
    return [BusyTimes(spans) for spans in taken.values()]


def _service(row: asyncpg.Record) -> Service:
    return Service(**{**row, "models": tuple(row["models"])})


def _car(row: asyncpg.Record) -> Car:
    return Car(
        model=row["model"], year=row["year"], id=row["vehicle_id"], mileage=row["mileage"],
        powertrain=row["powertrain"], bought_on=row["bought_on"],
    )  # fmt: skip
