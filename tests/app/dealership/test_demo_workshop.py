"""The demo workshop says what the demo documents say, and filling it twice fills it once."""

import re
from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest

from agents.dealership import Service
from app.db.engine import Database
from app.dealership.demo_data import DOCUMENTS
from app.dealership.demo_workshop import seed_customer, seed_workshop, us_holidays
from app.dealership.records import RecordsDealership
from tests.app.dealership.workshops import OREGON, wish

TODAY = date(2026, 11, 21)
GUIDE = (DOCUMENTS / "service-guide.md").read_text("utf-8")
QUESTIONS = (DOCUMENTS / "dealership-faq.md").read_text("utf-8")
MANUALS = {
    f"{model} {year}": (DOCUMENTS / f"{model.lower()}-{year}-owners-manual.md").read_text("utf-8")
    for model in ("X1", "E3", "T5")
    for year in (2024, 2025)
}


@pytest.fixture
async def demo(database: Database) -> RecordsDealership:
    await seed_workshop(database, TODAY, OREGON)
    now = datetime.combine(TODAY, time(9), OREGON)
    return RecordsDealership(database, OREGON, "here", lambda: now)


async def services(demo: RecordsDealership) -> dict[str, Service]:
    return {service.names["en"]: service for service in await demo.services()}


async def test_services_times_and_prices_are_the_guides(demo: RecordsDealership) -> None:
    row = re.compile(r"^\| ([^|]+) \| ([\d.]+) h \| \$(\d+) \| \$(\d+) \| \$(\d+) \|$", re.M)
    listed = {
        name: (round(float(hours) * 60), *(int(price) * 100 for price in prices))
        for name, hours, *prices in row.findall(GUIDE)
    }
    held = {
        name: (service.minutes, *(service.prices[model] for model in ("X1", "E3", "T5")))
        for name, service in (await services(demo)).items()
    }
    assert len(listed) == 14
    assert list(held.items()) == list(listed.items())


async def test_every_service_has_a_name_in_every_language(demo: RecordsDealership) -> None:
    for service in await demo.services():
        assert set(service.names) == {"en", "pt", "es", "de"}
        assert len(set(service.names.values())) == 4


async def test_service_intervals_are_the_guides(demo: RecordsDealership) -> None:
    row = re.compile(
        r"^\| (\w\d) \| (\d{4}) \| ([\d,]+) mi \([^)]*\) or (\d+) months \| (\d) years \|$", re.M
    )
    held = await services(demo)
    basic, major, fluid = (
        held[name] for name in ("Basic service", "Major service", "Brake fluid change")
    )
    rows = row.findall(GUIDE)
    assert len(rows) == 6
    for model, year, miles, months, years in rows:
        car, every = f"{model} {year}", int(miles.replace(",", ""))
        assert basic.every_miles[car] * 2 == major.every_miles[car] == every * 2
        assert basic.every_months[car] * 2 == major.every_months[car] == int(months) * 2
        assert fluid.every_months[car] == int(years) * 12


@pytest.mark.parametrize("car", MANUALS)
async def test_other_intervals_are_the_manuals(demo: RecordsDealership, car: str) -> None:
    held, manual = await services(demo), MANUALS[car]
    filters = re.search(r"\| Cabin filter \| ([\d,]+) mi \(", manual)
    coolant = re.search(r"\| Coolant \| (\d+) years or ([\d,]+) mi \|", manual)
    tires = re.search(r"\| Tire rotation \| ([\d,]+) mi \(", manual)
    assert filters
    assert coolant
    assert tires
    assert held["Cabin filter"].every_miles[car] == number(filters[1])
    assert held["Coolant change"].every_months[car] == number(coolant[1]) * 12
    assert held["Coolant change"].every_miles[car] == number(coolant[2])
    assert held["Tire rotation and balance"].every_miles[car.split()[0]] == number(tires[1])
    assert "Replace them once a year" in manual
    assert held["Wiper blades, front pair, fitted"].every_months[car.split()[0]] == 12


def number(text: str) -> int:
    return int(text.replace(",", ""))


async def test_hours_are_those_of_the_questions_and_answers(demo: RecordsDealership) -> None:
    assert "| Service | 7:30 am - 6:00 pm | 8:00 am - 4:00 pm | Closed |" in QUESTIONS
    week = await demo.open_days(date(2026, 11, 30), date(2026, 12, 6))
    assert [day.blocks for day in week] == [
        *[((time(7, 30), time(18)),)] * 5, ((time(8), time(16)),), ()
    ]  # fmt: skip


