"""Webhooks: who receives them, what is owed, how often it was tried, what was received."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.db.columns import known, moment, new_id, now
from rag.tables import Base


class WebhookEndpoint(Base):
    """A system of the dealer's that is told of events."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        known("format", "generic", "slack", "teams", "chatwoot"),
        known("origin", "page", "settings"),
        known("disabled_why", "admin", "gone", "settings"),
        CheckConstraint("length(name) between 1 and 80", name="name_length"),
        CheckConstraint("length(url) between 1 and 2000", name="url_length"),
        CheckConstraint("enabled = (disabled_why is null)", name="reason_of_its_own"),
        Index(
            "uq_webhook_endpoints_one_of_settings", "origin", unique=True,
            postgresql_where=text("origin = 'settings'"),
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    name: Mapped[str]
    url: Mapped[str]
    format: Mapped[str]
    events: Mapped[list[str]] = mapped_column(ARRAY(Text))
    options: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default="{}", comment="of chatwoot: account_id, inbox_id"
    )
    origin: Mapped[str] = mapped_column(server_default="page")
    sealed: Mapped[bytes] = mapped_column(
        LargeBinary, comment="encrypted: secret, former secret, token"
    )
    key_id: Mapped[str]
    secret_unread: Mapped[bool] = mapped_column(
        server_default="false", comment="minted at a start; an admin may read it once"
    )
    former_until: Mapped[datetime | None] = moment(comment="the former secret signs until then")
    enabled: Mapped[bool] = mapped_column(server_default="true")
    disabled_why: Mapped[str | None]
    last_success_at: Mapped[datetime | None] = moment()
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = moment(server_default=now)


class Delivery(Base):
    """One webhook owed to one endpoint. Its id is the `webhook-id` of every attempt."""

    __tablename__ = "deliveries"
    __table_args__ = (
        known("state", "queued", "delivered", "dead"),
        known("dead_why", "exhausted", "gone", "disabled", "erased"),
        CheckConstraint("(state = 'dead') = (dead_why is not null)", name="reason_of_its_own"),
        Index(
            "ix_deliveries_due", "endpoint_id", "next_attempt_at",
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_deliveries_in_order", "handoff_id", "number",
            postgresql_where=text("state = 'queued'"),
        ),
        Index("ix_deliveries_created_at", "created_at"),
        Index(
            "ix_deliveries_undelivered", "state",
            postgresql_where=text("state in ('queued', 'dead')"),
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    number: Mapped[int] = mapped_column(Identity(always=True), unique=True, comment="order")
    endpoint_id: Mapped[UUID] = mapped_column(
        ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), index=True
    )
    type: Mapped[str]
    body: Mapped[str] = mapped_column(comment="what is signed, masked; empty once erased")
    conversation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    handoff_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("handoffs.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[str] = mapped_column(server_default="queued")
    dead_why: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default="0", comment="begun since it was queued")
    next_attempt_at: Mapped[datetime] = moment(server_default=now)
    lease_until: Mapped[datetime | None] = moment(comment="somebody is sending it")
    delivered_at: Mapped[datetime | None] = moment()
    created_at: Mapped[datetime] = moment(server_default=now)


class DeliveryAttempt(Base):
    """One request, or one reason why none was made."""

    __tablename__ = "delivery_attempts"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(
        ForeignKey("deliveries.id", ondelete="CASCADE"), index=True
    )
    status: Mapped[int | None] = mapped_column(comment="of HTTP; null without an answer")
    problem: Mapped[str | None] = mapped_column(comment="kind of error; null when delivered")
    took_ms: Mapped[int]
    created_at: Mapped[datetime] = moment(server_default=now)


class ReceivedWebhook(Base):
    """A signed call that was let in; its id is let in once."""

    __tablename__ = "received_webhooks"

    endpoint_id: Mapped[UUID] = mapped_column(
        ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), primary_key=True
    )
    webhook_id: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = moment(server_default=now, index=True)
