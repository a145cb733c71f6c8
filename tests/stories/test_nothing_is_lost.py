"""What was acknowledged is answered exactly once: through cuts, kills, other replicas, bad luck."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from app.db.engine import Database
from tests.fakes.llm import Reply, ScriptedLLM
from tests.server import Server

Start = Callable[..., Awaitable[Server]]
QUESTION = "How much can the X1 tow?"
LONG = " ".join(f"word{n}" for n in range(40)) + " [1]."


async def transcript_of(server: Server, session_id: str, token: str) -> list[dict[str, Any]]:
    """What a client that comes now is shown."""
    async with server.client(session_id, token) as client:
        await client.send(type="resume", after=0)
        await client.until("resumed")
        return [f for f in client.received if f["type"] in ("accepted", "complete")]


async def test_kill_in_mid_answer_ends_in_a_reset_and_one_final_answer(
    start_server: Start, llm: ScriptedLLM, demo_url: str
) -> None:
    llm.reply_to = lambda body: Reply(LONG, token_seconds=0.05)
    server = await start_server()
    async with server.client("kill") as customer:
        token = customer.token
        await customer.say(QUESTION)
        for _ in range(5):
            await customer.until("token")
        server.kill()
    await server.start()
    async with server.client("kill", token) as customer:
        await customer.send(type="resume", after=1)
        complete = await customer.until("complete", 40)
        assert customer.of("reset")
    assert complete["response"] == LONG
    database = Database(demo_url)
    async with database.connection() as db:
        assert await db.fetchval("select count(*) from messages where author = 'assistant'") == 1
        assert await db.fetchval("select deaths from turns") == 1
    await database.close()


async def test_socket_cut_after_every_frame_shows_the_same_transcript(
    server: Server, llm: ScriptedLLM
) -> None:
    llm.reply_to = lambda body: Reply("Check the hitch, lamps and mirrors [1].", token_seconds=0.03)
    async with server.client() as whole:
        await whole.ask(QUESTION)
        frames = len(whole.received)
    for cut_after in range(1, frames + 1):
        shown = await ask_with_a_cut(server, f"cut-{cut_after}", cut_after)
        assert shown == "Check the hitch, lamps and mirrors [1]."


async def ask_with_a_cut(server: Server, session_id: str, cut_after: int) -> str:
    """Lose the socket after so many frames, come back, and show what a page would show."""
    async with server.client(session_id) as client:
        token = client.token
        await client.say(QUESTION, "only-once")
        while len(client.received) < cut_after:
            if (await client.next())["type"] == "complete":
                break
        seen = max((f.get("seq", 0) for f in client.received), default=0)
        text = text_shown(client.received)
        await client.connection.close()
    async with server.client(session_id, token) as client:
        await client.say(QUESTION, "only-once")
        await client.send(type="resume", after=seen)
        await client.until("resumed")
        if seen < 2 and not client.of("complete"):
            await client.until("complete")
        assert len({f["seq"] for f in client.of("complete")}) == (1 if seen < 2 else 0)
        return text_shown(client.received, text)


def text_shown(frames: list[dict[str, Any]], text: str = "") -> str:
    """The page's rule: offset 0 replaces, an offset that fits appends, complete decides."""
    for frame in frames:
        if frame["type"] == "reset":
            text = ""
        elif frame["type"] == "token" and frame["offset"] in (0, len(text)):
            text = text[: frame["offset"]] + frame["token"]
        elif frame["type"] == "complete":
            text = frame["response"]
    return text


async def test_answer_can_be_followed_on_another_replica(
    start_server: Start, llm: ScriptedLLM
) -> None:
    llm.reply_to = lambda body: Reply(LONG, token_seconds=0.05)
    first, second = await start_server(), await start_server()
    async with first.client("two") as here:
        await here.say(QUESTION)
        for _ in range(6):
            await here.until("token")
        async with second.client("two", here.token) as there:
            await there.send(type="resume", after=0)
            complete = await there.until("complete")
            assert text_shown([f for f in there.received if f["type"] != "complete"]) == LONG
            assert len(there.of("token")) > 5
    assert complete["response"] == LONG


