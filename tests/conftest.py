"""Real servers for the tests: a private PostgreSQL with a fresh migrated database per test."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.engine import Database
from app.db.migrate import migrate
from app.embedded.postgres import private_postgres
from app.embedded.redis import private_redis
from app.llm.embedders import BundledEmbedder

TEMPLATE = "genai_auto_template"


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A private server that ends with the test run."""
    with private_postgres(tmp_path_factory.mktemp("postgres")) as url:
        asyncio.run(make_template(url))
        yield url


def with_database(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


async def run_sql(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def make_template(url: str) -> None:
    await run_sql(url, f"create database {TEMPLATE}")
    database = Database(with_database(url, TEMPLATE))
    await migrate(database.engine)
    await database.close()


@pytest.fixture
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """A fresh database with the schema of the migrations, dropped after the test."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    await run_sql(postgres_url, f"create database {name} template {TEMPLATE}")
    yield with_database(postgres_url, name)
    await run_sql(postgres_url, f"drop database {name} with (force)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def engine(database: Database) -> AsyncEngine:
    return database.engine


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with private_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def model_files(pytestconfig: pytest.Config) -> Path:
    """Where the embedding graph is kept between runs; it is built once from packaged weights."""
    return pytestconfig.rootpath / "data" / "models"


@pytest.fixture(scope="session")
def embedder(model_files: Path) -> BundledEmbedder:
    return BundledEmbedder(model_files)
