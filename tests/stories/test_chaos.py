"""Many messages and handoffs under random kills, cut sockets, failing stores and a receiver of
webhooks with faults of its own, then counted by SQL.

200 messages in the tests; `make chaos` sends 1,000 (CHAOS_MESSAGES=10000 for more).
"""

import asyncio
import base64
import os
import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import redis
import websockets

from app.chat.turns import MOST_DEATHS
from app.db.engine import Database, DatabaseDown
from tests.fakes.llm import Reply, ScriptedLLM
from tests.fakes.webhooks import WebhookReceiver
from tests.server import Client, Server
from tests.stores import Store
from tests.stories.test_handoff import PERSON

Start = Callable[..., Awaitable[Server]]
QUESTION = "How much can the X1 tow?"
MESSAGES = int(os.environ.get("CHAOS_MESSAGES", "200"))
CLIENTS = 20
HANDOFFS = 1000
SECRET = "whsec_" + base64.b64encode(b"chaos" * 8).decode()


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


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    """In every hundred requests ten fail, and five are taken without an acknowledgement."""
    chance = random.Random(3)
    faults = ["500"] * 10 + ["lost"] * 5 + ["ok"] * 85
    async with WebhookReceiver(
        secrets=[SECRET], choose=lambda: chance.choice(faults)
    ).serving() as it:
        yield it


