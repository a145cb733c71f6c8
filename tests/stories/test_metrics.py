"""The figures are true: ledger, counters and the model's own count agree; labels stay few; a real
Prometheus finds data for every panel."""

import asyncio
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families as families
from prometheus_client.samples import Sample

from tests.fakes.llm import ANSWER, Reply, ScriptedLLM
from tests.server import ROOT, Server, free_port

Start = Callable[..., Awaitable[Server]]
PROMPT_TOKENS = 100  # of every scripted call
PRICES = "scripted: {prompt: 3, completion: 15}\n"  # dollars per million tokens
TOWING = "How much can the 2025 X1 tow?"


async def samples(server: Server) -> list[Sample]:
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/api/v1/metrics") as page:
        assert page.status == 200
        return [each for family in families(await page.text()) for each in family.samples]


async def total(server: Server, name: str, **labels: str) -> float:
    fits = (each for each in await samples(server) if each.name == name)
    return sum(each.value for each in fits if labels.items() <= each.labels.items())


async def calls_of(server: Server) -> list[asyncpg.Record]:
    store = await asyncpg.connect(server.environment["DATABASE_URL"])
    try:
        return list(await store.fetch("select * from llm_calls order by created_at"))
    finally:
        await store.close()


async def ask_all(server: Server, *questions: str) -> None:
    async with server.client() as client:
        for question in questions:
            await client.ask(question)


def completion_tokens(body: dict[str, Any], reply: Reply) -> int:
    return len(reply.text.split(" ") if body.get("stream") else reply.text.split())


def chosen(body: dict[str, Any]) -> Reply:
    """An answer, a translation, a route, a judgement or an act, by what was asked for."""
    wanted = json.dumps(body.get("response_format") or {})
    if "RouteChoice" in wanted:
        return Reply('{"route": "specs", "certainty": 0.9}')
    if "Judgements" in wanted:
        return Reply('{"judgements": [{"statement": 1, "finding": "supported"}]}')
    return Reply(ANSWER)


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


PLAIN = re.compile(r"^[a-zA-Z0-9_./{}:+-]{1,80}$")
HOSTILE = "x" * 500 + "'; drop table turns; -- \u202e<script>"


async def test_hostile_callers_make_neither_new_labels_nor_many_series(
    start_server: Start, llm: ScriptedLLM
) -> None:
    server = await start_server()
    known = {label for each in await samples(server) for label in each.labels}
    async with aiohttp.ClientSession() as http:
        for number in range(60):
            address = f"{server.url}/{number}/nobody@example.com/{HOSTILE}"
            async with http.request(f"METHOD{number}", address):
                pass
            async with http.get(f"{server.url}/api/v1/chat/history/visitor-{number}"):
                pass
            body = {"message_id": HOSTILE, "rating": HOSTILE}
            async with http.post(f"{server.url}/api/v1/feedback", json=body):
                pass
    async with server.client() as client:
        await client.say(HOSTILE)
        await client.send(type=HOSTILE, message=HOSTILE)
        await client.until("complete")
    found = await samples(server)
    assert len(found) <= 2500
    values = {(name, value) for each in found for name, value in each.labels.items()}
    assert {name for name, _ in values} - known <= LATER
    strange = {pair for pair in values if not PLAIN.match(pair[1])}
    assert strange == set()
    assert max(Counter(name for name, _ in values).values()) < 80
    assert not [v for _, v in values if re.search(r"example\.com|visitor-|METHOD\d|drop", v)]


LATER = {
    "endpoint", "method", "status_code", "purpose", "model", "outcome", "type", "agent", "why",
    "selected_agent", "routing_method", "document_type", "action", "tier", "failure_class",
    "entity", "error_type", "reason", "le", "kind", "state",
}  # fmt: skip


# Panels that a healthy, quiet run leaves empty; each says so itself.
QUIET = {
    "Errors", "E-mails and text messages", "Wait until claimed", "Of unknown cost",
}  # fmt: skip
prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None,
    reason="prometheus is not installed: scripts/install_test_tools.sh",
)


@asynccontextmanager
async def scraping(server: Server, folder: Path) -> AsyncIterator[str]:
    """A real Prometheus that looks every half second; its address."""
    port = free_port()
    config = {
        "global": {"scrape_interval": "500ms", "scrape_timeout": "400ms",
                   "evaluation_interval": "500ms"},
        "rule_files": [str(ROOT / "prometheus/alerts.yml"), str(ROOT / "prometheus/rules/slo.yml")],
        "scrape_configs": [{
            "job_name": "genai-auto-api", "metrics_path": "/api/v1/metrics",
            "static_configs": [{"targets": [f"127.0.0.1:{server.port}"]}],
        }],
    }  # fmt: skip
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220  it is only begun here
            ["prometheus", f"--config.file={folder}/prometheus.yml",
             f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


async def query(http: aiohttp.ClientSession, url: str, expression: str) -> list[Any]:
    async with http.get(f"{url}/api/v1/query", params={"query": expression}) as response:
        answer = await response.json()
    assert answer["status"] == "success", (expression, answer)
    found: list[Any] = answer["data"]["result"]
    return found


async def until_found(http: aiohttp.ClientSession, url: str, expression: str) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                if await query(http, url, expression):
                    return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)


def panels() -> list[tuple[str, str, str]]:
    """(dashboard and panel, title, expression)"""
    found = []
    for path in sorted((ROOT / "grafana/dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", ()):
                expression = target["expr"].replace("$__rate_interval", "1m")
                found.append((f"{path.stem}: {panel['title']}", panel["title"], expression))
    return found


async def a_busy_hour(server: Server) -> None:
    """Everything that dashboards show, once."""
    async with server.client() as client:
        answer = await client.ask(TOWING)
        headers = {"X-Guest-Token": client.token}
        body = {"message_id": answer["message_id"], "rating": "up"}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.post(f"{server.url}/api/v1/feedback", json=body) as rated,
        ):
            assert rated.status < 300
        await client.ask("My address is anna@example.com. How often must the X1's oil be changed?")
        await client.ask("When can I bring my X1 for an oil change?")
    await ask_all(server, TOWING)
    await ask_all(server, "I want to talk to a person.")
    store = await asyncpg.connect(server.environment["DATABASE_URL"])
    await store.execute("update conversations set updated_at = now() - interval '1 hour'")
    await store.close()


@prometheus
async def test_every_panel_of_every_dashboard_has_data_after_an_hours_work(
    start_server: Start, llm: ScriptedLLM, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text(PRICES)
    server = await start_server(
        LLM_PRICES_FILE=str(prices), CACHE_ENABLED="true",
        HUMAN_SUPPORT_WEBHOOK="http://127.0.0.1:9/",
    )  # fmt: skip
    llm.reply_to = chosen
    async with scraping(server, tmp_path) as url, aiohttp.ClientSession() as http:
        await until_found(http, url, 'up{job="genai-auto-api"} == 1')
        await a_busy_hour(server)
        await until_found(http, url, "sum(increase(task_completion_total[1m])) > 0")
        await until_found(http, url, "sum(increase(webhook_deliveries_total[1m])) > 0")
        await until_found(http, url, "slo:first_token:error_ratio_3d")
        empty = {}
        for name, title, expression in panels():
            if not await query(http, url, expression) and title not in QUIET:
                empty[name] = expression
        assert empty == {}
        firing = await query(http, url, 'ALERTS{alertstate="firing"}')
        assert [each["metric"]["alertname"] for each in firing] == []
