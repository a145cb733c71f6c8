"""How long `/health` takes while others log in, upload manuals and chat."""

import asyncio
import statistics
import sys
import time
import uuid
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from itertools import cycle

import aiohttp

from app.accounts.logins import Logins
from app.accounts.tokens import Tokens
from app.accounts.users import Users
from app.db.engine import Database
from scripts.benchmarking.load import chats

PASSWORD = "a long enough password"
EDITOR = "editor@bench.test"
PAUSE = 0.02


async def create_editor(database_url: str) -> None:
    database = Database(database_url)
    users = Users(database, Logins(database, Tokens("x" * 40), 30, 7))
    await users.create(EDITOR, PASSWORD, "Eli", "editor", "benchmark")
    await database.close()


async def health_p99(port: int, customers: int = 50) -> float:
    """Milliseconds, over eight rounds of chats, with the noise of logins and uploads."""
    manuals = cycle([manual() for _ in range(20)])
    prober = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scripts.benchmarking.health", str(port), stdout=PIPE
    )
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
        noise = [
            asyncio.create_task(over_and_over(lambda: sign_in(http))),
            asyncio.create_task(over_and_over(lambda: upload(http, next(manuals)))),
        ]
        await chats(port, customers, 8, spread=1.1)
        prober.terminate()
        told, _ = await prober.communicate()
        for each in noise:
            each.cancel()
        for result in await asyncio.gather(*noise, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
    return statistics.quantiles([float(line) for line in told.split()], n=100)[98]


async def probe(port: int) -> None:
    """One wait after the other, in milliseconds, until terminated; in a process of its own, so
    that it does not wait for the load generator."""
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
        while True:
            sys.stdout.write(f"{await wait_for_health(http):.2f}\n")
            sys.stdout.flush()
            await asyncio.sleep(PAUSE)


async def over_and_over(work: Callable[[], Awaitable[object]]) -> None:
    while True:
        await work()


async def wait_for_health(http: aiohttp.ClientSession) -> float:
    begun = time.perf_counter()
    async with http.get("/health") as response:
        await response.read()
    return (time.perf_counter() - begun) * 1000


async def sign_in(http: aiohttp.ClientSession) -> str:
    body = {"email": EDITOR, "password": PASSWORD}
    async with http.post("/api/v1/auth/login", json=body) as response:
        response.raise_for_status()
        return str((await response.json())["access_token"])


def manual() -> bytes:
    """A document nobody has uploaded before, 100 kB long."""
    words = " ".join(f"word{n} {uuid.uuid4().hex[:6]}" for n in range(6000))
    return f"# Manual\n\n{words}".encode()


async def upload(http: aiohttp.ClientSession, content: bytes) -> None:
    """And wait a while, as people do."""
    headers = {"Authorization": f"Bearer {await sign_in(http)}"}
    form = aiohttp.FormData()
    form.add_field("file", content, filename=f"{uuid.uuid4().hex}.md")
    async with http.post("/api/v1/documents/upload", data=form, headers=headers) as response:
        response.raise_for_status()
    await asyncio.sleep(1)


if __name__ == "__main__":
    asyncio.run(probe(int(sys.argv[1])))
