"""Conversations that a person answers: handoffs, notes on them, and what staff have learned."""

from datetime import datetime
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from agents.events import Escalation
from app.db.columns import known, moment, new_id, now
from rag.tables import Base


class Handoff(Base):
    """A conversation passed on to a person. While it is claimed, the assistant is silent."""

    __tablename__ = "handoffs"
    __table_args__ = (
        known("state", "open", "claimed", "resolved", "expired"),
        known("reason", *get_args(Escalation)),
        known("outcome", "solved", "callback", "no_reply", "not_ours", "returned"),
        CheckConstraint("priority between 1 and 4", name="priority_known"),
        CheckConstraint("rating between 1 and 5", name="rating_known"),
        Index(
            "uq_handoffs_one_at_a_time", "conversation_id", unique=True,
            postgresql_where=text("state in ('open', 'claimed')"),
        ),
        Index(
            "ix_handoffs_queue", "priority", "opened_at",
            postgresql_where=text("state in ('open', 'claimed')"),
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    reference: Mapped[str] = mapped_column(unique=True, comment="what the customer is told")
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    turn_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("turns.id", ondelete="SET NULL"), unique=True, comment="the turn that decided it"
    )
    state: Mapped[str] = mapped_column(server_default="open")
    reason: Mapped[str]
    priority: Mapped[int] = mapped_column(comment="1 is the most urgent")
    agent: Mapped[str | None]
    language: Mapped[str]
    confidence: Mapped[float | None]
    model: Mapped[str | None]
    year: Mapped[int | None]
    after_hours: Mapped[bool] = mapped_column(server_default="false")
    summary: Mapped[dict[str, Any]] = mapped_column(
        JSONB, comment="masked: text, question, tried, results, suggestion"
    )
    opened_at: Mapped[datetime] = moment(server_default=now)
    target_at: Mapped[datetime] = moment(comment="when somebody should have claimed it")
    snoozed_until: Mapped[datetime | None] = moment()
    assigned_to: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), comment="transferred to this person"
    )
    claimed_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), comment="null for a person in a help desk"
    )
    claimed_name: Mapped[str | None]
    claimed_at: Mapped[datetime | None] = moment()
    replied_at: Mapped[datetime | None] = moment(comment="the first reply")
    resolved_at: Mapped[datetime | None] = moment(index=True)
    outcome: Mapped[str | None]
    outcome_note: Mapped[str | None] = mapped_column(comment="masked: what was agreed")
    rating: Mapped[int | None]
    rating_comment: Mapped[str | None] = mapped_column(comment="masked")
    rated_at: Mapped[datetime | None] = moment()


class HandoffNote(Base):
    """What staff tell each other about a handoff; the customer never sees it."""

    __tablename__ = "handoff_notes"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    handoff_id: Mapped[UUID] = mapped_column(
        ForeignKey("handoffs.id", ondelete="CASCADE"), index=True
    )
    author: Mapped[str]
    text: Mapped[str] = mapped_column(comment="masked")
    created_at: Mapped[datetime] = moment(server_default=now)


class CannedReply(Base):
    """A reply that staff send again and again, found by its shortcut."""

    __tablename__ = "canned_replies"
    __table_args__ = (
        UniqueConstraint("shortcut", "language"),
        CheckConstraint("shortcut ~ '^[a-z0-9-]{1,30}$'", name="shortcut"),
        CheckConstraint("length(text) between 1 and 2000", name="text_length"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    shortcut: Mapped[str]
    language: Mapped[str]
    text: Mapped[str]
    created_at: Mapped[datetime] = moment(server_default=now)


class KnowledgeGap(Base):
    """An answer that staff found wrong: something the documents lack, or say badly."""

    __tablename__ = "knowledge_gaps"
    __table_args__ = (known("state", "open", "closed"),)

    message_id: Mapped[UUID] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[str] = mapped_column(server_default="open")
    note: Mapped[str] = mapped_column(comment="masked: what would have been right")
    reported_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = moment(server_default=now)
    closed_at: Mapped[datetime | None] = moment()
