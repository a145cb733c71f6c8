"""Writes `scripts/init_postgres.sql`, the schema of an empty database, from the migrations.

PostgreSQL's container runs the file on an empty volume. It ends with alembic's version, so the
product's start finds nothing to do; an older volume is brought up to date by that start alone.
"""

import re
from io import StringIO
from pathlib import Path

from alembic import command

from app.db.migrate import alembic_config

TARGET = Path(__file__).resolve().parent / "init_postgres.sql"
HEADER = """\
-- The schema of GenAI Auto with the pgvector extension, for an empty database.
-- Generated from migrations/ by `python -m scripts.write_init_sql`; change it there.

"""


def init_sql() -> str:
    """`alembic upgrade head --sql`: one transaction, the version stamp at its end."""
    config = alembic_config()
    config.output_buffer = written = StringIO()
    command.upgrade(config, "head", sql=True)
    return HEADER + re.sub(r"[ \t]+$", "", written.getvalue(), flags=re.M).strip() + "\n"


if __name__ == "__main__":
    TARGET.write_text(init_sql())
