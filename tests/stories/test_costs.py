"""Ledger, counters and the model's own count of its calls agree, whatever becomes of a call."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.conftest import run_sql
from tests.fakes.llm import ANSWER, Reply, ScriptedLLM
from tests.figures import PRICES, TOWING, ask_all, chosen, total
from tests.server import Server

Start = Callable[..., Awaitable[Server]]
PROMPT_TOKENS = 100  # of every scripted call


async def calls_of(server: Server) -> list[asyncpg.Record]:
    store = await asyncpg.connect(server.environment["DATABASE_URL"])
    try:
        return list(await store.fetch("select * from llm_calls order by created_at"))
    finally:
        await store.close()


def completion_tokens(body: dict[str, Any], reply: Reply) -> int:
    return len(reply.text.split(" ") if body.get("stream") else reply.text.split())


async def test_ledger_counters_and_the_models_own_count_agree_to_the_token_and_the_cent(
    start_server: Start, llm: ScriptedLLM, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text(PRICES)
    server = await start_server(LLM_PRICES_FILE=str(prices))
    llm.reply_to = chosen
    await ask_all(
        server,
        TOWING,
        "¿Cuánto puede remolcar el X1 de 2025?",
        "I would like to book an oil change.",
        "hm, the thing with the stuff?",
    )
    calls = [call for call in await calls_of(server) if call["model"] == "scripted"]
    asked = [body for body in llm.requests if "messages" in body]
    spoken = sum(completion_tokens(body, chosen(body)) for body in asked)

    assert {str(call["id"]) for call in calls} == set(llm.call_ids)
    assert {"answer", "act", "translate"} <= {call["purpose"] for call in calls}
    assert {call["agent"] for call in calls} >= {"specs", "maintenance"}
    assert len(calls) == len(asked) == await total(server, "llm_calls_total", model="scripted")
    assert sum(call["prompt_tokens"] for call in calls) == PROMPT_TOKENS * len(asked)
    assert sum(call["completion_tokens"] for call in calls) == spoken
    assert await total(server, "llm_tokens_total", type="prompt") == PROMPT_TOKENS * len(asked)
    assert await total(server, "llm_tokens_total", type="completion") == spoken
    micros = 3 * PROMPT_TOKENS * len(asked) + 15 * spoken
    assert sum(call["cost_micros"] for call in calls) == micros
    dollars = await total(server, "llm_cost_dollars_total")
    assert round(dollars * 1_000_000) == micros
    assert await total(server, "request_cost_dollars_sum") == pytest.approx(dollars)
    assert {call["price_version"] for call in calls} == {"own"}


async def test_a_refused_call_and_its_second_try_are_two_calls_and_only_one_costs(
    start_server: Start, llm: ScriptedLLM, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text(PRICES)
    server = await start_server(LLM_PRICES_FILE=str(prices))
    replies = iter([Reply(fault="http_500"), Reply(ANSWER)])
    llm.reply_to = lambda body: next(replies)
    await ask_all(server, TOWING)
    calls = await calls_of(server)
    assert [call["outcome"] for call in calls] == ["failed", "ok"]
    assert calls[0]["cost_micros"] == 0
    assert calls[1]["cost_micros"] == 3 * PROMPT_TOKENS + 15 * len(ANSWER.split(" "))
    assert await total(server, "llm_errors_total", error_type="http_5xx") == 1


async def test_a_model_without_a_price_costs_an_unknown_amount_and_never_nothing(
    start_server: Start, llm: ScriptedLLM
) -> None:
    server = await start_server()
    await ask_all(server, TOWING)
    calls = await calls_of(server)
    assert [(call["cost_micros"], call["price_version"]) for call in calls] == [(None, None)]
    assert calls[0]["completion_tokens"] == len(ANSWER.split(" "))
    assert await total(server, "llm_calls_unpriced_total", why="no_price") == 1
    assert await total(server, "llm_cost_dollars_total") == 0


async def test_a_call_cut_short_by_a_cancel_or_by_a_further_message_is_in_the_ledger_all_the_same(
    start_server: Start, llm: ScriptedLLM
) -> None:
    server = await start_server()
    llm.reply_to = lambda body: Reply(ANSWER, first_token_seconds=30)
    async with server.client() as client:
        await client.say(TOWING)
        await until_asked(llm, 1)
        llm.reply_to = lambda body: Reply(ANSWER, token_seconds=1)
        await client.say("And the 2024 one?")
        await client.until("token")
        await client.send(type="cancel")
        await client.until("complete")
    calls = [(call["outcome"], call["cost_micros"]) for call in await calls_of(server)]
    assert calls == [("cancelled", None)] * len(llm.requests) == [("cancelled", None)] * 2
    assert await total(server, "llm_calls_total", outcome="cancelled") == 2
    assert await total(server, "llm_calls_unpriced_total", why="no_usage") == 2


async def test_a_call_cut_off_by_a_crash_is_unknown_with_the_most_it_may_have_cost(
    start_server: Start, llm: ScriptedLLM, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text(PRICES)
    server = await start_server(LLM_PRICES_FILE=str(prices))
    llm.reply_to = lambda body: Reply(ANSWER, token_seconds=1)
    async with server.client() as client:
        await client.say(TOWING)
        await client.until("token")
        server.kill()
    await run_sql(
        server.environment["DATABASE_URL"],
        "update turns set lease_until = now(); "
        "update llm_calls set created_at = created_at - interval '1 hour'",
    )
    llm.reply_to = lambda body: Reply(ANSWER)
    await server.start()
    async with asyncio.timeout(20):
        while [call["outcome"] for call in await calls_of(server)] != ["unknown", "ok"]:
            await asyncio.sleep(0.1)
    cut, whole = await calls_of(server)
    assert [str(cut["id"]), str(whole["id"])] == llm.call_ids
    assert cut["cost_micros"] is None
    assert cut["estimate_micros"] >= whole["cost_micros"]
    assert await total(server, "llm_calls_total", outcome="unknown") == 1
    assert await total(server, "llm_calls_unpriced_total", why="cut") == 1
    unknown = await total(server, "llm_cost_unknown_dollars_total")
    assert round(unknown * 1_000_000) == cut["estimate_micros"]


async def test_a_conversation_over_its_budget_gets_the_cheaper_model_then_a_person(
    start_server: Start, llm: ScriptedLLM, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text(PRICES + "small: {prompt: 1, completion: 2}\n")
    server = await start_server(
        LLM_PRICES_FILE=str(prices), LLM_MODEL_CHEAPER="small", BUDGET_CONVERSATION_USD="0.0006"
    )
    async with server.client() as client:
        whole = [await client.ask(f"How much can the {year} X1 tow?") for year in (2025, 2025)]
        assert [body["model"] for body in llm.requests] == ["scripted", "small"]
        assert [frame["metadata"]["escalation"] for frame in whole] == [None, None]
        last = await client.ask(TOWING)
        assert last["metadata"]["escalation"] == "budget"
        assert (await client.until("handoff"))["reference"]
    assert "2,000 kg" in last["response"]
    assert len(llm.requests) == 2
    assert await total(server, "llm_budget_reached_total", spending="tight") == 1
    assert await total(server, "llm_budget_reached_total", spending="spent") == 1
    await ask_all(server, TOWING)
    assert llm.requests[-1]["model"] == "scripted"


async def until_asked(llm: ScriptedLLM, times: int) -> None:
    async with asyncio.timeout(20):
        while len(llm.requests) < times:
            await asyncio.sleep(0.01)


async def test_the_offline_model_and_a_second_asking_cost_nothing(
    start_server: Start, llm: ScriptedLLM, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text(PRICES)
    server = await start_server(LLM_PRICES_FILE=str(prices), LLM_PROVIDER="offline")
    await ask_all(server, TOWING)
    assert {(call["model"], call["cost_micros"]) for call in await calls_of(server)} == {
        ("offline", 0)
    }
    assert await total(server, "llm_calls_unpriced_total") == 0
