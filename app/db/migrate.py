"""Brings the schema up to date at start, under an advisory lock, so replicas may start together."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

ROOT = Path(__file__).resolve().parents[2]
LOCK = 7_230_518


def alembic_config(connection: Connection | None = None) -> Config:
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["connection"] = connection
    return config


async def migrate(engine: AsyncEngine) -> None:
    """Apply every migration that is missing. Waits while another process does the same."""
    async with engine.begin() as connection:
        await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        await connection.execute(text("set local statement_timeout = 0"))
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))


def schema_differences(connection: Connection) -> None:
    """Raises alembic's error when the models and the migrated schema differ."""
    command.check(alembic_config(connection))
