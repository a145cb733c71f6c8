"""The product behind the nginx site of deploy/nginx, as the deployment guide wants it."""

import asyncio
import shutil
import ssl
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import orjson
import pytest
import websockets

from tests.fakes.llm import Reply, ScriptedLLM
from tests.nginx import PROXY, Nginx
from tests.server import Server, free_port

pytestmark = pytest.mark.skipif(
    shutil.which("nginx") is None,
    reason="nginx is not installed: scripts/install_test_tools.sh installs it",
)
Start = Callable[..., Awaitable[Server]]
LONG = " ".join(f"word{n}" for n in range(40)) + " [1]."
CUSTOMER = "198.51.100.7"


def here(*ports: int) -> list[str]:
    return [f"127.0.0.1:{port}" for port in ports]


@pytest.fixture
def folder() -> Any:
    """Outside pytest's own folder, which other accounts may not enter."""
    with TemporaryDirectory(prefix="genai-auto-nginx-") as name:
        yield Path(name)


@pytest.fixture
async def replicas(start_server: Start) -> tuple[Server, Server]:
    first = await start_server(TRUSTED_PROXIES=PROXY, RATE_LIMIT_AUTH="4/minute")
    second = await start_server(TRUSTED_PROXIES=PROXY, RATE_LIMIT_AUTH="4/minute")
    return first, second


@pytest.fixture
def shared_door(folder: Path, replicas: tuple[Server, Server]) -> Iterator[Nginx]:
    """nginx before two replicas; the third of the shipped upstream is down."""
    nginx = Nginx(folder, here(replicas[0].port, replicas[1].port, free_port()))
    yield nginx.start()
    nginx.stop()


@pytest.fixture
def door(folder: Path, server: Server) -> Iterator[Nginx]:
    """nginx before one process."""
    nginx = Nginx(folder, here(server.port))
    yield nginx.start()
    nginx.stop()


async def ask(
    door: Nginx, path: str, who: str = CUSTOMER, body: Any = None, **headers: str
) -> tuple[int, dict[str, str], str]:
    """GET, or POST of a body, by somebody at this address: status, headers, text."""
    method = "GET" if body is None else "POST"
    given = {"X-Test-Client": who, **headers}
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as http,
        http.request(method, door.url + path, json=body, headers=given) as answer,
    ):
        return answer.status, dict(answer.headers), await answer.text()


@pytest.mark.parametrize("count", [1, 3])
def test_nginx_takes_the_shipped_site(folder: Path, count: int) -> None:
    assert Nginx(folder, here(*(free_port() for _ in range(count)))).test() == ""


async def test_http_is_sent_to_https(door: Nginx) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"http://127.0.0.1:{door.http_port}/chat", allow_redirects=False) as answer,
    ):
        assert answer.status == 301
        assert answer.headers["Location"].startswith("https://")


async def test_a_chat_goes_on_when_its_replica_is_killed(
    shared_door: Nginx, replicas: tuple[Server, Server], llm: ScriptedLLM
) -> None:
    llm.reply_to = lambda body: Reply(LONG, token_seconds=0.05)
    async with shared_door.client("tow") as first:
        await first.say("How much can the X1 tow?")
        for _ in range(3):
            await first.until("token")
        (await serving_replica(replicas)).kill()
        with pytest.raises(websockets.ConnectionClosed):
            await first.until("complete")
    async with shared_door.client("tow", first.token) as second:
        await second.send(type="resume", after=0)
        complete = await second.until("complete", 40)
    assert complete["response"] == LONG


async def serving_replica(replicas: tuple[Server, Server]) -> Server:
    """The one that has the open socket, by its own metrics."""
    async with aiohttp.ClientSession() as http:
        for replica in replicas:
            async with http.get(f"{replica.url}/api/v1/metrics") as answer:
                text = await answer.text()
            for line in text.splitlines():
                if line.startswith("chat_sockets") and float(line.split()[-1]) > 0:
                    return replica
    raise AssertionError("no replica has a socket")


async def test_the_desk_s_socket_is_upgraded_too(door: Nginx) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    address = f"wss://127.0.0.1:{door.https_port}/ws/desk/live"
    async with websockets.connect(address, ssl=context) as connection:
        await asyncio.wait_for(connection.wait_closed(), 10)
    assert connection.close_code == 4401


async def test_metrics_stay_inside(door: Nginx) -> None:
    assert (await ask(door, "/api/v1/metrics"))[0] == 403
    assert (await ask(door, "/api/v1/metrics", who="2001:db8::7"))[0] == 403
    status, _, text = await ask(door, "/api/v1/metrics", who="10.1.2.3")
    assert status == 200
    assert "# TYPE" in text


async def test_an_address_is_believed_from_nginx_alone(
    shared_door: Nginx, replicas: tuple[Server, Server]
) -> None:
    """Four sign-ins a minute and address: who counts as whom shows in who is refused."""
    wrong = {"email": "nobody@dealer.test", "password": "not the password"}

    async def sign_in(who: str, claimed: str) -> int:
        path = "/api/v1/auth/login"
        return (await ask(shared_door, path, who=who, body=wrong, **{"X-Forwarded-For": claimed}))[
            0
        ]

    assert [await sign_in(CUSTOMER, f"203.0.113.{n}") for n in range(6)].count(429) == 2
    assert await sign_in("198.51.100.8", CUSTOMER) == 401
    async with aiohttp.ClientSession() as http:
        direct = []
        for n in range(6):
            claimed = {"X-Forwarded-For": f"203.0.113.{n}"}
            url = f"{replicas[0].url}/api/v1/auth/login"
            async with http.post(url, json=wrong, headers=claimed) as answer:
                direct.append(answer.status)
    assert direct.count(429) == 2


async def test_too_many_requests_are_told_as_the_product_tells_them(door: Nginx) -> None:
    wrong = {"email": "nobody@dealer.test", "password": "not the password"}
    answers = await asyncio.gather(
        *(ask(door, "/api/v1/auth/login", who="198.51.100.99", body=wrong) for _ in range(40))
    )
    limited = [answer for answer in answers if answer[0] == 429]
    assert len(limited) >= 20
    for _, headers, text in limited:
        assert orjson.loads(text)["error"] == "TooManyRequests"
        assert int(headers["Retry-After"]) >= 1
    health = await asyncio.gather(
        *(ask(door, "/health/live", who="198.51.100.99") for _ in range(60))
    )
    assert {answer[0] for answer in health} == {200}


async def test_headers_come_once_and_static_files_from_the_cache(door: Nginx) -> None:
    _, headers, page = await ask(door, "/chat?ticket=secret-word")
    assert headers["Strict-Transport-Security"].startswith("max-age=63072000")
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "nginx/" not in headers["Server"]
    style = page.split('rel="stylesheet" href="')[1].split('"')[0]
    for _ in range(2):
        assert (await ask(door, style))[0] == 200
    lines = [line for line in door.access_log.splitlines() if style in line]
    assert [line.endswith(" -") for line in lines] == [False, True]
    assert "secret-word" not in door.access_log


async def test_what_is_larger_than_a_document_is_refused_at_the_door(door: Nginx) -> None:
    assert (await ask(door, "/api/v1/chat", **{"Content-Length": str(51 * 1024 * 1024)}))[0] == 413
