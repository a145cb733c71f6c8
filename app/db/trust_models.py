"""The tables of what others may call and of what verification has said."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.db.columns import known, moment, new_id, now
from rag.tables import Base


class ApiKey(Base):
    """What a dealer's system calls the API with. Only a hash of it is kept."""

    __tablename__ = "api_keys"
    __table_args__ = (CheckConstraint("length(name) between 1 and 80", name="name_length"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    name: Mapped[str]
    shown: Mapped[str] = mapped_column(comment="its beginning, to tell keys apart")
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    replaces: Mapped[UUID | None] = mapped_column(
        ForeignKey("api_keys.id", ondelete="SET NULL"), comment="the key it was rotated from"
    )
    created_at: Mapped[datetime] = moment(server_default=now)
    last_used_at: Mapped[datetime | None] = moment()
    expires_at: Mapped[datetime | None] = moment()
    revoked_at: Mapped[datetime | None] = moment()


class Verification(Base):
    """What verification said of one attempt at an answer, or of a response handed in."""

    __tablename__ = "verifications"
    __table_args__ = (
        CheckConstraint("(turn_id is null) <> (response is null)", name="one_origin"),
        known("action", "allow", "warn", "block"),
        CheckConstraint("tier between 1 and 3", name="tier_known"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    turn_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("turns.id", ondelete="CASCADE"), index=True
    )
    api_key_id: Mapped[UUID | None] = mapped_column(ForeignKey("api_keys.id", ondelete="SET NULL"))
    request_id: Mapped[str | None]
    response: Mapped[str | None] = mapped_column(comment="as it was handed in, masked")
    context: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="masked")
    action: Mapped[str]
    tier: Mapped[int]
    method: Mapped[str]
    confidence: Mapped[float]
    failure_class: Mapped[str | None]
    severity: Mapped[str | None]
    explanation: Mapped[str]
    took_ms: Mapped[float]
    created_at: Mapped[datetime] = moment(server_default=now, index=True)
