"""Runs the migrations: on the connection handed in by `app.db.migrate`, or as SQL text."""

from alembic import context
from sqlalchemy import Connection

from app.db import models

target_metadata = models.Base.metadata


def include_name(name: str | None, kind: str, parents: object) -> bool:
    """The vector index belongs to the embedding model in use, not to the schema."""
    return not (
        kind == "index" and name is not None and name.startswith("ix_document_embeddings_hnsw_")
    )


def run(connection: Connection | None) -> None:
    context.configure(
        connection=connection,
        dialect_name=None if connection is not None else "postgresql",
        dialect_opts={"paramstyle": "named"},  # or the SQL text has every % twice
        target_metadata=target_metadata,
        include_name=include_name,
        compare_server_default=False,
        literal_binds=connection is None,
    )
    with context.begin_transaction():
        context.run_migrations()


run(None if context.is_offline_mode() else context.config.attributes["connection"])