async def test_cancel_on_another_replica_stops_the_upstream_call_in_half_a_second(
    start_server: Start, llm: ScriptedLLM
) -> None:
    llm.reply_to = lambda body: Reply(LONG, token_seconds=0.2)
    first, second = await start_server(), await start_server()
    async with first.client("stop") as here, second.client("stop", here.token) as there:
        await here.say(QUESTION)
        await here.until("token")
        asked_at = time.monotonic()
        await there.send(type="cancel")
        while not llm.closed_early:
            await asyncio.sleep(0.01)
        assert time.monotonic() - asked_at < 0.5
        complete = await here.until("complete")
    assert complete["metadata"]["outcome"] == "cancelled"
    assert LONG.startswith(complete["response"])
    assert complete["response"]


async def test_the_same_client_message_id_five_times_is_one_message(
    server: Server, llm: ScriptedLLM
) -> None:
    async with server.client("same") as customer:
        for _ in range(5):
            await customer.say(QUESTION, "same-id")
        await customer.until("complete")
        token = customer.token
    shown = await transcript_of(server, "same", token)
    assert [frame["type"] for frame in shown] == ["accepted", "complete"]


async def test_a_burst_before_the_first_word_is_one_turn_and_later_messages_the_next(
    server: Server, llm: ScriptedLLM
) -> None:
    llm.reply_to = lambda body: Reply("Yes [1].", first_token_seconds=0.4, token_seconds=0.4)
    async with server.client() as customer:
        for text in ("The X1.", "It is from 2025.", "How much can it tow?"):
            await customer.say(text)
        first = await customer.until("token")
        await customer.say("And the roof load?")
        await customer.say("In pounds, please.")
        one, two = await customer.until("complete"), await customer.until("complete")
    assert first["turn"] == one["turn"] == 1
    assert len(one["answers"]) == 3
    assert two["turn"] == 2
    assert len(two["answers"]) == 2


async def test_a_failing_endpoint_ends_in_an_honest_answer_from_the_manuals(
    start_server: Start, llm: ScriptedLLM
) -> None:
    server = await start_server()
    for fault in ("http_500", "http_429", "http_400", "garbage", "html", "empty"):
        llm.reset()
        llm.reply_to = lambda body, fault=fault: Reply(fault=fault)
        async with server.client() as customer:
            degraded = await customer.ask(QUESTION)
            assert degraded["metadata"]["notice"] == "degraded", fault
            assert "2,000 kg" in degraded["response"]
            assert len(llm.requests) <= 2
            llm.reset()
            recovered = await customer.ask(QUESTION)
            assert recovered["metadata"]["notice"] is None, fault


async def test_an_answer_that_breaks_off_is_taken_back_and_given_again(
    server: Server, llm: ScriptedLLM
) -> None:
    faults = iter(["truncate"])
    llm.reply_to = lambda body: Reply(LONG, token_seconds=0.01, fault=next(faults, None))
    async with server.client() as customer:
        complete = await customer.ask(QUESTION)
        assert len(customer.of("reset")) == 1
    assert complete["response"] == LONG


async def test_a_person_and_an_emergency_are_answered_with_the_llm_down(
    server: Server, llm: ScriptedLLM
) -> None:
    llm.reply_to = lambda body: Reply(fault="hang")
    async with server.client() as customer:
        person = await customer.ask("I would like to talk to a person", 5)
        emergency = await customer.ask("Help, my brakes have failed!", 5)
    assert person["metadata"]["escalation"] == "user_request"
    assert emergency["metadata"]["escalation"] == "safety_concern"
    assert "stop driving" in emergency["response"]
    assert llm.requests == []


async def test_with_redis_gone_the_answer_still_arrives_on_both_replicas(
    start_server: Start, llm: ScriptedLLM
) -> None:
    llm.reply_to = lambda body: Reply(LONG, token_seconds=0.02)
    nowhere = {"REDIS_URL": "redis://127.0.0.1:1/0"}
    first, second = await start_server(**nowhere), await start_server(**nowhere)
    async with first.client("dark") as here, second.client("dark", here.token) as there:
        await here.say(QUESTION)
        assert (await here.until("complete"))["response"] == LONG
        assert (await there.until("complete"))["response"] == LONG
