"""keys and verdicts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    create_api_keys()
    create_verifications()
    op.add_column(
        "turns",
        sa.Column("screened", sa.Text(), comment="what rules heard and answered at once"),
    )
    op.execute(
        """
        create view detection_logs as
        select v.id, coalesce(v.response, m.text, '') as llm_response, v.context, v.action,
          v.tier as tier_used, v.method, v.confidence, v.took_ms as processing_time_ms,
          v.failure_class, v.severity, v.explanation, v.action = 'block' as blocked,
          v.created_at, v.request_id
        from verifications as v
        left join messages as m on m.turn_id = v.turn_id and m.author = 'assistant'
        """
    )


def create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "shown", sa.Text(), nullable=False, comment="its beginning, to tell keys apart"
        ),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", ARRAY(sa.Text()), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "replaces", sa.Uuid(), nullable=True, comment="the key it was rotated from"
        ),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.CheckConstraint("length(name) between 1 and 80", name=op.f("ck_api_keys_name_length")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_api_keys_created_by_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["replaces"], ["api_keys.id"], name=op.f("fk_api_keys_replaces_api_keys"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_keys_secret_hash")),
    )  # fmt: skip


def create_verifications() -> None:
    op.create_table(
        "verifications",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("turn_id", sa.Uuid(), nullable=True),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("response", sa.Text(), nullable=True, comment="as it was handed in, masked"),
        sa.Column("context", JSONB(), nullable=True, comment="masked"),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("failure_class", sa.Text(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("took_ms", sa.Float(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "(turn_id is null) <> (response is null)", name=op.f("ck_verifications_one_origin")
        ),
        sa.CheckConstraint(
            "action in ('allow', 'warn', 'block')", name=op.f("ck_verifications_action_known")
        ),
        sa.CheckConstraint("tier between 1 and 3", name=op.f("ck_verifications_tier_known")),
        sa.ForeignKeyConstraint(
            ["turn_id"], ["turns.id"], name=op.f("fk_verifications_turn_id_turns"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_keys.id"], name=op.f("fk_verifications_api_key_id_api_keys"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifications")),
    )  # fmt: skip
    op.create_index(op.f("ix_verifications_turn_id"), "verifications", ["turn_id"])
    op.create_index(op.f("ix_verifications_created_at"), "verifications", ["created_at"])


def downgrade() -> None:
    op.execute("drop view detection_logs")
    op.drop_column("turns", "screened")
    op.drop_table("verifications")
    op.drop_table("api_keys")
