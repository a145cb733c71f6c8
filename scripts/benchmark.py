"""`make bench`: speed and size beside their goals. Ratios come from one run; see --help."""

import argparse
import asyncio
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from app.db.engine import Database
from app.db.migrate import migrate
from app.dealership.demo_data import seed_documents
from app.embedded.postgres import private_postgres
from app.embedded.redis import private_redis
from app.llm.embedders import BundledEmbedder
from app.privacy.recognizers import find
from rag.ingestion import Ingestion
from rag.vectors import ensure_vector_index
from scripts.benchmarking import health, retrieval
from scripts.benchmarking.load import chats, idle_sockets, redis_get, repeated
from scripts.benchmarking.processes import Running, pin, running
from tests.fakes.llm import Reply, ScriptedLLM
from tests.server import ROOT, free_port

# About forty tokens that begin with a sentence of the first passage: what a careful model says.
ANSWER = (
    "{quote} [1]. Please look at the placard on the driver's door, and ask the workshop when "
    "something about the car feels different from the last trip."
)
QUOTE = re.compile(r'<passage id="1"[^>]*>\n.*?([A-Z][a-z][^.|#\n]{30,110})\.\s', re.DOTALL)
ZERO = Reply(ANSWER)
PACED = Reply(ANSWER, first_token_seconds=0.3, token_seconds=0.02)
APP, REFERENCE = ["-m", "app.cli", "serve"], ["-m", "scripts.benchmarking.passthrough"]

Row = tuple[str, str, str, str]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="fewer customers, no 100k chunks")
    quick = options.parse_args().quick
    pin(os.getpid(), 1)
    rows: list[Row] = []
    with (
        TemporaryDirectory(prefix="genai-auto-bench-") as name,
        measured_servers(Path(name)) as environment,
    ):
        rows += start_rows(Path(name), environment)
        rows += chat_rows(Path(name), environment, quick)
        rows += retrieval_rows(environment["DATABASE_URL"], quick)
    print_table([*rows, *masking_rows()])


@contextmanager
def measured_servers(folder: Path) -> Iterator[dict[str, str]]:
    """A private store with the demo documents, Redis, and the scripted LLM; as environment."""
    models = ROOT / "data" / "models"
    llm = ScriptedLLM()
    with (
        private_postgres(folder / "postgres") as database_url,
        private_redis(folder / "redis") as redis_url,
        llm.serving_in_thread(),
    ):
        asyncio.run(prepare(database_url, models))
        (folder / "data").mkdir()
        (folder / "data" / "models").symlink_to(models)
        LLM["server"] = llm
        yield {
            "DATABASE_URL": database_url, "REDIS_URL": redis_url, "DATA_DIR": str(folder / "data"),
            "LLM_PROVIDER": "openai", "OPENAI_API_KEY": "sk-scripted", "LLM_MODEL": "scripted",
            "OPENAI_BASE_URL": llm.base_url, "DEMO_DATA": "false", "PYTHONPATH": str(ROOT),
            "RATE_LIMIT_MESSAGES": "1000000/minute", "RATE_LIMIT_ADDRESS": "1000000/minute",
            "RATE_LIMIT_MESSAGES_ADDRESS": "1000000/minute", "RATE_LIMIT_AUTH": "1000000/minute",
            "LOG_LEVEL": "WARNING",
        }  # fmt: skip


LLM: dict[str, ScriptedLLM] = {}


async def prepare(database_url: str, models: Path) -> None:
    database, embedder = Database(database_url), BundledEmbedder(models)
    await migrate(database.engine)
    await ensure_vector_index(database.engine, embedder)
    await seed_documents(Ingestion(database.engine, embedder), lambda *_: None)
    await database.close()


def script(reply: Reply) -> None:
    """Every call is answered with this reply, its first sentence taken from the prompt."""

    def reply_to(body: dict[str, Any]) -> Reply:
        found = QUOTE.search(body["messages"][-1]["content"])
        quote = found[1] if found else "The manual has a page on it"
        return replace(reply, text=reply.text.format(quote=quote))

    LLM["server"].reply_to = reply_to


def start_rows(folder: Path, environment: dict[str, str]) -> list[Row]:
    with running(APP, free_port(), environment, folder):
        pass
    with running(APP, free_port(), environment, folder) as server:
        return [("warm restart until ready", f"{server.started_in:.1f} s", "<= 6 s", "<= 3 s")]


def chat_rows(folder: Path, environment: dict[str, str], quick: bool) -> list[Row]:
    counts = (1, 10, 50) if quick else (1, 10, 50, 200)
    with running(REFERENCE, free_port(), environment, folder) as reference:
        raw = {n: first_token(reference, n) for n in counts}
    with running(APP, free_port(), environment, folder) as server:
        rows = [memory_idle_row(server)]
        rows += cpu_rows(server)
        rows.append(cached_row(server, environment["REDIS_URL"]))
        for n in counts:
            ours = first_token(server, n)
            floor, goal = ("1.5", "1.2") if n == 200 else ("1.08", "1.04")
            rows.append(
                (f"first token / raw pass-through, {n} chats",
                 f"{ours / raw[n]:.3f} ({ours * 1000:.0f} / {raw[n] * 1000:.0f} ms)",
                 f"<= {floor} x", f"<= {goal} x")
            )  # fmt: skip
        rows += memory_rows(server, rows[0])
    with running(APP, free_port(), environment, folder) as server:
        rows.append(health_row(server, environment["DATABASE_URL"]))
    return rows


