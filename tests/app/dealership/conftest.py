"""The same small workshop behind both implementations of the protocol."""

from collections.abc import AsyncIterator
from uuid import UUID

import aiohttp
import pytest

from app.db.engine import Database
from app.dealership.records import RecordsDealership
from app.dealership.remote import RemoteDealership
from tests.app.dealership.workshops import OREGON, PLACE, Clock, KeptByOthers, KeptByUs, Workshop
from tests.fakes.scheduler import ACCESS_KEY, Scheduler


@pytest.fixture
async def records(database: Database) -> KeptByUs:
    clock = Clock()
    dealership = RecordsDealership(database, OREGON, PLACE, clock)
    return await KeptByUs(dealership, clock, database).fill()


@pytest.fixture
async def scheduler() -> AsyncIterator[Scheduler]:
    async with Scheduler(OREGON, Clock()).serving() as scheduler:
        yield scheduler


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as http:
        yield http


@pytest.fixture
async def remote(scheduler: Scheduler, http: aiohttp.ClientSession) -> KeptByOthers:
    clock = scheduler.clock
    assert isinstance(clock, Clock)
    dealership = RemoteDealership(http, scheduler.base_url, ACCESS_KEY, OREGON, PLACE)
    return await KeptByOthers(dealership, clock, scheduler).fill()


@pytest.fixture(params=["records", "remote"])
def workshop(request: pytest.FixtureRequest) -> Workshop:
    found: Workshop = request.getfixturevalue(request.param)
    return found


@pytest.fixture
async def customer(workshop: Workshop) -> UUID:
    (customer,) = await workshop.customers(1)
    return customer
