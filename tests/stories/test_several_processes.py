"""API_WORKERS: several processes on one port, seen as one from outside."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

import psutil

from tests.fakes.llm import ScriptedLLM
from tests.figures import samples, total
from tests.server import Server

Start = Callable[..., Awaitable[Server]]
QUESTION = "How much can the X1 tow?"


def workers_of(server: Server) -> list[psutil.Process]:
    assert server.process is not None
    children = psutil.Process(server.process.pid).children()
    alive = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in alive if "spawn_main" in " ".join(child.cmdline())]


async def ask_each(server: Server, count: int) -> None:
    """Each over a socket of its own."""
    for number in range(count):
        async with server.client(f"several-{number}") as client:
            assert "2,000 kg" in (await client.ask(QUESTION))["response"]


async def test_two_processes_share_a_port_add_up_their_metrics_and_are_replaced_when_they_die(
    start_server: Start, llm: ScriptedLLM
) -> None:
    server = await start_server(API_WORKERS="2")
    first = workers_of(server)
    assert len(first) == 2
    await ask_each(server, 4)
    async with asyncio.timeout(10):
        while await total(server, "chat_turns_total", state="answered") < 4:
            await asyncio.sleep(0.1)
    assert not any("pid" in sample.labels for sample in await samples(server))

    os.kill(first[0].pid, signal.SIGKILL)
    async with asyncio.timeout(60):
        while len(set(workers_of(server)) - {first[0]}) < 2:
            await asyncio.sleep(0.1)
    await server.until_ready()
    await ask_each(server, 2)
    assert await total(server, "chat_turns_total", state="answered") == 6

    running = workers_of(server)
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(server.process.wait, 40)
    assert not any(worker.is_running() for worker in running)
