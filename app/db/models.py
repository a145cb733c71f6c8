"""Conversations, their turns and messages. Other tables stand in `rag.tables` and, by subject, in
`app.db.*_models`: all are known from here."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import account_models as account_models
from app.db import cache_models as cache_models
from app.db import card_models as card_models
from app.db import handoff_models as handoff_models
from app.db import trust_models as trust_models
from app.db import webhook_models as webhook_models
from app.db import workshop_models as workshop_models
from app.db.columns import known, moment, new_id, now
from rag.tables import Base


class Guest(Base):
    """Somebody without an account; written with the first message, owner of its conversations."""

    __tablename__ = "guests"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), comment="set once, when the guest signs in"
    )
    erased_at: Mapped[datetime | None] = moment(comment="the guest's token holds no longer")
    created_at: Mapped[datetime] = moment(server_default=now)


class Conversation(Base):
    """All messages with one customer, or one guest, on one matter."""

    __tablename__ = "conversations"
    __table_args__ = (
        CheckConstraint("(customer_id is null) <> (guest_id is null)", name="one_owner"),
        UniqueConstraint("customer_id", "session_id"),
        UniqueConstraint("guest_id", "session_id"),
        CheckConstraint("length(session_id) between 1 and 100", name="session_id_length"),
        Index(
            "ix_conversations_to_judge", "updated_at",
            postgresql_where=text("judged_seq < last_seq"),
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    guest_id: Mapped[UUID | None] = mapped_column(ForeignKey("guests.id", ondelete="CASCADE"))
    session_id: Mapped[str] = mapped_column(comment="the client's own word for it")
    language: Mapped[str | None]
    model: Mapped[str | None] = mapped_column(comment="vehicle talked about")
    year: Mapped[int | None]
    thread: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, comment="what the conversation is in the middle of"
    )
    proven_customer_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("customers.id", ondelete="SET NULL"), comment="a guest who proved who it is"
    )
    proven_until: Mapped[datetime | None] = moment()
    placeholders: Mapped[dict[str, int]] = mapped_column(
        JSONB, server_default="{}", comment="numbers given so far, by kind"
    )
    last_seq: Mapped[int] = mapped_column(server_default="0")
    last_turn: Mapped[int] = mapped_column(server_default="0")
    judged_seq: Mapped[int] = mapped_column(
        server_default="0", comment="up to here its outcome has been counted"
    )
    created_at: Mapped[datetime] = moment(server_default=now)
    updated_at: Mapped[datetime] = moment(server_default=now)


class Turn(Base):
    """One customer message, or burst, and all that answers it."""

    __tablename__ = "turns"
    __table_args__ = (
        UniqueConstraint("conversation_id", "number"),
        known("state", "queued", "running", "answered", "relayed", "cancelled", "failed"),
        Index(
            "uq_turns_one_running", "conversation_id", unique=True,
            postgresql_where=text("state = 'running'"),
        ),
        Index(
            "uq_turns_one_queued", "conversation_id", unique=True,
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_turns_open", "lease_until",
            postgresql_where=text("state in ('queued', 'running')"),
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE")
    )
    number: Mapped[int]
    state: Mapped[str] = mapped_column(server_default="queued")
    epoch: Mapped[int] = mapped_column(server_default="0", comment="fences a lost lease")
    attempt: Mapped[int] = mapped_column(server_default="0", comment="starts so far")
    deaths: Mapped[int] = mapped_column(server_default="0", comment="processes lost over it")
    lease_until: Mapped[datetime] = moment(server_default=now)
    shown: Mapped[bool] = mapped_column(server_default="false", comment="text left the server")
    cancel_requested: Mapped[bool] = mapped_column(server_default="false")
    step: Mapped[str | None] = mapped_column(comment="last progress step, for other replicas")
    agent: Mapped[str | None]
    route_method: Mapped[str | None]
    route_certainty: Mapped[float | None]
    escalation: Mapped[str | None] = mapped_column(comment="why a person should answer")
    screened: Mapped[str | None] = mapped_column(comment="what rules heard and answered at once")
    timeline: Mapped[list[dict[str, Any]] | None] = mapped_column(
        JSONB, comment="what each step took: names and numbers"
    )
    created_at: Mapped[datetime] = moment(server_default=now)
    started_at: Mapped[datetime | None] = moment()
    first_token_at: Mapped[datetime | None] = moment()
    finished_at: Mapped[datetime | None] = moment()


class Message(Base):
    """One utterance, masked. Its `seq` is the conversation's order and the resume position."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        known("author", "customer", "assistant", "staff", "system"),
        Index(
            "uq_messages_client_message_id", "conversation_id", "client_message_id", unique=True,
            postgresql_where=text("client_message_id is not null"),
        ),
        Index(
            "uq_messages_one_answer", "turn_id", unique=True,
            postgresql_where=text("author = 'assistant'"),
        ),
        CheckConstraint(
            "(turn_id is null) = (author in ('staff', 'system'))", name="turn_of_its_own"
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE")
    )
    turn_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("turns.id", ondelete="CASCADE"), index=True, comment="null for staff and system"
    )
    seq: Mapped[int]
    author: Mapped[str]
    text: Mapped[str]
    client_message_id: Mapped[str | None]
    answer: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, comment="of an answer: agent, outcome, sources, follow_ups, notice"
    )
    action: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, comment="of a button pressed on a card: card_id, choice"
    )
    event: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, comment="of the system: type, reference, state, name; of staff: name"
    )
    created_at: Mapped[datetime] = moment(server_default=now)
    masking_ms: Mapped[float | None] = mapped_column(comment="what masking took")


