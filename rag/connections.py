"""The pool's asyncpg connections themselves: half the time per statement of going through
SQLAlchemy, which still owns the pool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

import asyncpg
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from rag.documents import KnowledgeUnavailable

if TYPE_CHECKING:
    from asyncpg import Connection, Record

    Driver: TypeAlias = Connection[Record]

LOST_SERVER = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.InterfaceError,
    exc.TimeoutError,
    exc.DBAPIError,
)
LONG = 3600.0  # seconds; for index builds, which outlast the pool's ordinary command timeout


@asynccontextmanager
async def borrowed(engine: AsyncEngine) -> AsyncIterator[Driver]:
    """A live connection outside any transaction; thrown away unless it comes back clean.

    Raises KnowledgeUnavailable when the server cannot be reached or goes away meanwhile.
    """
    try:
        async with engine.connect() as pooled:
            driver = await live_driver(pooled)
            clean = False
            try:
                yield driver
                clean = not driver.is_in_transaction()
            finally:
                if not clean:
                    await pooled.invalidate()
    except LOST_SERVER as lost:
        raise KnowledgeUnavailable("The knowledge base cannot be reached right now.") from lost


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[Driver]:
    """One transaction, committed on leaving, rolled back on an error."""
    async with borrowed(engine) as driver, driver.transaction():
        yield driver


@asynccontextmanager
async def reading(engine: AsyncEngine, settings: str = "") -> AsyncIterator[Driver]:
    """One read-only transaction; `settings` are `set local` statements sent with its start."""
    async with borrowed(engine) as driver:
        await driver.execute(f"begin read only; {settings}")
        yield driver
        await driver.execute("commit")


async def live_driver(pooled: AsyncConnection) -> Driver:
    """A restarted server leaves closed connections in the pool; those are replaced here."""
    while True:
        driver: Driver | None = (await pooled.get_raw_connection()).driver_connection
        assert driver is not None
        if not driver.is_closed():
            return driver
        await pooled.invalidate()
