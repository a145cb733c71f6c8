"""A reminder survives the process that owed it, and is sent once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import aiohttp

from app.db.engine import Connection, Database
from app.dealership.demo_workshop import seed_workshop
from tests.server import Server

SOON = 6.0


def where_it_is_noon() -> str:
    """Reminders leave from eight in the morning on, wherever the tests run and whenever."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}"


async def appointment_tomorrow(server: Server, store: Connection, zone: str) -> None:
    """Of a customer with an account, late in the evening, where the demo has booked nothing."""
    account = {"email": "casey@demo.test", "password": "a long password", "name": "Casey"}
    async with (
        aiohttp.ClientSession(server.url) as http,
        http.post("/api/v1/auth/register", json=account) as response,
    ):
        assert response.status < 300
    tomorrow = datetime.now(ZoneInfo(zone)) + timedelta(days=1)
    start = tomorrow.replace(hour=23, minute=0, second=0, microsecond=0)
    await store.execute(
        """
        insert into appointments (reference, customer_id, model, service_code, bay_id,
          technician_id, during, currency)
        select 'GR-7K3F2', c.id, 'X1', 'tire_rotation', (select min(id) from bays),
          (select min(id) from technicians), tstzrange($1, $2), 'USD'
        from customers as c where user_id is not null
        """,
        start, start + timedelta(minutes=36),
    )  # fmt: skip


async def until_sent(store: Connection) -> None:
    async with asyncio.timeout(20):
        while await store.fetchval("select count(*) from outbox_messages where state = 'sent'") < 1:
            await asyncio.sleep(0.1)


async def test_a_reminder_owed_before_a_kill_is_sent_once_after_it(
    start_server: Callable[..., Awaitable[Server]], store: Connection, demo_url: str
) -> None:
    zone = where_it_is_noon()
    database = Database(demo_url)
    await seed_workshop(database, datetime.now(ZoneInfo(zone)).date(), ZoneInfo(zone))
    await database.close()
    server = await start_server(LLM_PROVIDER="offline", DEALER_TIME_ZONE=zone)
    await appointment_tomorrow(server, store, zone)
    for _ in range(3):
        server.kill()
        await server.start()
        await until_sent(store)
    await asyncio.sleep(SOON)
    assert server.log.count("see you tomorrow") == 1
    assert "GR-7K3F2" in server.log
    assert await store.fetchval("select count(*) from outbox_messages") == 1