def health_row(server: Running, database_url: str) -> Row:
    """In a process of its own, so that its uploads are in nobody else's figures."""
    script(PACED)
    asyncio.run(health.create_editor(database_url))
    asyncio.run(chats(server.port, 50, 2, spread=1.1))
    p99 = asyncio.run(health.health_p99(server.port))
    name = "/health p99 under logins, uploads and 50 chats"
    return (name, f"{p99:.0f} ms", "<= 30 ms", "<= 15 ms")


def first_token(server: Running, customers: int) -> float:
    """Median seconds to the first token, LLM at 300 ms and 20 ms a token."""
    script(PACED)
    turns = 8 if customers == 1 else 3
    timings = asyncio.run(chats(server.port, customers, turns, spread=1.1))
    assert timings.failed == 0, f"{timings.failed} turns failed"
    return timings.first_p50


def cached_row(server: Running, redis_url: str) -> Row:
    """A question somebody has asked before, LLM without delay; beside one look into Redis."""
    before = len(LLM["server"].requests)
    cached = asyncio.run(repeated(server.port, "How much can the 2025 X1 tow?", 60))
    assert len(LLM["server"].requests) - before <= 1
    ratio = cached / asyncio.run(redis_get(redis_url, 400))
    return (
        "cached answer / redis GET, p50",
        f"{ratio:.1f} ({cached * 1000:.1f} ms)",
        "<= 15 x",
        "<= 5 x",
    )


def memory_idle_row(server: Running) -> Row:
    return ("memory, idle", f"{server.memory_mb:.0f} MB", "<= 300 MB", "220 MB")


def cpu_rows(server: Running) -> list[Row]:
    """CPU of one process per answered turn, LLM without delay; and turn 50 beside turn 1."""
    script(ZERO)
    asyncio.run(chats(server.port, 5, 4))
    fresh = cpu_per_turn(server, customers=60, turns=1)
    usual = cpu_per_turn(server, customers=10, turns=20)
    long = cpu_per_turn_late(server)
    return [
        ("CPU per answered turn, no LLM delay", f"{usual:.1f} ms", "<= 9.5 ms", "<= 6 ms"),
        ("turn 50 / turn 1, CPU", f"{long / fresh:.2f} x", "<= 1.3 x", "<= 1.1 x"),
    ]


def cpu_per_turn(server: Running, customers: int, turns: int) -> float:
    before, calls = server.cpu_seconds, len(LLM["server"].requests)
    asyncio.run(chats(server.port, customers, turns))
    asked = len(LLM["server"].requests) - calls
    # A few are declined for want of a passage, without a call.
    assert asked >= 0.95 * customers * turns, f"{asked} calls for {customers * turns} turns"
    return (server.cpu_seconds - before) * 1000 / (customers * turns)


def cpu_per_turn_late(server: Running) -> float:
    """The turns from 50 on of six long conversations."""
    whole = cpu_per_turn(server, customers=6, turns=60) * 60
    first = cpu_per_turn(server, customers=6, turns=50) * 50
    return (whole - first) / 10


def memory_rows(server: Running, idle: Row) -> list[Row]:
    begun = float(idle[1].split()[0])
    after_chats = server.memory_mb

    async def with_sockets() -> float:
        sockets = await idle_sockets(server.port, 500)
        held = server.memory_mb
        for socket in sockets:
            await socket.close()
        return held

    per_socket = (asyncio.run(with_sockets()) - after_chats) * 1024 / 500
    return [
        ("memory per idle socket", f"{per_socket:.0f} KB", "<= 45 KB", "30 KB"),
        ("memory after all chats / idle", f"{after_chats / begun:.2f} x", "<= 1.3 x", "1.1 x"),
    ]


def retrieval_rows(database_url: str, quick: bool) -> list[Row]:
    rows: list[Row] = []

    async def measured(count: int) -> tuple[float, float]:
        database = Database(database_url)
        try:
            return await retrieval.measure(database.engine, count)
        finally:
            await database.close()

    for count in (10_000,) if quick else (10_000, 100_000):
        milliseconds, recall = asyncio.run(measured(count))
        rows.append(
            (f"hybrid search p50 / recall@10, {count // 1000}k chunks",
             f"{milliseconds:.1f} ms / {recall:.3f}", "<= 8 ms / 0.95", "<= 3 ms / 0.98")
        )  # fmt: skip
    return rows


def masking_rows() -> list[Row]:
    ordinary = "How much can the X1 tow with four people on board, in pounds? " * 17
    hostile = ["a." * 2000, "DE89 3704 0044 " * 266, "+1 555 0" * 500, "4111 " * 800, "A1" * 2000]
    per_kb = min(timed(lambda: find(ordinary)) for _ in range(20))
    worst = max(timed(lambda text=text: find(text[:4000])) for text in hostile)
    return [
        ("masking, per KB", f"{per_kb:.2f} ms", "<= 2 ms", "<= 1 ms"),
        ("worst 4,000-character message, masking", f"{worst:.0f} ms", "<= 200 ms", "<= 50 ms"),
    ]


def timed(work: object) -> float:
    begun = time.perf_counter()
    work()  # type: ignore[operator]
    return (time.perf_counter() - begun) * 1000


def print_table(rows: list[Row]) -> None:
    table = Table("what", "measured", "floor", "goal", title="GenAI Auto, one process on one core")
    for row in rows:
        table.add_row(*row)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
