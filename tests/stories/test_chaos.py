"""Many messages under random kills and cut sockets, then counted by SQL.

200 messages in the tests; `make chaos` sends 1,000 (CHAOS_MESSAGES=10000 for more).
"""

import asyncio
import os
import random
import uuid
from collections.abc import Awaitable, Callable

import websockets

from app.db.engine import Database
from tests.fakes.llm import Reply, ScriptedLLM
from tests.server import Client, Server

Start = Callable[..., Awaitable[Server]]
QUESTION = "How much can the X1 tow?"
MESSAGES = int(os.environ.get("CHAOS_MESSAGES", "200"))
CLIENTS = 20


async def test_messages_under_random_kills_are_answered_once_each(
    start_server: Start, llm: ScriptedLLM, demo_url: str
) -> None:
    """Three replicas, a kill about every half second, clients that cut their sockets at random."""
    llm.reply_to = lambda body: Reply("Up to 2,000 kg [1].", token_seconds=0.02)
    replicas = [await start_server() for _ in range(3)]
    kills: list[int] = []
    killing = asyncio.create_task(kill_at_random(replicas, kills))
    chance = random.Random(7)
    sent = await asyncio.gather(
        *(
            chatter(replicas, random.Random(chance.random()), MESSAGES // CLIENTS)
            for _ in range(CLIENTS)
        )
    )
    killing.cancel()
    await asyncio.gather(killing, return_exceptions=True)
    database = Database(demo_url)
    await until_all_answered(database, 60)
    async with database.connection() as db:
        stored = {r[0] for r in await db.fetch("select client_message_id from messages")} - {None}
        unanswered = await db.fetchval(
            "select count(*) from turns where state not in ('answered', 'cancelled', 'failed')"
        )
        twice = await db.fetchval(
            "select count(*) from (select turn_id from messages where author = 'assistant'"
            " group by turn_id having count(*) > 1) as twice"
        )
        failed = await db.fetchval("select count(*) from turns where state = 'failed'")
        lost_processes = await db.fetchval("select sum(deaths) from turns")
    await database.close()
    assert stored == {each for client in sent for each in client}
    assert len(stored) == MESSAGES
    assert (unanswered, twice, failed) == (0, 0, 0)
    assert lost_processes > 0
    print(f"{MESSAGES} messages, {len(kills)} kills, {lost_processes} turns taken over")


async def kill_at_random(replicas: list[Server], kills: list[int]) -> None:
    """About one kill each half second; a replica comes back as fast as it can."""

    async def torment(number: int, server: Server) -> None:
        chance = random.Random(number)
        while True:
            await asyncio.sleep(chance.uniform(0.3, 2.0))
            server.kill()
            kills.append(number)
            await server.start()

    await asyncio.gather(*(torment(n, server) for n, server in enumerate(replicas)))


async def chatter(replicas: list[Server], chance: random.Random, count: int) -> list[str]:
    """Sends messages one after the other, on any replica, again until each is acknowledged."""
    word, token, sent = f"chaos-{uuid.uuid4().hex[:8]}", None, []
    for _ in range(count):
        client_message_id = uuid.uuid4().hex
        while True:
            try:
                async with chance.choice(replicas).client(word, token) as client:
                    token = token or client.token
                    await client.say(QUESTION, client_message_id)
                    await acknowledged(client, client_message_id)
                    if chance.random() < 0.7:
                        await client.until("complete", chance.uniform(0.5, 8))
                    break
            except TimeoutError:
                break
            except (OSError, websockets.WebSocketException):
                await asyncio.sleep(0.1)
        sent.append(client_message_id)
    return sent


async def acknowledged(client: Client, client_message_id: str) -> None:
    async with asyncio.timeout(15):
        while (await client.until("accepted"))["client_message_id"] != client_message_id:
            pass


async def until_all_answered(database: Database, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while True:
            async with database.connection() as db:
                if not await db.fetchval(
                    "select count(*) from turns where state in ('queued', 'running')"
                ):
                    return
            await asyncio.sleep(0.2)
