"""The product's tables on one page. Those of the documents stand in `rag.tables`, of the workshop,
of cards, keys, verdicts and shared answers in `app.db.*_models`: all are known from here."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import cache_models as cache_models
from app.db import card_models as card_models
from app.db import trust_models as trust_models
from app.db import workshop_models as workshop_models
from app.db.columns import known, moment, new_id, now
from rag.tables import Base

# Accounts


class User(Base):
    """An account. Its role is read from here at every request, never from a token."""

    __tablename__ = "users"
    __table_args__ = (known("role", "customer", "staff", "editor", "admin"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(server_default="customer")
    disabled_at: Mapped[datetime | None] = moment()
    failed_logins: Mapped[int] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None] = moment()
    created_at: Mapped[datetime] = moment(server_default=now)


class LoginSession(Base):
    """One login of one device: its refresh token rotates, an older one ends the login."""

    __tablename__ = "login_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    refresh_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime] = moment()
    ended_at: Mapped[datetime | None] = moment()
    created_at: Mapped[datetime] = moment(server_default=now)


class UsedTicket(Base):
    """A socket ticket that was redeemed; the primary key is what makes it one-use."""

    __tablename__ = "used_tickets"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = moment()


class SetupLink(Base):
    """The one-use link with which the first admin sets a password."""

    __tablename__ = "setup_links"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    created_at: Mapped[datetime] = moment(server_default=now)
    used_at: Mapped[datetime | None] = moment()


class AuditEntry(Base):
    """Who did what to which record; append-only (a trigger refuses change)."""

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(index=True)
    record: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    created_at: Mapped[datetime] = moment(server_default=now)


# Customers


class Customer(Base):
    """A customer of the dealership, with or without an account."""

    __tablename__ = "customers"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), unique=True
    )
    language: Mapped[str | None]
    erased_at: Mapped[datetime | None] = moment(comment="nobody any more; bookings keep the id")
    created_at: Mapped[datetime] = moment(server_default=now)


class Vehicle(Base):
    """A car of a customer; its VIN and plate are personal data and live in the vault."""

    __tablename__ = "vehicles"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    model: Mapped[str]
    year: Mapped[int] = mapped_column(CheckConstraint("year between 1950 and 2100", name="year"))
    mileage: Mapped[int | None] = mapped_column(
        CheckConstraint("mileage between 0 and 2000000", name="mileage"), comment="in miles"
    )
    mileage_on: Mapped[date | None] = mapped_column(comment="when the mileage was read")
    powertrain: Mapped[str | None] = mapped_column(
        known("powertrain", "petrol", "diesel", "hybrid", "electric")
    )
    bought_on: Mapped[date | None]
    created_at: Mapped[datetime] = moment(server_default=now)


# Conversations


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
    )

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
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE")
    )
    turn_id: Mapped[UUID] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), index=True)
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
    created_at: Mapped[datetime] = moment(server_default=now)


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
    """One call of a chat model: tokens as the provider counted them, and how long it took."""

    __tablename__ = "llm_calls"
    __table_args__ = (known("outcome", "ok", "cancelled", "failed"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    turn_id: Mapped[UUID] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), index=True)
    epoch: Mapped[int]
    purpose: Mapped[str]
    model: Mapped[str]
    outcome: Mapped[str]
    prompt_tokens: Mapped[int | None]
    completion_tokens: Mapped[int | None]
    first_token_ms: Mapped[int | None]
    duration_ms: Mapped[int]
    created_at: Mapped[datetime] = moment(server_default=now, index=True)
