"""One connection pool per process. SQLAlchemy owns it; queries run on asyncpg directly.

The models (`app.db.models`) define the schema; the features write their SQL as SQL.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import orjson
from sqlalchemy import QueuePool
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.errors import Unavailable
from app.observability.metrics import DATABASE_LOST, POOL_WAIT
from rag.connections import LOST_SERVER, live_driver

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection


class DatabaseDown(Unavailable):
    """The store cannot be reached right now. Nothing was saved; please try again."""


class Database:
    """The store: `async with database.transaction() as db: await db.fetchrow(sql, …)`."""

    def __init__(self, url: str, pool_size: int = 15) -> None:
        self.engine: AsyncEngine = create_async_engine(
            async_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            pool_recycle=1800,
            json_deserializer=orjson.loads,
            connect_args={
                "timeout": 5,
                "command_timeout": 10,
                "server_settings": {"idle_in_transaction_session_timeout": "15000"},
            },
        )

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A pooled asyncpg connection outside any transaction. Raises DatabaseDown."""
        began = time.monotonic()
        try:
            async with self.engine.connect() as pooled:
                driver = await live_driver(pooled)
                POOL_WAIT.observe(time.monotonic() - began)
                try:
                    yield driver
                finally:
                    if driver.is_closed() or driver.is_in_transaction():
                        await pooled.invalidate()
        except LOST_SERVER as lost:
            DATABASE_LOST.inc()
            raise DatabaseDown from lost

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One short transaction, committed on leaving. Never hold it across an LLM or HTTP call."""
        async with self.connection() as driver, driver.transaction():
            yield driver

    async def ping(self) -> None:
        """Raises DatabaseDown when the store does not answer."""
        async with self.connection() as db:
            await db.fetchval("select 1")

    @property
    def lent(self) -> int:
        """Connections of the pool in use now."""
        pool = self.engine.pool
        assert isinstance(pool, QueuePool)
        return pool.checkedout()

    async def close(self) -> None:
        await self.engine.dispose()


def async_url(url: str) -> str:
    """`postgres://` and `postgresql://` URLs, as SQLAlchemy's asyncpg dialect wants them."""
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    return parsed.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
