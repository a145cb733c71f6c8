"""The tables of the knowledge base. The vector index is made by `vectors.ensure_vector_index`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    UniqueConstraint,
    false,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, REGCONFIG, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

DOCUMENT_TYPES = ("manual", "spec", "guide", "faq", "troubleshoot")
CHUNKER_NAMES = ("recursive", "semantic", "markdown", "fixed")
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
# Written as PostgreSQL prints it back, so that `alembic check` sees no difference.
LEXEMES = "to_tsvector(search_config, ((COALESCE(heading, ''::text) || ' '::text) || text))"


def one_of(column: str, values: tuple[str, ...]) -> str:
    """The SQL condition that a text column holds one of these values."""
    return f"{column} in ({', '.join(repr(value) for value in values)})"


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can speak of them."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {str: Text, datetime: DateTime(timezone=True)}


class Document(Base):
    """One version of one ingested file; the version without `superseded_at` is the current one."""

    __tablename__ = "documents"
    __table_args__ = (
        CheckConstraint(one_of("type", DOCUMENT_TYPES), name="type"),
        CheckConstraint("version >= 1", name="version"),
        UniqueConstraint("source_name", "version"),
        Index(
            "uq_documents_content_hash_current",
            "content_hash",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index(
            "uq_documents_source_name_current",
            "source_name",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    title: Mapped[str]
    type: Mapped[str]
    model: Mapped[str | None]
    year: Mapped[int | None]
    market: Mapped[str | None]
    language: Mapped[str]
    source_name: Mapped[str]
    media_type: Mapped[str]
    content_hash: Mapped[str]
    version: Mapped[int]
    superseded_at: Mapped[datetime | None]
    pages: Mapped[int] = mapped_column(Integer)
    chunks: Mapped[int] = mapped_column(Integer)
    created_by: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DocumentEmbedding(Base):
    """A chunk: its text, its place, its vector. What filters need is copied from the document."""

    __tablename__ = "document_embeddings"
    __table_args__ = (
        UniqueConstraint("document_id", "ordinal"),
        Index(
            "ix_document_embeddings_lexemes",
            "lexemes",
            postgresql_using="gin",
            postgresql_where=text("current"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    text: Mapped[str]
    page: Mapped[int | None]
    heading: Mapped[str | None]
    type: Mapped[str]
    model: Mapped[str | None]
    year: Mapped[int | None]
    market: Mapped[str | None]
    language: Mapped[str]
    current: Mapped[bool] = mapped_column(server_default=true())
    search_config: Mapped[str] = mapped_column(REGCONFIG)
    lexemes: Mapped[Any] = mapped_column(TSVECTOR, Computed(LEXEMES, persisted=True))
    embedding: Mapped[Any] = mapped_column(HALFVEC())
    embedding_model: Mapped[str]


class IngestionJob(Base):
    """One upload waiting to be, being or having been ingested. The table is the queue."""

    __tablename__ = "ingestion_jobs"
    __table_args__ = (
        CheckConstraint(one_of("state", ("queued", "running", "done", "failed")), name="state"),
        CheckConstraint(one_of("chunker", CHUNKER_NAMES), name="chunker"),
        CheckConstraint("progress between 0 and 1", name="progress"),
        Index(
            "ix_ingestion_jobs_waiting",
            "created_at",
            postgresql_where=text("state = ANY (ARRAY['queued'::text, 'running'::text])"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    state: Mapped[str] = mapped_column(server_default="queued")
    source_name: Mapped[str]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    content_hash: Mapped[str]
    metadata_: Mapped[dict[str, Any] | None] = mapped_column("metadata", JSONB(none_as_null=True))
    chunker: Mapped[str | None]
    chunk_size: Mapped[int]
    chunk_overlap: Mapped[int]
    progress: Mapped[float] = mapped_column(Float, server_default="0")
    step: Mapped[str] = mapped_column(server_default="queued")
    chunks_done: Mapped[int] = mapped_column(server_default="0")
    chunks_total: Mapped[int | None]
    unchanged: Mapped[bool] = mapped_column(server_default=false())
    error: Mapped[str | None]
    document_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("documents.id", ondelete="SET NULL")
    )
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    created_by: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class KnowledgeVersion(Base):
    """One row, counted up in every transaction that changes documents; caches compare it."""

    __tablename__ = "knowledge_version"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigInteger)
    stamp: Mapped[str] = mapped_column(
        server_default=text("gen_random_uuid()"),
        comment="new with every change; a version comes back when a backup is restored",
    )
