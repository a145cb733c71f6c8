"""webhooks"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("clock_timestamp()")
NEW_ID = sa.text("gen_random_uuid()")
QUEUED = sa.text("state = 'queued'")


def upgrade() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), server_default=NEW_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("events", ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "options",
            JSONB(),
            server_default="{}",
            nullable=False,
            comment="of chatwoot: account_id, inbox_id",
        ),
        sa.Column("origin", sa.Text(), server_default="page", nullable=False),
        sa.Column(
            "sealed",
            sa.LargeBinary(),
            nullable=False,
            comment="encrypted: secret, former secret, token",
        ),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column(
            "secret_unread",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="minted at a start; an admin may read it once",
        ),
        sa.Column(
            "former_until", MOMENT, nullable=True, comment="the former secret signs until then"
        ),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("disabled_why", sa.Text(), nullable=True),
        sa.Column("last_success_at", MOMENT, nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "disabled_why in ('admin', 'gone', 'settings')",
            name=op.f("ck_webhook_endpoints_disabled_why_known"),
        ),
        sa.CheckConstraint(
            "format in ('generic', 'slack', 'teams', 'chatwoot')",
            name=op.f("ck_webhook_endpoints_format_known"),
        ),
        sa.CheckConstraint(
            "origin in ('page', 'settings')", name=op.f("ck_webhook_endpoints_origin_known")
        ),
        sa.CheckConstraint(
            "length(name) between 1 and 80", name=op.f("ck_webhook_endpoints_name_length")
        ),
        sa.CheckConstraint(
            "length(url) between 1 and 2000", name=op.f("ck_webhook_endpoints_url_length")
        ),
        sa.CheckConstraint(
            "enabled = (disabled_why is null)",
            name=op.f("ck_webhook_endpoints_reason_of_its_own"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["users.id"],
            name=op.f("fk_webhook_endpoints_created_by"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_index(
        "uq_webhook_endpoints_one_of_settings",
        "webhook_endpoints",
        ["origin"],
        unique=True,
        postgresql_where=sa.text("origin = 'settings'"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), server_default=NEW_ID, nullable=False),
        sa.Column(
            "number", sa.Integer(), sa.Identity(always=True), nullable=False, comment="order"
        ),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column(
            "body",
            sa.Text(),
            nullable=False,
            comment="what is signed, masked; empty once erased",
        ),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("handoff_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("dead_why", sa.Text(), nullable=True),
        sa.Column(
            "attempts",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="begun since it was queued",
        ),
        sa.Column("next_attempt_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("lease_until", MOMENT, nullable=True, comment="somebody is sending it"),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "dead_why in ('exhausted', 'gone', 'disabled', 'erased')",
            name=op.f("ck_deliveries_dead_why_known"),
        ),
        sa.CheckConstraint(
            "state in ('queued', 'delivered', 'dead')", name=op.f("ck_deliveries_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'dead') = (dead_why is not null)",
            name=op.f("ck_deliveries_reason_of_its_own"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_deliveries_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.id"],
            name=op.f("fk_deliveries_endpoint_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["handoff_id"],
            ["handoffs.id"],
            name=op.f("fk_deliveries_handoff_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("number", name=op.f("uq_deliveries_number")),
    )
    for column in ("endpoint_id", "conversation_id", "handoff_id", "created_at"):
        op.create_index(op.f(f"ix_deliveries_{column}"), "deliveries", [column])
    op.create_index(
        "ix_deliveries_undelivered",
        "deliveries",
        ["state"],
        postgresql_where=sa.text("state in ('queued', 'dead')"),
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["endpoint_id", "next_attempt_at"],
        postgresql_where=QUEUED,
    )
    op.create_index(
        "ix_deliveries_in_order", "deliveries", ["handoff_id", "number"], postgresql_where=QUEUED
    )
    op.create_table(
        "delivery_attempts",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True, comment="of HTTP; null without an answer"),
        sa.Column(
            "problem", sa.Text(), nullable=True, comment="kind of error; null when delivered"
        ),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_delivery_attempts_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempts")),
    )
    op.create_index(op.f("ix_delivery_attempts_delivery_id"), "delivery_attempts", ["delivery_id"])
    op.create_table(
        "received_webhooks",
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.id"],
            name=op.f("fk_received_webhooks_endpoint_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("endpoint_id", "webhook_id", name=op.f("pk_received_webhooks")),
    )
    op.create_index(op.f("ix_received_webhooks_received_at"), "received_webhooks", ["received_at"])


def downgrade() -> None:
    for table in (
        "received_webhooks", "delivery_attempts", "deliveries", "webhook_endpoints",
    ):  # fmt: skip
        op.drop_table(table)
