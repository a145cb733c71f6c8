"""Many messages under random kills, cut sockets and failing stores, then counted by SQL.

200 messages in the tests; `make chaos` sends 1,000 (CHAOS_MESSAGES=10000 for more).
"""

import asyncio
import os
import random
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import redis
import websockets

from app.db.engine import Database, DatabaseDown
from tests.fakes.llm import Reply, ScriptedLLM
from tests.server import Client, Server
from tests.stores import Store

Start = Callable[..., Awaitable[Server]]
QUESTION = "How much can the X1 tow?"
MESSAGES = int(os.environ.get("CHAOS_MESSAGES", "200"))
CLIENTS = 20


@dataclass
class Seen:
    """What one client sent and was told: its transcript, by the conversation's own order."""

    session_id: str = field(default_factory=lambda: f"chaos-{uuid.uuid4().hex[:8]}")
    sent: list[str] = field(default_factory=list)
    transcript: dict[int, str] = field(default_factory=dict)

    def note(self, frames: list[dict[str, Any]]) -> None:
        for frame in frames:
            if frame["type"] in ("accepted", "complete"):
                text = frame.get("message") or frame.get("response") or ""
                assert self.transcript.setdefault(frame["seq"], text) == text


async def test_messages_under_random_kills_are_answered_once_each(
    start_server: Start, llm: ScriptedLLM, demo_url: str, postgres: Store, redis_store: Store
) -> None:
    """Three replicas, a kill about every half second, clients that cut their sockets at random;
    Redis is flushed, then stopped for a while, and PostgreSQL is restarted once."""
    llm.reply_to = lambda body: Reply("Up to 2,000 kg [1].", token_seconds=0.02)
    replicas = [await start_server() for _ in range(3)]
    kills: list[int] = []
    everyone = [Seen() for _ in range(CLIENTS)]
    killing = asyncio.create_task(kill_at_random(replicas, kills))
    breaking = asyncio.create_task(break_stores(everyone, postgres, redis_store))
    chance = random.Random(7)
    await asyncio.gather(
        *(
            chatter(replicas, random.Random(chance.random()), MESSAGES // CLIENTS, seen)
            for seen in everyone
        )
    )
    await breaking
    killing.cancel()
    await asyncio.gather(killing, return_exceptions=True)
    database = Database(demo_url)
    await until_all_answered(database, 60)
    await check_store(database, everyone)
    async with database.connection() as db:
        lost_processes = await db.fetchval("select sum(deaths) from turns")
    await database.close()
    assert lost_processes > 0
    print(f"{MESSAGES} messages, {len(kills)} kills, {lost_processes} turns taken over")


async def check_store(database: Database, everyone: list[Seen]) -> None:
    """Nothing lost, nothing answered twice, and every transcript as it is stored."""
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
        rows = await db.fetch(
            "select session_id, seq, text from messages as m"
            " join conversations as c on c.id = m.conversation_id"
        )
    texts = {(row["session_id"], row["seq"]): row["text"] for row in rows}
    told = {(s.session_id, seq): text for s in everyone for seq, text in s.transcript.items()}
    assert stored == {each for seen in everyone for each in seen.sent}
    assert len(stored) == MESSAGES
    assert (unanswered, twice, failed) == (0, 0, 0)
    assert {key: texts.get(key) for key in told} == told


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


async def break_stores(everyone: list[Seen], postgres: Store, redis_store: Store) -> None:
    async def until_share(share: float) -> None:
        while sum(len(seen.sent) for seen in everyone) < share * MESSAGES:
            await asyncio.sleep(0.1)

    await until_share(0.2)
    with redis.Redis.from_url(redis_store.url) as client:
        client.flushall()
    await until_share(0.4)
    redis_store.stop()
    await asyncio.sleep(3)
    redis_store.start()
    await until_share(0.6)
    await asyncio.to_thread(postgres.stop)
    await asyncio.to_thread(postgres.start)


async def chatter(replicas: list[Server], chance: random.Random, count: int, seen: Seen) -> None:
    """Sends messages one after the other, on any replica, again until each is acknowledged."""
    token: str | None = None
    for _ in range(count):
        client_message_id, acknowledged = uuid.uuid4().hex, False
        while not acknowledged:
            try:
                async with chance.choice(replicas).client(seen.session_id, token) as client:
                    token = token or client.token
                    await client.say(QUESTION, client_message_id)
                    acknowledged = await is_acknowledged(client, client_message_id)
                    if acknowledged and chance.random() < 0.7:
                        await heard(client, chance.uniform(0.5, 8))
                    seen.note(client.received)
            except (OSError, TimeoutError, websockets.WebSocketException):
                await asyncio.sleep(0.1)
        seen.sent.append(client_message_id)


async def is_acknowledged(client: Client, client_message_id: str) -> bool:
    """False when the server says that it could not; raises TimeoutError when it says nothing."""
    async with asyncio.timeout(15):
        while True:
            frame = await client.next()
            if frame.get("client_message_id") == client_message_id:
                return bool(frame["type"] == "accepted")


async def heard(client: Client, seconds: float) -> None:
    """Wait for the answer, but not for ever: then the socket is cut."""
    try:
        await client.until("complete", seconds)
    except TimeoutError:
        return


async def until_all_answered(database: Database, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while await open_turns(database):
            await asyncio.sleep(0.2)


async def open_turns(database: Database) -> int:
    try:
        async with database.connection() as db:
            return int(
                await db.fetchval("select count(*) from turns where state in ('queued', 'running')")
            )
    except DatabaseDown:
        return 1
