"""`python -m app.cli doctor`, as an operator runs it."""

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.conftest import run_sql
from tests.nginx import write_certificate
from tests.server import ROOT, free_port

ADMIN = """
insert into users (email, name, password_hash, role) values ('{email}', 'A', 'x', 'admin')
"""


@pytest.fixture
async def front_door(tmp_path: Path) -> AsyncIterator[str]:
    """Stands for nginx with the product behind it: https, health, no metrics; and a help desk."""

    async def health(request: web.Request) -> web.Response:
        return web.json_response({"status": "healthy"})

    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=403)

    app = web.Application()
    app.router.add_get("/health", health)
    app.router.add_get("/api/v1/metrics", refuse)
    write_certificate(tmp_path / "certificate.pem", tmp_path / "key.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "localhost", port, ssl_context=context).start()
    yield f"https://localhost:{port}"
    await runner.cleanup()


@pytest.fixture
def production(
    tmp_path: Path, database_url: str, redis_url: str, front_door: str
) -> dict[str, str]:
    """An environment in which nothing has to be fixed but the missing admin may be looked at."""
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "genai_auto_20261121_020000.dump").touch()
    return {
        "ENVIRONMENT": "production", "JWT_SECRET_KEY": "j" * 40, "ENCRYPTION_KEY": "e" * 44,
        "PUBLIC_URL": front_door, "DATABASE_URL": database_url, "REDIS_URL": redis_url,
        "LOG_LEVEL": "WARNING", "HUMAN_SUPPORT_WEBHOOK": f"{front_door}/handoffs",
        "BACKUP_DIR": str(tmp_path / "backups"), "DATA_DIR": str(tmp_path / "data"),
        "SSL_CERT_FILE": str(tmp_path / "certificate.pem"),
    }  # fmt: skip


async def doctor(folder: Path, **environment: str) -> tuple[int, str]:
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", "doctor", cwd=folder, env=given,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


def marked(said: str, sign: str) -> list[str]:
    return [line[6:] for line in said.splitlines() if line.startswith(sign)]


async def test_a_machine_in_order_passes(
    tmp_path: Path, production: dict[str, str], database_url: str
) -> None:
    await run_sql(database_url, ADMIN.format(email="ann@dealer.test"))
    code, said = await doctor(tmp_path, **production)
    assert marked(said, "FIX") == []
    assert code == 0
    assert len(marked(said, "ok")) >= 11
    assert any("model" in line for line in marked(said, "look"))
    assert any("firewall" in line for line in marked(said, "you"))


async def test_a_fresh_checkout_hears_everything_at_once(tmp_path: Path) -> None:
    code, said = await doctor(tmp_path)
    assert code == 1
    for name in ("ENVIRONMENT", "JWT_SECRET_KEY", "ENCRYPTION_KEY", "PUBLIC_URL", "DATABASE_URL"):
        assert any(name in line for line in marked(said, "FIX")), name


async def test_what_production_refuses_at_start_is_told_with_the_rest(
    tmp_path: Path, production: dict[str, str]
) -> None:
    code, said = await doctor(tmp_path, **{**production, "MASK_PII": "false", "PUBLIC_URL": ""})
    assert code == 1
    assert len(marked(said, "FIX")) == 2


async def test_what_does_not_answer_is_named_by_its_host_and_no_secret_is_shown(
    tmp_path: Path, production: dict[str, str]
) -> None:
    canary = "canary-5f1e"
    broken = {
        "DATABASE_URL": f"postgresql://genai:{canary}@127.0.0.1:1/genai",
        "REDIS_URL": f"redis://:{canary}@127.0.0.1:1",
        "OPENROUTER_API_KEY": f"sk-{canary}", "OPENROUTER_BASE_URL": "http://127.0.0.1:1/v1",
        "HUMAN_SUPPORT_WEBHOOK": f"http://127.0.0.1:1/hook?token={canary}",
        "JWT_SECRET_KEY": canary * 4, "ENCRYPTION_KEY": canary * 4,
    }  # fmt: skip
    code, said = await doctor(tmp_path, **{**production, **broken})
    assert code == 1
    for what in ("PostgreSQL at", "Redis at", "language model at", "HUMAN_SUPPORT_WEBHOOK at"):
        assert any(what in line and "127.0.0.1" in line for line in marked(said, "FIX")), what
    assert canary not in said


async def test_demo_accounts_an_older_schema_and_old_backups_must_be_seen_to(
    tmp_path: Path, production: dict[str, str], database_url: str
) -> None:
    await run_sql(database_url, ADMIN.format(email="staff@demo.test"))
    await run_sql(database_url, "update alembic_version set version_num = '0003'")
    os.utime(tmp_path / "backups" / "genai_auto_20261121_020000.dump", (0, 0))
    code, said = await doctor(tmp_path, **production)
    assert code == 1
    found = " ".join(marked(said, "FIX"))
    assert "demo accounts" in found
    assert "0003" in found
    assert "no backup" in found


async def test_a_certificate_that_nobody_trusts_is_seen(
    tmp_path: Path, production: dict[str, str]
) -> None:
    del production["SSL_CERT_FILE"]
    code, said = await doctor(tmp_path, **production)
    assert code == 1
    assert any("PUBLIC_URL localhost" in line for line in marked(said, "FIX"))
