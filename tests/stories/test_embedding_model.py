"""EMBEDDING_MODEL alone chooses the embedder; chunks of another model are a clear refusal."""

import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from app.db.engine import Database
from tests.fakes.llm import ScriptedLLM
from tests.server import ROOT, Server

Start = Callable[..., Awaitable[Server]]
NOMIC = {"EMBEDDING_MODEL": "nomic-ai/nomic-embed-text-v1.5", "EMBEDDING_DIMENSION": "768"}


def command(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments], cwd=server.folder, text=True,
        env={**server.environment, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=120,
    )  # fmt: skip


async def test_another_model_is_refused_until_the_chunks_are_embedded_again(
    start_server: Start, llm: ScriptedLLM, demo_url: str
) -> None:
    server = await start_server()
    server.stop()
    server.environment |= NOMIC
    with pytest.raises(AssertionError, match="reembed"):
        await server.start()

    done = command(server, "reembed")
    assert done.returncode == 0, done.stderr
    database = Database(demo_url)
    async with database.connection() as db:
        models = await db.fetch("select distinct embedding_model from document_embeddings")
    await database.close()
    assert [row[0] for row in models] == [NOMIC["EMBEDDING_MODEL"]]

    await server.start()
    async with server.client() as customer:
        answer = await customer.ask("How much can the X1 tow?")
    assert answer["metadata"]["sources"]
    assert any("input" in request for request in llm.requests)


async def test_a_folder_is_ingested_by_a_command_and_refusals_are_named(
    start_server: Start, tmp_path: Path
) -> None:
    server = await start_server()
    manuals = tmp_path / "manuals"
    manuals.mkdir()
    (manuals / "zeta.md").write_text("# Zeta\n\nThe Zeta fluxes at 88 miles per hour.\n")
    (manuals / "broken.pdf").write_bytes(b"no pdf")
    done = command(server, "ingest", str(manuals), "--model", "Zeta", "--year", "2031")
    assert done.returncode == 1
    assert "1 of 2 files" in done.stderr
    assert "broken.pdf" in done.stderr