async def test_messages_and_handoffs_under_random_kills_are_lost_never_and_answered_once(
    start_server: Start,
    llm: ScriptedLLM,
    demo_url: str,
    postgres: Store,
    redis_store: Store,
    receiver: WebhookReceiver,
) -> None:
    """Three replicas, a kill about every half second, clients that cut their sockets at random;
    Redis is flushed, then stopped for a while, and PostgreSQL is restarted once."""
    llm.reply_to = lambda body: Reply("Up to 2,000 kg [1].", token_seconds=0.02)
    webhook = {
        "HUMAN_SUPPORT_WEBHOOK": receiver.url(),
        "HUMAN_SUPPORT_WEBHOOK_SECRET": SECRET,
        "WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
        "RATE_LIMIT_ADDRESS": "1000/second",
        "RATE_LIMIT_MESSAGES": "1000/second",
        "RATE_LIMIT_MESSAGES_ADDRESS": "1000/second",
    }
    replicas = [await start_server(**webhook) for _ in range(3)]
    kills: list[int] = []
    everyone = [Seen() for _ in range(CLIENTS)]
    killing = asyncio.create_task(kill_at_random(replicas, kills))
    breaking = asyncio.create_task(break_stores(everyone, postgres, redis_store))
    chance = random.Random(7)
    told: dict[str, str] = {}
    wanting = iter(range(HANDOFFS))
    await asyncio.gather(
        *(
            chatter(replicas, random.Random(chance.random()), MESSAGES // CLIENTS, seen)
            for seen in everyone
        ),
        *(want_people(replicas, random.Random(n), wanting, told) for n in range(30)),
    )
    await breaking
    killing.cancel()
    await asyncio.gather(killing, return_exceptions=True)
    database = Database(demo_url)
    await until_all_answered(database, 60)
    await until_all_delivered(database, 60)
    await check_store(database, everyone)
    await check_handoffs(database, told, receiver)
    await check_ledger(database, llm)
    async with database.connection() as db:
        lost_processes = await db.fetchval("select sum(deaths) from turns")
    await database.close()
    assert lost_processes > 0
    print(f"{MESSAGES} messages, {len(kills)} kills, {lost_processes} turns taken over")


async def want_people(
    replicas: list[Server], chance: random.Random, wanting: Iterator[int], told: dict[str, str]
) -> None:
    """Asks for a person in one new conversation after the other; notes the reference it is told."""
    guest: dict[str, str] = {}
    for number in wanting:
        session_id, once = f"handoff-{number}", uuid.uuid4().hex
        wish = {"message": PERSON, "session_id": session_id, "client_message_id": once}
        while session_id not in told:
            try:
                async with aiohttp.ClientSession(
                    chance.choice(replicas).url, headers=guest
                ) as http:
                    if not guest:
                        async with http.get("/api/v1/chat/conversations") as known:
                            guest = {"X-Guest-Token": known.headers["X-Guest-Token"]}
                    async with http.post("/api/v1/chat", json=wish, headers=guest) as response:
                        if response.status == 200:
                            told[session_id] = (await response.json())["handoff"]["reference"]
            except (OSError, TimeoutError, aiohttp.ClientError):
                await asyncio.sleep(0.1)


async def until_all_delivered(database: Database, seconds: float) -> None:
    """What has failed before is due at once: nobody waits for the pauses here."""
    async with asyncio.timeout(seconds), database.connection() as db:
        while await db.fetchval("select count(*) from deliveries where state <> 'delivered'"):
            await db.execute(
                "update deliveries set next_attempt_at = clock_timestamp(), lease_until = null"
                " where state = 'queued'"
            )
            await asyncio.sleep(0.5)


async def check_handoffs(
    database: Database, told: dict[str, str], receiver: WebhookReceiver
) -> None:
    """One handoff per wish, told as it is stored, each received at least once under one id."""
    async with database.connection() as db:
        rows = await db.fetch(
            "select c.session_id, h.reference, d.id::text as delivery from handoffs as h"
            " join conversations as c on c.id = h.conversation_id"
            " join deliveries as d on d.handoff_id = h.id where c.session_id like 'handoff-%'"
        )
    assert len(rows) == HANDOFFS
    assert {row["session_id"]: row["reference"] for row in rows} == told
    received: dict[str, set[str]] = {}
    for each in receiver.taken:
        if each.event["type"] == "handoff.created":
            received.setdefault(each.event["data"]["reference"], set()).add(each.id)
    assert set(told.values()) <= set(received)
    assert all(len(ids) == 1 for ids in received.values())
    assert len(receiver.taken) == len(receiver.requests)


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
        failed = await db.fetchval(
            "select count(*) from turns where state = 'failed' and deaths < $1", MOST_DEATHS
        )
        rows = await db.fetch(
            "select session_id, seq, text from messages as m"
            " join conversations as c on c.id = m.conversation_id"
        )
    texts = {(row["session_id"], row["seq"]): row["text"] for row in rows}
    told = {(s.session_id, seq): text for s in everyone for seq, text in s.transcript.items()}
    assert {each for seen in everyone for each in seen.sent} <= stored
    assert len(stored) == MESSAGES + HANDOFFS
    assert (unanswered, twice, failed) == (0, 0, 0)
    assert {key: texts.get(key) for key in told} == told


async def check_ledger(database: Database, llm: ScriptedLLM) -> None:
    """Every call that came to the model is on record; no more are open than processes died."""
    async with database.connection() as db:
        rows = {str(row["id"]): row for row in await db.fetch("select * from llm_calls")}
        deaths = await db.fetchval("select sum(deaths) from turns")
    calls = [row for row in rows.values() if row["model"] == "scripted"]
    whole = [row for row in calls if row["outcome"] == "ok"]
    assert set(llm.call_ids) <= set(rows)
    assert sum(row["outcome"] == "open" for row in calls) <= deaths
    assert sum(row["prompt_tokens"] for row in whole) == 100 * len(whole)
    assert all(row["estimate_micros"] is None for row in calls), "the scripted model has no price"


async def kill_at_random(replicas: list[Server], kills: list[int]) -> None:
    """About one kill each half second; a replica comes back as fast as it can."""

    async def torment(number: int, server: Server) -> None:
        chance = random.Random(number)
        while True:
            await asyncio.sleep(chance.uniform(0.3, 2.0))
            server.kill()
            kills.append(number)
            await start_again(server)

    await asyncio.gather(*(torment(n, server) for n, server in enumerate(replicas)))


async def start_again(server: Server) -> None:
    """Who starts while PostgreSQL is away gives up, and is started again."""
    while True:
        try:
            await server.start()
            return
        except AssertionError:
            await asyncio.sleep(0.2)


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
