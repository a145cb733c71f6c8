"""What a conversation shows besides words: cards, actions that wait for a yes, codes, messages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.columns import known, moment, new_id, now
from rag.tables import Base


class Card(Base):
    """A block in the transcript; every change of it is an event with a new `seq`."""

    __tablename__ = "cards"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        known("kind", "slots", "action", "code", "diagnosis", "appointments"),
        known("state", "open", "working", "confirmed", "declined", "expired", "replaced", "failed"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE")
    )
    turn_id: Mapped[UUID] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), index=True)
    seq: Mapped[int]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    content: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="what is shown, masked")
    expires_at: Mapped[datetime | None] = moment()
    created_at: Mapped[datetime] = moment(server_default=now)


class PendingAction(Base):
    """A write that waits for the customer's yes; its card's id is the key of the write."""

    __tablename__ = "pending_actions"
    __table_args__ = (
        known("kind", "book", "move", "cancel"),
        known("state", "open", "working", "done", "failed", "declined", "expired", "replaced"),
        Index(
            "uq_pending_actions_one_open", "conversation_id", unique=True,
            postgresql_where=text("state in ('open', 'working')"),
        ),
    )  # fmt: skip

    card_id: Mapped[UUID] = mapped_column(
        ForeignKey("cards.id", ondelete="CASCADE"), primary_key=True
    )
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE")
    )
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(LargeBinary, comment="of the details the card shows")
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    expires_at: Mapped[datetime] = moment()
    created_at: Mapped[datetime] = moment(server_default=now)
    begun_at: Mapped[datetime | None] = moment(comment="when the calendar was last asked to do it")
    settled_at: Mapped[datetime | None] = moment()


class IdentityCode(Base):
    """A one-time code that was sent; six digits, ten minutes, three tries."""

    __tablename__ = "identity_codes"
    __table_args__ = (known("channel", "email", "sms"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    channel: Mapped[str]
    contact: Mapped[str] = mapped_column(comment="the placeholder of the address or number")
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(server_default="0")
    expires_at: Mapped[datetime] = moment()
    used_at: Mapped[datetime | None] = moment()
    created_at: Mapped[datetime] = moment(server_default=now)


class OutboxMessage(Base):
    """An e-mail or text message owed to a customer, sealed until it is sent."""

    __tablename__ = "outbox_messages"
    __table_args__ = (
        known("channel", "email", "sms"),
        known("state", "queued", "sent", "failed"),
        Index(
            "ix_outbox_messages_due", "next_attempt_at", postgresql_where=text("state = 'queued'")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    key: Mapped[str] = mapped_column(unique=True, comment="what it is about, so it is owed once")
    channel: Mapped[str]
    purpose: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary, comment="address and text, encrypted")
    key_id: Mapped[str] = mapped_column(server_default="", comment="empty: from before rotation")
    customer_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    conversation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[str] = mapped_column(server_default="queued")
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime] = moment(server_default=now)
    sent_at: Mapped[datetime | None] = moment()
    created_at: Mapped[datetime] = moment(server_default=now)


class Contact(Base):
    """A proven address or number of a customer, encrypted, found again by its fingerprint."""

    __tablename__ = "contacts"
    __table_args__ = (
        known("channel", "email", "sms"),
        UniqueConstraint("channel", "fingerprint"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    channel: Mapped[str]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str]
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = moment(server_default=now)