async def test_holidays_are_those_of_the_questions_and_answers(demo: RecordsDealership) -> None:
    listed = re.search(
        r"We are closed on (.+) and (.+)\. On (.+) and (.+) we close at 2", QUESTIONS
    )
    assert listed
    closed, early = {*listed[1].split(", "), listed[2]}, {listed[3], listed[4]}
    held = list(us_holidays(2026))
    assert {name for _, name, closes in held if closes is None} == closed
    assert {name for _, name, closes in held if closes == time(14)} == early
    assert {name: day for day, name, _ in held} == {
        "New Year's Day": date(2026, 1, 1), "Memorial Day": date(2026, 5, 25),
        "Independence Day": date(2026, 7, 4), "Labor Day": date(2026, 9, 7),
        "Thanksgiving": date(2026, 11, 26), "Christmas Eve": date(2026, 12, 24),
        "Christmas Day": date(2026, 12, 25), "New Year's Eve": date(2026, 12, 31),
    }  # fmt: skip
    days = {day.day: day for day in await demo.open_days(date(2026, 12, 24), date(2027, 1, 1))}
    assert days[date(2026, 12, 25)].holiday == "Christmas Day"
    assert days[date(2027, 1, 1)].blocks == ()
    assert days[date(2026, 12, 24)].blocks == ((time(7, 30), time(14)),)


async def test_about_half_of_the_next_ten_open_days_is_taken(
    demo: RecordsDealership, database: Database
) -> None:
    async with database.connection() as db:
        rows = await db.fetch(
            """
            select (lower(during) at time zone 'America/Los_Angeles')::date as day, count(*),
              sum(extract(epoch from upper(during) - lower(during)) / 3600)::float as hours
            from appointments group by 1 order by 1
            """
        )
    open_ = await demo.open_days(rows[0]["day"], rows[-1]["day"])
    assert [row["day"] for row in rows] == [day.day for day in open_ if day.blocks]
    assert len(rows) == 10
    hours = 4 * (8 * 10.5 + 2 * 8)  # four bays; the ten days hold two Saturdays
    assert 0.35 < sum(row["hours"] for row in rows) / hours < 0.6
    assert rows[0]["hours"] > rows[-1]["hours"]


async def test_every_service_can_be_had_within_the_week(demo: RecordsDealership) -> None:
    for service in await demo.services():
        slots = await demo.free_slots(service.code, TODAY, TODAY + timedelta(days=7))
        assert len(slots) > 5, service.code


async def counts(database: Database) -> list[int]:
    tables = ("bays", "technicians", "service_types", "opening_hours", "holidays", "customers",
              "appointments", "vehicles", "service_history")  # fmt: skip
    async with database.connection() as db:
        return [await db.fetchval(f"select count(*) from {table}") for table in tables]


async def test_seeding_again_adds_nothing_and_tomorrow_only_tomorrows(
    demo: RecordsDealership, database: Database
) -> None:
    before = await counts(database)
    assert before[:6] == [4, 5, 14, 6, 16, 30]
    assert await seed_workshop(database, TODAY, OREGON) == 0
    assert await counts(database) == before
    added = await seed_workshop(database, TODAY + timedelta(days=2), OREGON)
    after = await counts(database)
    assert 0 < added < before[6] / 2
    assert after == [*before[:6], before[6] + added, 0, 0]


async def test_seeding_takes_no_time_away_from_a_real_booking(
    demo: RecordsDealership, database: Database
) -> None:
    customer = UUID(int=7)
    async with database.connection() as db:
        await db.execute("insert into customers (id) values ($1)", customer)
    tomorrow = TODAY + timedelta(days=2)
    slots = await demo.free_slots("basic_service", tomorrow, tomorrow + timedelta(days=9))
    mine = [
        await demo.book(wish(customer, slot.start, "basic_service"), f"key-{n}")
        for n, slot in enumerate(slots[::7])
    ]
    await seed_workshop(database, tomorrow, OREGON)
    assert await demo.appointments(customer) == mine


async def test_a_demo_customer_has_two_cars_and_their_history(
    demo: RecordsDealership, database: Database
) -> None:
    customer = UUID(int=7)
    async with database.connection() as db:
        await db.execute("insert into customers (id) values ($1)", customer)
    for _ in range(2):
        await seed_customer(database, customer, TODAY)
    x1, e3 = await demo.cars(customer)
    assert (x1.model, x1.year, x1.powertrain, x1.mileage) == ("X1", 2024, "petrol", 21600)
    assert (e3.model, e3.year, e3.powertrain) == ("E3", 2025, "electric")
    history = await demo.history(customer)
    assert [done.day for done in history] == sorted((d.day for d in history), reverse=True)
    known = {service.code for service in await demo.services()}
    assert len(history) == 6
    for done in history:
        assert done.service in known
        assert done.day.weekday() != 6
        assert done.car.bought_on < done.day < TODAY
        assert 0 < done.mileage < done.car.mileage


async def test_the_demo_customers_x1_is_soon_due_for_a_basic_service(
    demo: RecordsDealership, database: Database
) -> None:
    """The guide: the car asks for a service about 900 miles ahead."""
    customer = UUID(int=7)
    async with database.connection() as db:
        await db.execute("insert into customers (id) values ($1)", customer)
    await seed_customer(database, customer, TODAY)
    last = next(d for d in await demo.history(customer) if d.service == "major_service")
    interval = (await services(demo))["Basic service"].every_miles["X1 2024"]
    assert 0 < last.mileage + interval - last.car.mileage < 900
