"""What must be asked: the store, Redis, other servers, the disk. Nothing is changed by asking."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import redis.asyncio
from alembic.script import ScriptDirectory

from app.connections import redis_client
from app.db.engine import Connection, Database, DatabaseDown
from app.db.migrate import alembic_config
from app.doctor.findings import Finding, fix, good, look
from app.settings import Settings

SECONDS = 5.0
FREE_GB = 2.0
BACKUP_HOURS = 26
UNREACHED = (aiohttp.ClientError, TimeoutError, OSError, ValueError)
DEMO = "select exists (select from users where email like '%@demo.test')"
ADMIN = "select exists (select from users where role = 'admin' and disabled_at is null)"


async def check_surroundings(settings: Settings, backups: Path) -> list[Finding]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(SECONDS)) as http:
        found = await asyncio.gather(
            check_store(settings),
            check_redis(settings),
            check_model(settings, http),
            check_webhook(settings, http),
            check_public_address(settings, http),
        )
    return [*chain(*found), check_backups(backups), check_disk(settings.data_dir)]


async def check_store(settings: Settings) -> list[Finding]:
    if not settings.database_url:
        return []
    try:
        database = Database(settings.database_url, 2)
    except ValueError:
        return [fix("DATABASE_URL is no address of a database")]
    try:
        async with asyncio.timeout(SECONDS), database.connection() as db:
            return await look_into(db)
    except (DatabaseDown, TimeoutError):
        return [fix(f"PostgreSQL at {host_of(settings.database_url)} does not answer")]
    finally:
        await database.close()


async def look_into(db: Connection) -> list[Finding]:
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if not await db.fetchval("select to_regclass('alembic_version') is not null"):
        return [fix("PostgreSQL answers, but the schema is missing: start the product once")]
    version = await db.fetchval("select version_num from alembic_version")
    schema = (
        good(f"PostgreSQL answers, its schema is {version}")
        if version == head
        else fix(f"the schema is {version}, this version wants {head}: start the product once")
    )
    demo = await db.fetchval(DEMO)
    admin = await db.fetchval(ADMIN)
    return [
        schema,
        fix("demo accounts (@demo.test) exist: begin with an empty store") if demo
        else good("no demo accounts"),
        good("an admin exists") if admin
        else look("no admin yet: use the setup link that the start prints"),
    ]  # fmt: skip


async def check_redis(settings: Settings) -> list[Finding]:
    if not settings.redis_url:
        return []
    client = redis_client(settings.redis_url, socket_timeout=2.0)
    try:
        await client.ping()
    except redis.asyncio.RedisError as failed:
        where = host_of(settings.redis_url)
        return [fix(f"Redis at {where} does not answer ({type(failed).__name__})")]
    finally:
        await client.aclose()
    return [good("Redis answers")]


async def check_model(settings: Settings, http: aiohttp.ClientSession) -> list[Finding]:
    endpoint = settings.llm_endpoint
    if endpoint is None:
        return [look("no key of a language model: the offline model answers")]
    url, key = endpoint

    async def ask() -> Finding:
        headers = {"Authorization": f"Bearer {key}"}
        async with http.get(f"{url}/models", headers=headers) as answer:
            return await judge_model(settings.llm_model, host_of(url), answer)

    return [await or_unreached(f"the language model at {host_of(url)}", ask)]


async def judge_model(model: str, host: str, answer: aiohttp.ClientResponse) -> Finding:
    if answer.status in (401, 403):
        return fix(f"{host} refuses the key of the language model ({answer.status})")
    if answer.status != 200:
        return look(f"{host} answers {answer.status} to a look at its models")
    listed = {each["id"] for each in (await answer.json(content_type=None)).get("data", [])}
    if listed and model not in listed:
        return fix(f"{host} does not list LLM_MODEL {model}")
    return good(f"the language model {model} is there")


async def check_webhook(settings: Settings, http: aiohttp.ClientSession) -> list[Finding]:
    if settings.support_webhook is None:
        return [look("HUMAN_SUPPORT_WEBHOOK is empty: handoffs are seen at /desk alone")]
    url, _ = settings.support_webhook

    async def ask() -> Finding:
        async with http.head(url, allow_redirects=False) as answer:
            return good(f"HUMAN_SUPPORT_WEBHOOK: {host_of(url)} answers ({answer.status})")

    return [await or_unreached(f"HUMAN_SUPPORT_WEBHOOK at {host_of(url)}", ask)]


async def check_public_address(settings: Settings, http: aiohttp.ClientSession) -> list[Finding]:
    """Through the front door: certificate, proxy, and what must not be seen there."""
    if not settings.public_url:
        return []
    base = settings.public_url.rstrip("/")

    async def health() -> Finding:
        async with http.get(f"{base}/health") as answer:
            if answer.status == 200:
                return good(f"{host_of(base)} serves the product")
            return fix(f"{host_of(base)}/health answers {answer.status}")

    async def metrics() -> Finding:
        async with http.get(f"{base}/api/v1/metrics") as answer:
            if answer.status == 200:
                return look("/api/v1/metrics can be read from here; from outside it must be 403")
            return good("/api/v1/metrics is not public")

    served = await or_unreached(f"PUBLIC_URL {host_of(base)}", health)
    return [served] if served.mark == "fix" else [served, await or_unreached("metrics", metrics)]


async def or_unreached(what: str, ask: Callable[[], Awaitable[Finding]]) -> Finding:
    try:
        return await ask()
    except UNREACHED as failed:
        return fix(f"{what} cannot be reached ({type(failed).__name__})")


def check_backups(folder: Path) -> Finding:
    if not folder.is_dir():
        return look(f"no backups are seen in {folder}: run this where they lie, or say --backups")
    newest = max((f.stat().st_mtime for f in folder.glob("genai_auto_*.dump*")), default=0.0)
    hours = (time.time() - newest) / 3600
    if hours > BACKUP_HOURS:
        return fix(f"no backup in {folder} is younger than {BACKUP_HOURS} hours: scripts/backup")
    return good(f"the newest backup is {hours:.0f} hours old")


def check_disk(folder: Path) -> Finding:
    there = next(p for p in (folder.resolve(), *folder.resolve().parents) if p.exists())
    free = shutil.disk_usage(there).free / 1e9
    if free < FREE_GB:
        return fix(f"only {free:.1f} GB are free where DATA_DIR lies")
    return good(f"{free:.0f} GB are free where DATA_DIR lies")


def host_of(url: str) -> str:
    """Of an address: the host alone, never a name, password, path or token."""
    try:
        return urlsplit(url).hostname or "a socket file"
    except ValueError:
        return "an unreadable address"
