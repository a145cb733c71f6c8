"""The table of answers that may be shared between customers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.columns import moment, new_id, now
from rag.tables import Base


class CachedAnswer(Base):
    """An answer to a question that stands alone. Within one basis and vehicle there are few, so
    the nearest is found without a vector index, and exactly."""

    __tablename__ = "cached_answers"
    __table_args__ = (UniqueConstraint("basis", "vehicle", "question"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    basis: Mapped[str] = mapped_column(comment="language, documents' version, prompts, model")
    vehicle: Mapped[str]
    question: Mapped[str] = mapped_column(comment="without personal data, by rule")
    embedding: Mapped[Any] = mapped_column(HALFVEC(), comment="of the bundled model")
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    knowledge: Mapped[str] = mapped_column(comment="stamp of the documents")
    created_at: Mapped[datetime] = moment(server_default=now)
    expires_at: Mapped[datetime] = moment(index=True)
