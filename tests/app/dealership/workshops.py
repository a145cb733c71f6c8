"""One small workshop, kept in two ways: in our tables, and in a dealer's own scheduler.

Two bays; Ana does everything, Ben only maintenance. Open 8-12 and 13-17, Saturday 8-12. It is
Monday 2026-11-23, 9:00 in Oregon.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import aiohttp
import orjson

from agents.dealership import Booking, Car, Dealership, DoneService, Service
from app.db.engine import Database
from app.dealership.remote import RemoteDealership
from tests.fakes.scheduler import ACCESS_KEY, Scheduler

PLACE = "2150 Riverside Parkway"
OREGON = ZoneInfo("America/Los_Angeles")
MONDAY = date(2026, 11, 23)
TUESDAY, SATURDAY, SUNDAY = date(2026, 11, 24), date(2026, 11, 28), date(2026, 11, 29)
DAY_HOURS = [(time(8), time(12)), (time(13), time(17))]
HOURS = dict.fromkeys(range(5), DAY_HOURS) | {5: DAY_HOURS[:1]}
TECHNICIANS = {1: {"maintenance", "brakes"}, 2: {"maintenance"}}
SERVICES = (
    (
        Service(
            "basic", {"en": "Basic service", "de": "Kleine Inspektion"}, 72,
            {"X1": 18900, "E3": 14900}, every_miles={"X1 2024": 7500},
            every_months={"X1 2024": 12},
        ),
        "maintenance",
    ),
    (Service("brakes", {"en": "Front brakes"}, 108, {"": 48900}), "brakes"),
    (Service("battery", {"en": "Key battery"}, 30, {"": 1200}), "maintenance"),
    (Service("charging", {"en": "Charge port"}, 30, {}, models=("E3",)), "maintenance"),
)  # fmt: skip


NASTY = "'); drop table appointments; -- \" \\ ${x} %s \u202e"


class Clock:
    """Stands still until a test sets it."""

    def __init__(self) -> None:
        self.now = at(MONDAY, 9)

    def __call__(self) -> datetime:
        return self.now


def at(day: date, hour: int, minute: int = 0, fold: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), OREGON).replace(fold=fold)


class Workshop(Protocol):
    """A dealership together with what a test may arrange and count behind its back."""

    dealership: Dealership
    clock: Clock

    async def customers(self, count: int) -> list[UUID]: ...
    async def car(self, customer: UUID, car: Car) -> Car: ...
    async def done(self, customer: UUID, done: DoneService) -> None: ...
    async def close_on(self, day: date, name: str) -> None: ...
    async def open_at(self, weekday: int, blocks: list[tuple[time, time]]) -> None: ...
    async def staff(self, count: int) -> None:
        """As many bays, and as many technicians who do everything."""
        ...

    async def booked(self) -> list[tuple[datetime, str]]:
        """Start and service of every booked row, in order."""
        ...


@dataclass
class KeptByUs:
    dealership: Dealership
    clock: Clock
    database: Database

    async def fill(self) -> "KeptByUs":
        await self.staff(0)
        for n, skills in TECHNICIANS.items():
            await self._run("insert into bays values ($1, $2)", n, f"Bay {n}")
            await self._run("insert into technicians values ($1, '', $2)", n, [*skills])
        for weekday, blocks in HOURS.items():
            await self.open_at(weekday, blocks)
        for position, (service, skill) in enumerate(SERVICES):
            await self._run(
                """
                insert into service_types (code, names, minutes, skill, prices, currency, models,
                  every_miles, every_months, position)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                """,
                service.code, dump(service.names), service.minutes, skill, dump(service.prices),
                service.currency, [*service.models], dump(service.every_miles),
                dump(service.every_months), position,
            )  # fmt: skip
        return self

    async def customers(self, count: int) -> list[UUID]:
        ids = [uuid.uuid4() for _ in range(count)]
        await self._run("insert into customers (id) select unnest($1::uuid[])", ids)
        return ids

    async def car(self, customer: UUID, car: Car) -> Car:
        await self._run(
            """
            insert into vehicles (customer_id, id, model, year, mileage, powertrain, bought_on)
            values ($1, $2, $3, $4, $5, $6, $7)
            """,
            customer, car.id, car.model, car.year, car.mileage, car.powertrain, car.bought_on,
        )  # fmt: skip
        return car

    async def done(self, customer: UUID, done: DoneService) -> None:
        await self._run(
            "insert into service_history (vehicle_id, service_code, day, mileage, note)"
            " values ($1, $2, $3, $4, $5)",
            done.car.id, done.service, done.day, done.mileage, done.note,
        )  # fmt: skip

    async def close_on(self, day: date, name: str) -> None:
        await self._run("insert into holidays values ($1, $2)", day, name)

    async def open_at(self, weekday: int, blocks: list[tuple[time, time]]) -> None:
        await self._run("delete from opening_hours where weekday = $1", weekday)
        for opens, closes in blocks:
            await self._run("insert into opening_hours values ($1, $2, $3)", weekday, opens, closes)

    async def staff(self, count: int) -> None:
        await self._run("delete from bays")
        await self._run("delete from technicians")
        await self._run("insert into bays select n, n::text from generate_series(1, $1) n", count)
        await self._run(
            "insert into technicians select n, '', '{maintenance,brakes}'"
            " from generate_series(1, $1) n",
            count,
        )

    async def booked(self) -> list[tuple[datetime, str]]:
        async with self.database.connection() as db:
            rows = await db.fetch(
                "select lower(during), service_code from appointments where state = 'booked'"
                " order by 1, 2"
            )
        return [(start.astimezone(OREGON), service) for start, service in rows]

    async def _run(self, sql: str, *values: object) -> None:
        async with self.database.connection() as db:
            await db.execute(sql, *values)


@dataclass
class KeptByOthers:
    dealership: Dealership
    clock: Clock
    scheduler: Scheduler

    async def fill(self) -> "KeptByOthers":
        self.scheduler.services = {service.code: (service, skill) for service, skill in SERVICES}
        self.scheduler.hours = dict(HOURS)
        self.scheduler.bays, self.scheduler.technicians = [1, 2], dict(TECHNICIANS)
        return self

    async def customers(self, count: int) -> list[UUID]:
        return [uuid.uuid4() for _ in range(count)]

    async def car(self, customer: UUID, car: Car) -> Car:
        self.scheduler.cars[customer].append(car)
        return car

    async def done(self, customer: UUID, done: DoneService) -> None:
        self.scheduler.history[customer].append(done)

    async def close_on(self, day: date, name: str) -> None:
        self.scheduler.holidays[day] = name

    async def open_at(self, weekday: int, blocks: list[tuple[time, time]]) -> None:
        self.scheduler.hours[weekday] = blocks

    async def staff(self, count: int) -> None:
        self.scheduler.bays = [*range(count)]
        self.scheduler.technicians = {n: {"maintenance", "brakes"} for n in range(count)}

    async def booked(self) -> list[tuple[datetime, str]]:
        every = [held.seen for held in self.scheduler.held.values()]
        return sorted((a.start.astimezone(OREGON), a.service) for a in every if a.state == "booked")


def wish(customer: UUID, start: datetime, service: str = "battery", **details: object) -> Booking:
    given = {"car": Car("X1", 2024), "price": 1200, "reason": ""} | details
    return Booking(customer, service, start, **given)  # type: ignore[arg-type]


def half_hours(day: date, blocks: Sequence[tuple[time, time]] = DAY_HOURS) -> list[datetime]:
    """Every start of half an hour's work on an ordinary day."""
    found = []
    for opens, closes in blocks:
        start = at(day, opens.hour, opens.minute)
        while start.time() < closes:
            found.append(start)
            start += timedelta(minutes=30)
    return found


async def starts(workshop: Workshop, service: str, day: date) -> list[str]:
    return [f"{s.start:%H:%M}" for s in await workshop.dealership.free_slots(service, day, day)]


def dump(value: object) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


CUSTOMER = uuid.uuid4()  # of the tests that only look at the wire


def booking() -> Booking:
    return wish(CUSTOMER, at(TUESDAY, 8))


def dealership_at(http: aiohttp.ClientSession, base_url: str, key: str = ACCESS_KEY) -> Dealership:
    return RemoteDealership(http, base_url, key, OREGON, PLACE, seconds=0.3)
