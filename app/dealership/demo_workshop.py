"""The demo workshop: staff, services, hours, a believable fortnight, and a customer's two cars.

Everything is derived from the day it is about, so seeding again, today or tomorrow, only adds
what is missing. What stands here is read from `demo_workshop.yaml`.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import asyncpg
import orjson
import yaml

from agents.dealership import OpenDay, Service
from app.db.engine import Connection, Database
from app.dealership import planning
from app.dealership.bookings import LETTERS
from app.dealership.records import RecordsDealership

DATA = Path(__file__).with_suffix(".yaml")
DEMO = UUID("6f0d9b52-5a3e-4c43-9f0e-0d6b1c5f7a21")  # ids of the demo's rows are derived from it
CENTS = 100
EARLY = time(14)  # Christmas Eve and New Year's Eve
MODELS, MODEL_YEARS = ("X1", "E3", "T5"), (2024, 2025)
LOOK_AHEAD = 30  # days among which ten open ones are found


@dataclass(frozen=True, slots=True)
class Job:
    """Work in the demo week: who does it where, when, and for which of the demo customers."""

    bay: int
    technician: int
    start: datetime
    service: Service
    model: str
    year: int
    customer: UUID
    reference: str


@cache
def data() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(DATA.read_text("utf-8"))
    return loaded


async def seed_workshop(database: Database, today: date, zone: ZoneInfo) -> int:
    """Fill an empty workshop, and the ten open days after `today`. Returns the jobs it added."""
    async with database.transaction() as db:
        await db.execute("select pg_advisory_xact_lock(hashtextextended('demo workshop', 0))")
        if not await db.fetchval("select exists(select from bays)"):
            await _seed_shop(db)
        rows = [day for year in (today.year, today.year + 1) for day in us_holidays(year)]
        await db.executemany(
            "insert into holidays (day, name, closes) values ($1, $2, $3) on conflict do nothing",
            rows,
        )
    return await _seed_appointments(database, today, zone)


async def _seed_shop(db: Connection) -> None:
    about = data()
    await db.executemany("insert into bays (name) values ($1)", [(b,) for b in about["bays"]])
    await db.executemany(
        "insert into technicians (name, skills) values ($1, $2)", about["technicians"].items()
    )
    await db.executemany(
        "insert into opening_hours (weekday, opens, closes) values ($1, $2, $3)",
        [
            (weekday, time.fromisoformat(opens), time.fromisoformat(closes))
            for weekday, blocks in about["opening_hours"].items()
            for opens, closes in blocks
        ],
    )
    await db.executemany(
        """
        insert into service_types (position, code, names, minutes, skill, prices, every_miles,
          every_months) values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        [_service_row(position, *each) for position, each in enumerate(about["services"].items())],
    )


def _service_row(position: int, code: str, about: dict[str, Any]) -> tuple[Any, ...]:
    cents = {model: dollars * CENTS for model, dollars in about["prices"].items()}
    return (
        position, code, _json(about["names"]), about["minutes"], about["skill"], _json(cents),
        _json(about.get("every_miles")), _json(about.get("every_months")),
    )  # fmt: skip


def _json(value: object) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def us_holidays(year: int) -> Iterator[tuple[date, str, time | None]]:
    """The days of the dealership's questions and answers: day, name, early closing or None."""
    yield date(year, 1, 1), "New Year's Day", None
    yield _weekday(date(year, 5, 31), 0, -1), "Memorial Day", None
    yield date(year, 7, 4), "Independence Day", None
    yield _weekday(date(year, 9, 1), 0, 1), "Labor Day", None
    yield _weekday(date(year, 11, 22), 3, 1), "Thanksgiving", None
    yield date(year, 12, 24), "Christmas Eve", EARLY
    yield date(year, 12, 25), "Christmas Day", None
    yield date(year, 12, 31), "New Year's Eve", EARLY


def _weekday(day: date, weekday: int, step: int) -> date:
    """The first such weekday from `day` on, forwards or backwards."""
    while day.weekday() != weekday:
        day += timedelta(days=step)
    return day


async def _seed_appointments(database: Database, today: date, zone: ZoneInfo) -> int:
    workshop = RecordsDealership(database, zone, place="")
    first, last = today + timedelta(days=1), today + timedelta(days=LOOK_AHEAD)
    opened = [day for day in await workshop.open_days(first, last) if day.blocks]
    services = {service.code: service for service in await workshop.services()}
    added = 0
    async with database.transaction() as db:
        await _seed_customers(db)
        pairs = await _pairs(db, services)
        for day, share in zip(opened, data()["shares"], strict=False):
            jobs = full_day(day, pairs, zone)
            added += await _insert(db, day, jobs[: round(share * len(jobs))])
    return added


