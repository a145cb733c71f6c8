"""The whole stack from the compose files, without Docker: `make rehearsal`.

What it cannot show: the official images themselves, Grafana, and Docker's own reading of the files.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import websockets

from tests.nginx import Nginx
from tests.rehearsal.stack import Stack, build_images, run
from tests.server import Client

QUESTION = "How much can the 2025 X1 tow?"
BASE = "docker-compose.yml"
SECRETS = {
    "REDIS_PASSWORD": "rehearsal-of-the-redis-password",
    "POSTGRES_PASSWORD": "rehearsal-of-the-postgres-password",
    "JWT_SECRET_KEY": "rehearsal-of-a-signing-key-0123456789",
    "ENCRYPTION_KEY": "cmVoZWFyc2FsLWVuY3J5cHRpb24ta2V5LTAxMjM0NTY=",
    "PUBLIC_URL": "https://genai.yourdomain.com",
}


@pytest.fixture(scope="session", autouse=True)
def images() -> None:
    build_images()


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="genai-auto-rehearsal-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def whole(folder: Path) -> Iterator[Stack]:
    """Product and monitoring on one machine, as somebody tries it out."""
    stack = Stack(folder, [BASE, "docker-compose.metrics.yml"])
    stack.up("postgres", "redis", "api", "prometheus", "alertmanager")
    yield stack
    stack.down()


@pytest.fixture
def scaled(folder: Path) -> Iterator[Stack]:
    """Three replicas in production."""
    files = ["docker-compose.prod.yml", "docker-compose.scale.yml", "tests/rehearsal/replicas.yml"]
    stack = Stack(folder, [BASE, *files], **SECRETS)
    stack.up("postgres", "redis", "api", "workers", api=3)
    yield stack
    stack.down()


async def fetched(url: str) -> Any:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def test_product_and_monitoring_start_answer_and_are_scraped(whole: Stack) -> None:
    await whole.until_healthy(
        "genai-auto-db", "genai-auto-redis", "genai-auto-api", "genai-prometheus",
        "genai-alertmanager",
    )  # fmt: skip
    async with websockets.connect("ws://127.0.0.1:8000/ws/rehearsal") as connection:
        client = Client(connection)
        assert "2,000 kg" in (await client.ask(QUESTION))["response"]
    async with asyncio.timeout(90):
        while await prometheus('sum(chat_turns_total{state="answered"})') != 1:
            await asyncio.sleep(1)
    assert await prometheus('up{job="genai-auto-api"}') == 1
    rules = await fetched("http://127.0.0.1:9090/api/v1/rules")
    assert all(
        rule["health"] != "err" for group in rules["data"]["groups"] for rule in group["rules"]
    )
    known = await fetched("http://127.0.0.1:9090/api/v1/alertmanagers")
    assert [each["url"] for each in known["data"]["activeAlertmanagers"]] == [
        "http://alertmanager:9093/api/v2/alerts"
    ]


async def prometheus(query: str) -> float:
    found = await fetched(f"http://127.0.0.1:9090/api/v1/query?query={quote(query)}")
    return sum(float(each["value"][1]) for each in found["data"]["result"])


async def test_three_replicas_of_production_behind_nginx_outlive_one_of_them(
    scaled: Stack, folder: Path
) -> None:
    replicas = scaled.containers("genai-auto_api")
    await scaled.until_healthy("genai-auto-db", "genai-auto-redis", *replicas)
    assert run("podman", "exec", replicas[0], "id", "--user") == "10001"
    assert "Read-only" in run("podman", "exec", replicas[0], "sh", "-c", "touch /app/x 2>&1 || :")
    nginx = Nginx(folder, [f"{scaled.address(name)}:8000" for name in replicas], source="")
    nginx.start()
    try:
        async with nginx.client("rehearsal") as customer:
            answered = await customer.ask("Hello")
            gone = await serving(scaled, replicas)
            run("podman", "kill", gone)
            with pytest.raises(websockets.ConnectionClosed):
                await customer.until("nothing", 20)
        async with nginx.client("rehearsal", customer.token) as again:
            await again.send(type="resume", after=0)
            assert (await again.until("complete"))["response"] == answered["response"]
            assert (await again.ask("Hello again"))["response"]
    finally:
        nginx.stop()


async def serving(stack: Stack, replicas: list[str]) -> str:
    """Who holds the customer's socket, by its own figures."""
    for name in replicas:
        url = f"http://{stack.address(name)}:8000/api/v1/metrics"
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            lines = (await answer.text()).splitlines()
        if any(line.startswith("chat_sockets") and float(line.split()[-1]) for line in lines):
            return name
    raise AssertionError("no replica has a socket")
