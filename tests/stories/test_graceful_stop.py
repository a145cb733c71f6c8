"""SIGTERM, as `docker compose restart api` sends it: clients are told, what runs is finished. And
what a process leaves to another on purpose (RUN_WORKERS=false)."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
import websockets

from app.db.engine import Connection
from tests.fakes.llm import Reply, ScriptedLLM
from tests.fakes.webhooks import WebhookReceiver
from tests.server import Server

Start = Callable[..., Awaitable[Server]]
QUESTION = "How much can the X1 tow?"
LONG = " ".join(f"word{n}" for n in range(40)) + " [1]."
SECRET = "whsec_" + "c2VjcmV0" * 4


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver([SECRET]).serving() as receiver:
        yield receiver


def terminate(server: Server) -> None:
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)


async def ended(server: Server) -> None:
    assert server.process is not None
    await asyncio.to_thread(server.process.wait, 40)


async def test_a_customer_is_told_to_come_back_and_finds_the_whole_answer(
    start_server: Start, llm: ScriptedLLM, store: Connection
) -> None:
    llm.reply_to = lambda body: Reply(LONG, token_seconds=0.05)
    server = await start_server()
    async with server.client("stop") as customer:
        await customer.say(QUESTION)
        await customer.until("token")
        terminate(server)
        assert (await customer.until("reconnect"))["after_ms"] > 0
        with pytest.raises(websockets.ConnectionClosed):
            await customer.until("complete")
        assert customer.connection.close_code == 1012
    await ended(server)
    turn = await store.fetchrow("select state, deaths, attempt from turns")
    assert dict(turn or {}) == {"state": "answered", "deaths": 0, "attempt": 1}
    other = await start_server()
    async with other.client("stop", customer.token) as again:
        await again.send(type="resume", after=0)
        assert (await again.until("complete"))["response"] == LONG


async def test_an_answer_over_rest_arrives_although_the_process_is_to_end(
    start_server: Start, llm: ScriptedLLM
) -> None:
    begun = asyncio.Event()

    def reply(body: object) -> Reply:
        loop.call_soon_threadsafe(begun.set)
        return Reply(LONG, token_seconds=0.05)

    loop = asyncio.get_running_loop()
    llm.reply_to = reply
    server = await start_server()
    async with aiohttp.ClientSession(server.url) as http:
        asking = asyncio.create_task(ask(http))
        await begun.wait()
        terminate(server)
        assert await asking == (200, LONG)
    await ended(server)


async def ask(http: aiohttp.ClientSession) -> tuple[int, str]:
    async with http.post("/api/v1/chat", json={"message": QUESTION}) as answer:
        return answer.status, (await answer.json())["response"]


def told(receiver: WebhookReceiver) -> dict[str, str]:
    return {
        "LLM_PROVIDER": "offline", "HUMAN_SUPPORT_WEBHOOK": receiver.url(),
        "HUMAN_SUPPORT_WEBHOOK_SECRET": SECRET,
    }  # fmt: skip


async def test_a_delivery_that_hangs_is_left_to_the_next_process_under_its_id(
    start_server: Start, store: Connection, receiver: WebhookReceiver
) -> None:
    receiver.mode = "hang"
    server = await start_server(**told(receiver))
    async with server.client() as customer:
        await customer.ask("I would like to talk to a person")
        async with asyncio.timeout(20), receiver.changed:
            await receiver.changed.wait_for(lambda: receiver.at_once)
        terminate(server)
    await ended(server)
    assert await store.fetchval("select state from deliveries") == "queued"
    receiver.mode = "ok"
    await store.execute("update deliveries set next_attempt_at = now(), lease_until = null")
    await start_server(**told(receiver))
    await receiver.until(1)
    assert receiver.taken[-1].id == await store.fetchval("select id::text from deliveries")


async def test_replicas_without_workers_answer_and_leave_deliveries_to_the_workers(
    start_server: Start, store: Connection, receiver: WebhookReceiver
) -> None:
    replica = await start_server(**told(receiver), RUN_WORKERS="false")
    async with replica.client() as customer:
        await customer.ask("I would like to talk to a person")
        await customer.ask("What are your opening hours?")
    assert await store.fetchval("select attempts from deliveries") == 0
    await start_server(**told(receiver), RUN_WORKERS="true")
    await receiver.until(1)
