"""The migrations, the models and the file for an empty database say the same."""

import uuid
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.engine import Database
from app.db.migrate import migrate, schema_differences
from scripts.write_init_sql import TARGET, init_sql
from tests.conftest import run_sql, with_database

SCHEMA = """
select jsonb_agg(found order by found::text)
from (
    select 'column' as kind, table_name, column_name, udt_name, is_nullable, column_default
    from information_schema.columns where table_schema = 'public'
    union all select 'index', tablename, indexname, indexdef, '', '' from pg_indexes
    where schemaname = 'public'
    union all select 'constraint', conrelid::regclass::text, conname,
        pg_get_constraintdef(oid), '', ''
    from pg_constraint where connamespace = 'public'::regnamespace
) found
"""


@pytest.fixture
async def empty_url(postgres_url: str) -> AsyncIterator[str]:
    name = f"empty_{uuid.uuid4().hex[:12]}"
    await run_sql(postgres_url, f"create database {name} template template0")
    yield with_database(postgres_url, name)
    await run_sql(postgres_url, f"drop database {name} with (force)")


async def read(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_migrated_schema_equals_the_models(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(schema_differences)


def test_the_file_for_an_empty_database_is_written_from_the_migrations() -> None:
    assert TARGET.read_text() == init_sql(), "run: python -m scripts.write_init_sql"


async def test_migrations_find_nothing_to_do_after_that_file(
    empty_url: str, database_url: str
) -> None:
    await run_sql(empty_url, init_sql())
    before = await read(empty_url, "select xmin::text || version_num from alembic_version")
    database = Database(empty_url)
    await migrate(database.engine)
    await database.close()
    assert await read(empty_url, "select xmin::text || version_num from alembic_version") == before
    assert await read(empty_url, SCHEMA) == await read(database_url, SCHEMA)
