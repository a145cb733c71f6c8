"""What the store itself refuses, and what happens when it is gone."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from agents.dealership import Booking, DealershipError, DealershipUnavailable, OutcomeUnknown
from app.db.engine import Connection, Database, DatabaseDown
from app.dealership.bookings import LETTERS, new_reference
from app.dealership.records import RecordsDealership
from tests.app.dealership.workshops import MONDAY, OREGON, PLACE, TUESDAY, Clock, KeptByUs, at, wish

INSERT = """
insert into appointments (reference, customer_id, service_code, bay_id, technician_id, during,
  price_cents, year, state, currency)
values ($1, $2, 'battery', $3, $4, tstzrange($5, $6), $7, $8, $9, 'USD')
"""


async def insert(records: KeptByUs, **changed: object) -> None:
    """A row written by somebody who does not look first."""
    (customer,) = await records.customers(1)
    row = {
        "reference": new_reference(), "customer": customer, "bay": 1, "technician": 1,
        "begin": at(TUESDAY, 8), "end": at(TUESDAY, 9), "price": 100, "year": 2024,
        "state": "booked",
    }  # fmt: skip
    async with records.database.connection() as db:
        await db.execute(INSERT, *(row | changed).values())


async def test_the_store_refuses_a_bay_or_a_technician_twice(records: KeptByUs) -> None:
    await insert(records)
    for again in ({"technician": 2}, {"bay": 2}):
        with pytest.raises(asyncpg.ExclusionViolationError):
            await insert(records, begin=at(TUESDAY, 8, 59), end=at(TUESDAY, 10), **again)
    await insert(records, begin=at(TUESDAY, 9), end=at(TUESDAY, 10))
    await insert(records, bay=2, technician=2)
    await insert(records, state="cancelled")


@pytest.mark.parametrize(
    "changed",
    [
        {"price": -1},
        {"price": 10_000_001},
        {"year": 1900},
        {"state": "maybe"},
        {"end": at(TUESDAY, 8)},
        {"end": at(TUESDAY, 9) + timedelta(days=1)},
        {"end": None},
        {"begin": None},
        {"reference": "GR-'; --"},
    ],
    ids=str,
)
async def test_the_store_refuses_an_impossible_appointment(
    records: KeptByUs, changed: dict[str, object]
) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await insert(records, **changed)


async def test_the_store_refuses_overlapping_opening_hours(records: KeptByUs) -> None:
    async with records.database.connection() as db:
        with pytest.raises(asyncpg.ExclusionViolationError):
            await db.execute("insert into opening_hours values (0, '11:30', '14:00')")
        await db.execute("insert into opening_hours values (0, '12:00', '13:00')")


async def test_a_customer_nobody_knows_is_refused(records: KeptByUs) -> None:
    with pytest.raises(DealershipError):
        await records.dealership.book(wish(uuid.uuid4(), at(TUESDAY, 8)), "key")


async def test_a_holiday_that_only_closes_early_keeps_its_morning(records: KeptByUs) -> None:
    async with records.database.connection() as db:
        await db.execute("insert into holidays values ($1, 'Eve', '10:00')", TUESDAY)
    (day,) = await records.dealership.open_days(TUESDAY, TUESDAY)
    assert [(f"{a:%H}", f"{b:%H}") for a, b in day.blocks] == [("08", "10")]
    assert day.holiday is None
    slots = await records.dealership.free_slots("basic", TUESDAY, TUESDAY)
    assert [f"{slot.start:%H:%M}" for slot in slots] == ["08:00", "08:30"]


async def test_who_loses_a_pair_takes_the_next_one(records: KeptByUs) -> None:
    """Somebody holds the first bay and technician, uncommitted, while another customer books."""
    (customer,) = await records.customers(1)
    async with records.database.transaction() as db:
        await db.execute(
            INSERT, new_reference(), customer, 1, 2, at(TUESDAY, 8), at(TUESDAY, 9), 1, 2024,
            "booked",
        )  # fmt: skip
        waiting = asyncio.create_task(
            records.dealership.book(wish(customer, at(TUESDAY, 8)), "key")
        )
        await asyncio.sleep(0.2)
        assert not waiting.done()
    assert (await waiting).start == at(TUESDAY, 8)
    assert len(await records.booked()) == 2


async def test_two_moves_into_each_others_time_both_end(records: KeptByUs) -> None:
    """Neither time is free while the other still holds it, so at least one is refused."""
    await records.staff(1)
    (customer,) = await records.customers(1)
    first = await records.dealership.book(wish(customer, at(TUESDAY, 8)), "a")
    second = await records.dealership.book(wish(customer, at(TUESDAY, 9)), "b")
    ends = await asyncio.gather(
        records.dealership.move(customer, first.id, at(TUESDAY, 9), "c"),
        records.dealership.move(customer, second.id, at(TUESDAY, 8), "d"),
        return_exceptions=True,
    )
    assert any(isinstance(end, DealershipError) for end in ends)
    assert len(await records.booked()) == 2


def test_a_reference_can_be_said_on_the_phone() -> None:
    assert not set(LETTERS) & set("0O1IL5SBAEU")
    assert len({new_reference() for _ in range(100)}) > 90


async def test_without_a_store_nothing_was_changed(database: Database) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/none")
    dealership = RecordsDealership(gone, OREGON, PLACE, Clock())
    customer = uuid.uuid4()
    asks = (
        dealership.services(),
        dealership.open_days(MONDAY, TUESDAY),
        dealership.free_slots("basic", MONDAY, TUESDAY),
        dealership.cars(customer),
        dealership.book(wish(customer, at(TUESDAY, 8)), "key"),
        dealership.cancel(customer, str(customer), "key"),
        dealership.outcome("key"),
    )
    for ask in asks:
        with pytest.raises(DealershipUnavailable):
            await ask
    await gone.close()


class LosesCommits(Database):
    """Commits, and loses the connection before the answer comes."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with super().transaction() as db:
            yield db
        raise DatabaseDown


async def test_a_store_lost_while_committing_leaves_a_doubt_that_the_key_resolves(
    records: KeptByUs, database_url: str
) -> None:
    (customer,) = await records.customers(1)
    losing = LosesCommits(database_url)
    booking: Booking = wish(customer, at(TUESDAY, 8))
    with pytest.raises(OutcomeUnknown):
        await RecordsDealership(losing, OREGON, PLACE, Clock()).book(booking, "key")
    await losing.close()
    found = await records.dealership.outcome("key")
    assert found is not None
    assert await records.dealership.book(booking, "key") == found
    assert isinstance(UUID(found.id), UUID)


async def test_a_deleted_customer_frees_the_time(records: KeptByUs) -> None:
    await records.staff(1)
    first, second = await records.customers(2)
    await records.dealership.book(wish(first, at(TUESDAY, 8)), "a")
    async with records.database.connection() as db:
        await db.execute("delete from customers where id = $1", first)
    await records.dealership.book(wish(second, at(TUESDAY, 8)), "b")
