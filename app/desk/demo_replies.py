"""Canned replies of the demo dealership."""

from pathlib import Path

import yaml

from app.db.engine import Database

REPLIES = Path(__file__).with_suffix(".yaml")


async def seed_replies(database: Database) -> None:
    """Those that are not there yet."""
    given: dict[str, dict[str, str]] = yaml.safe_load(REPLIES.read_text("utf-8"))
    rows = [(name, *each) for name, texts in given.items() for each in texts.items()]
    async with database.connection() as db:
        await db.executemany(
            "insert into canned_replies (shortcut, language, text) values ($1, $2, $3)"
            " on conflict do nothing",
            rows,
        )