def demo_customers() -> list[UUID]:
    return [uuid5(DEMO, f"customer {n}") for n in range(data()["customers"])]


async def _seed_customers(db: Connection) -> None:
    await db.execute(
        "insert into customers (id) select unnest($1::uuid[]) on conflict do nothing",
        demo_customers(),
    )


Pair = tuple[int, int, Sequence[Service]]  # bay, technician, what that technician does


async def _pairs(db: Connection, services: dict[str, Service]) -> list[Pair]:
    """Each bay with a technician of its own; who is left over is there for those who call."""
    rows = await db.fetch(
        """
        select b.id as bay, t.id as technician,
          array(select code from service_types where skill = any(t.skills) order by code) as codes
        from (select id, row_number() over (order by id) as n from bays) as b
        join (select id, skills, row_number() over (order by id) as n from technicians) as t
          using (n) order by n
        """
    )
    return [(r["bay"], r["technician"], [services[code] for code in r["codes"]]) for r in rows]


def full_day(day: OpenDay, pairs: Sequence[Pair], zone: ZoneInfo) -> list[Job]:
    """Every bay busy from opening to closing, shuffled: the first half of it is half a day."""
    chance = random.Random(f"workshop {day.day}")  # noqa: S311
    jobs = []
    for bay, technician, services in pairs:
        free_from = None
        for start in planning.starts(day, 1, zone):
            if free_from is not None and start < free_from:
                continue
            fitting = [s for s in services if planning.fits(day, start, s.minutes, zone)]
            if not fitting:
                continue
            service = chance.choice(fitting)
            free_from = planning.span_of(start, service.minutes)[1]
            jobs.append(_job(chance, bay, technician, start, service))
    chance.shuffle(jobs)
    return jobs


def _job(
    chance: random.Random, bay: int, technician: int, start: datetime, service: Service
) -> Job:
    return Job(
        bay, technician, start, service, chance.choice(MODELS), chance.choice(MODEL_YEARS),
        chance.choice(demo_customers()), "GR-" + "".join(chance.choices(LETTERS, k=5)),
    )  # fmt: skip


async def _insert(db: Connection, day: OpenDay, jobs: Sequence[Job]) -> int:
    """What is in the way of somebody's real booking is left out."""
    added = 0
    for number, job in enumerate(jobs):
        ended = await db.execute(
            """
            insert into appointments (id, reference, customer_id, model, year, service_code, bay_id,
              technician_id, during, price_cents, currency)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing
            """,
            uuid5(DEMO, f"{day.day} {number}"), job.reference, job.customer, job.model, job.year,
            job.service.code, job.bay, job.technician,
            asyncpg.Range(*planning.span_of(job.start, job.service.minutes)),
            job.service.price(job.model), job.service.currency,
        )  # fmt: skip
        added += ended == "INSERT 0 1"
    return added


async def seed_customer(database: Database, customer_id: UUID, today: date) -> None:
    """Give a customer an X1 2024, soon due for a service, and an E3 2025, with their history."""
    async with database.transaction() as db:
        for model, about in data()["cars"].items():
            vehicle = uuid5(customer_id, model)
            await db.execute(
                """
                insert into vehicles (id, customer_id, model, year, powertrain, mileage, mileage_on,
                  bought_on) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing
                """,
                vehicle, customer_id, model, about["year"], about["powertrain"], about["mileage"],
                today, workday(today, about["bought_days_ago"]),
            )  # fmt: skip
            await db.executemany(
                """
                insert into service_history (id, vehicle_id, service_code, day, mileage, note)
                values ($1, $2, $3, $4, $5, $6) on conflict do nothing
                """,
                [
                    (uuid5(vehicle, f"{done['service']} {done['mileage']}"), vehicle,
                     done["service"], workday(today, done["days_ago"]), done["mileage"],
                     done.get("note", ""))
                    for done in about["history"]
                ],
            )  # fmt: skip


def workday(today: date, days_ago: int) -> date:
    """So many days ago, or the day before when that was a Sunday."""
    day = today - timedelta(days=days_ago)
    return day - timedelta(days=1) if day.weekday() == 6 else day