class PersonalValue(Base):
    """The one place where raw personal data is kept: encrypted, named by its placeholder."""

    __tablename__ = "personal_values"
    __table_args__ = (
        UniqueConstraint("conversation_id", "placeholder"),
        UniqueConstraint("conversation_id", "kind", "fingerprint"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE")
    )
    kind: Mapped[str]
    placeholder: Mapped[str]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary, comment="keyed hash of the value")
    key_id: Mapped[str]
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = moment(server_default=now)


class Feedback(Base):
    """A thumb on an answer, with a reason; editable by the customer."""

    __tablename__ = "feedback"
    __table_args__ = (known("rating", "up", "down"),)

    message_id: Mapped[UUID] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    rating: Mapped[str]
    reason: Mapped[str | None]
    comment: Mapped[str | None] = mapped_column(comment="masked")
    created_at: Mapped[datetime] = moment(server_default=now)


class LlmCall(Base):
    """One call of a chat model: tokens as the provider counted them, what they cost, how long it
    took."""

    __tablename__ = "llm_calls"
    __table_args__ = (
        known("outcome", "open", "ok", "cancelled", "failed", "unknown"),
        Index("ix_llm_calls_open", "created_at", postgresql_where=text("outcome = 'open'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    turn_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("turns.id", ondelete="CASCADE"), index=True
    )
    conversation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    epoch: Mapped[int | None]
    purpose: Mapped[str]
    model: Mapped[str]
    outcome: Mapped[str]
    prompt_tokens: Mapped[int | None]
    completion_tokens: Mapped[int | None]
    first_token_ms: Mapped[int | None]
    duration_ms: Mapped[int | None]
    agent: Mapped[str | None] = mapped_column(comment="who worked on the turn then, or the router")
    cost_micros: Mapped[int | None] = mapped_column(
        BigInteger, comment="millionths of a US dollar; null: nobody knows"
    )
    estimate_micros: Mapped[int | None] = mapped_column(
        BigInteger, comment="at most this, in millionths of a US dollar, reckoned before the call"
    )
    price_version: Mapped[str | None] = mapped_column(comment="the price list it was taken from")
    created_at: Mapped[datetime] = moment(server_default=now, index=True)
