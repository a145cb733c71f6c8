"""One conversation seen from inside: its trace at a collector, its timeline in the store."""

import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from app.db.engine import Connection
from tests.bookings import OFFLINE
from tests.fakes.llm import ANSWER, MODEL, Reply, ScriptedLLM
from tests.fakes.otlp import Collector, ReceivedSpan
from tests.server import Server

Start = Callable[..., Awaitable[Server]]
QUESTION = "How much can the 2025 X1 tow?"
STEPS = [
    "mask", "wait", "read", "screen", "screen", "cache", "route", "cache", "retrieve", "model",
    "verify", "decide",
]  # fmt: skip
TREE = [
    "turn", "turn/mask", "turn/wait", "turn/read", "turn/screen", "turn/screen", "turn/cache",
    "turn/route", "turn/invoke_agent specs", "turn/invoke_agent specs/cache",
    "turn/invoke_agent specs/retrieval documents", "turn/invoke_agent specs/chat scripted",
    "turn/invoke_agent specs/verify", "turn/decide", "turn/store",
]  # fmt: skip
HOW = {
    "turn": 1, "attempt": 1, "outcome": "answered", "agent": "specs", "language": "en",
    "input_tokens": 100, "output_tokens": len(ANSWER.split()),
}  # fmt: skip
CALLED = {
    "operation.name": "chat", "provider.name": "127.0.0.1", "request.model": "scripted",
    "response.model": MODEL, "usage.input_tokens": 100, "usage.output_tokens": len(ANSWER.split()),
}  # fmt: skip


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    async with Collector().serving() as serving:
        yield serving


def sending_to(collector: Collector) -> dict[str, str]:
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=riverside",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "60",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "CACHE_ENABLED": "true",
    }


async def newest_turn(store: Connection) -> Any:
    return await store.fetchrow(
        """
        select t.id, t.conversation_id, t.timeline, t.finished_at - t.created_at as took,
          (select max(masking_ms) from messages where turn_id = t.id) as masking_ms
        from turns as t order by t.created_at desc limit 1
        """
    )


def steps_of(turn: Any) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = orjson.loads(turn["timeline"])
    return steps


def path_of(span: ReceivedSpan, spans: list[ReceivedSpan]) -> str:
    """Its name behind those of the spans around it."""
    around = {each.id: each for each in spans}
    parent = around.get(span.parent)
    return f"{path_of(parent, spans)}/{span.name}" if parent else span.name


async def test_one_question_is_one_trace_with_the_id_of_its_turn(
    start_server: Start, store: Connection, collector: Collector
) -> None:
    server = await start_server(**sending_to(collector))
    async with server.client() as client:
        await client.ask(QUESTION)
        turn = await newest_turn(store)
        spans = await collector.until_whole(turn["id"].hex)
        assert sorted(path_of(span, spans) for span in spans) == sorted(TREE)
        by_name = {span.name: span for span in spans}
        root, call = by_name["turn"], by_name["chat scripted"]
        assert root.about["gen_ai.conversation.id"] == str(turn["conversation_id"])
        assert {name: root.about[f"genai_auto.{name}"] for name in HOW} == HOW
        assert "genai_auto.cost_dollars" not in root.about  # nobody knows this model's price
        assert {name: call.about[f"gen_ai.{name}"] for name in CALLED} == CALLED
        assert root.resource["service.name"] == "genai-auto-api"
        assert root.resource["deployment.environment.name"] == "test"
        assert collector.headers[0]["x-tenant"] == "riverside"
        assert sum(span.events for span in spans) == 0
        steps = steps_of(turn)
        assert [step["name"] for step in steps] == STEPS
        assert all(0 <= step["at_ms"] <= milliseconds(turn["took"]) for step in steps)
        assert all(step["took_ms"] <= milliseconds(turn["took"]) for step in steps)
        assert steps[0]["took_ms"] == pytest.approx(turn["masking_ms"], abs=0.001)
        assert [step["at_ms"] for step in steps] == sorted(step["at_ms"] for step in steps)
        model = next(step["about"] for step in steps if step["name"] == "model")
        assert (model["input_tokens"], model["output_tokens"]) == (100, len(ANSWER.split()))

        collector.mode = "503"
        assert (await client.ask("Hello!"))["metadata"]["agent"] == "general"
        collector.mode = "hang"
        asked = len(collector.bodies)
        assert (await client.ask("Good morning!"))["metadata"]["agent"] == "general"
        await collector.until_asked(asked + 1)
        assert (await client.ask("Thank you!"))["metadata"]["agent"] == "general"
        assert steps_of(await newest_turn(store))
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(20)


async def test_a_disabled_sdk_sends_nothing_and_timelines_are_kept(
    start_server: Start, store: Connection, collector: Collector
) -> None:
    server = await start_server(**{**OFFLINE, **sending_to(collector), "OTEL_SDK_DISABLED": "true"})
    async with server.client() as client:
        await client.ask(QUESTION)
        answered = await newest_turn(store)
        await client.ask("I want to talk to a person")
        screened = await newest_turn(store)
    server.stop()

    assert [step["name"] for step in steps_of(answered)] == STEPS
    about = next(step["about"] for step in steps_of(answered) if step["name"] == "model")
    assert (about["model"], about["cost_dollars"]) == ("offline", 0)
    assert [step["name"] for step in steps_of(screened)] == STEPS[:4] + STEPS[-1:]
    assert steps_of(screened)[-1]["about"]["escalation"] == "user_request"
    assert collector.bodies == []


async def test_an_attempt_that_was_thrown_away_stays_in_the_timeline(
    start_server: Start, store: Connection, llm: ScriptedLLM
) -> None:
    tool = Reply("", calls=(("PriceOf", {"service": "oil_change"}),))
    replies = [Reply("It may tow 9,999 kg [1]."), Reply(), tool, Reply("Come by any time.")]
    llm.reply_to = lambda body: replies.pop(0)
    server = await start_server()
    async with server.client() as client:
        await client.ask(QUESTION)
        steps = steps_of(await newest_turn(store))
        await client.ask("I would like to book an appointment for an oil change please")
        acted = steps_of(await newest_turn(store))

    tools = [step["about"]["tool"] for step in acted if step["name"] == "tool"]
    assert tools == ["PriceOf"]
    assert [step["about"]["purpose"] for step in acted if step["name"] == "model"] == ["act", "act"]
    calls = [step["about"] for step in steps if step["name"] == "model"]
    verdicts = [step["about"] for step in steps if step["name"] == "verify"]
    assert [about["attempt"] for about in calls] == [1, 2]
    assert [(about["attempt"], about["action"]) for about in verdicts] == [
        (1, "block"),
        (2, "allow"),
    ]


def milliseconds(took: timedelta) -> float:
    return took.total_seconds() * 1000
