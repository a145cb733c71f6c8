"""No database, no Redis, no key: the product starts its own, and survives its own death."""

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.fakes.llm import Reply, ScriptedLLM
from tests.server import Server

UNSURE = "my brother and the green stuff"  # the router asks the LLM what to make of it
PRIVATE = {"DATABASE_URL": "", "REDIS_URL": "", "LLM_PROVIDER": "auto"}


@pytest.fixture
def folder(model_files: Path) -> Path:
    """Not in pytest's own folder: the private server runs as another account."""
    from tempfile import mkdtemp

    made = Path(mkdtemp(prefix="genai-auto-test-"))
    (made / "data").mkdir()
    (made / "data" / "models").symlink_to(model_files)
    return made


def servers_in(folder: Path) -> list[psutil.Process]:
    """Private PostgreSQL and Redis processes of this folder."""
    found = []
    for process in psutil.process_iter(["name", "cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if process.info["name"] in ("postgres", "redis-server") and str(folder) in line:
            found.append(process)
    return found


async def test_private_servers_keep_the_data_through_stop_and_kill_and_end_with_the_app(
    folder: Path,
) -> None:
    server = await Server(folder, **PRIVATE).start()
    async with server.client("mine") as customer:
        token = customer.token
        await customer.ask("Hello")
    assert len(servers_in(folder)) == 2
    assert "First admin" in server.log

    assert server.stop(signal.SIGINT) in (0, 130, -signal.SIGINT)
    assert servers_in(folder) == []

    await server.start()
    server.kill()
    assert servers_in(folder), "after kill -9 the private servers run on"

    await server.start()
    async with server.client("mine", token) as customer:
        assert customer.session["seq"] == 2
        await customer.ask("Thanks")
    server.stop()
    assert servers_in(folder) == []


async def test_running_turn_of_a_killed_process_is_taken_at_once(
    folder: Path, llm: ScriptedLLM
) -> None:
    """Long before its lease of ten seconds runs out."""
    llm.reply_to = lambda body: Reply(fault="hang")
    endpoint = {"LLM_PROVIDER": "openai", "OPENAI_API_KEY": "sk-scripted"}
    server = Server(folder, **{**PRIVATE, **endpoint, "OPENAI_BASE_URL": llm.base_url})
    await server.start()
    async with server.client("mine") as customer:
        await customer.say(UNSURE)
        while not llm.requests:
            await asyncio.sleep(0.05)
        server.kill()
        token = customer.token
    llm.reset()
    await server.start()
    async with server.client("mine", token) as customer:
        await customer.send(type="resume", after=0)
        await customer.until("complete", 6)
    server.stop()


def test_secrets_are_private_to_the_account(folder: Path) -> None:
    from app.secret_values import minted_secret

    path = folder / "data" / "secrets" / "one"
    minted_secret(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert os.stat(path).st_uid == os.getuid()
