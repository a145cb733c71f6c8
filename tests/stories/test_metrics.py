"""The figures of a running product: labels stay few, and a real Prometheus finds data for every
panel."""

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

from tests.fakes.llm import ScriptedLLM
from tests.figures import PRICES, TOWING, ask_all, chosen, samples
from tests.server import ROOT, Server, free_port

Start = Callable[..., Awaitable[Server]]
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
