"""timelines and open calls"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KNOWN = "outcome_known"


def upgrade() -> None:
    op.add_column(
        "turns",
        sa.Column(
            "timeline",
            postgresql.JSONB(astext_type=sa.Text()),
            comment="what each step took: names and numbers",
            nullable=True,
        ),
    )
    op.add_column(
        "messages", sa.Column("masking_ms", sa.Float(), comment="what masking took", nullable=True)
    )
    open_calls()
    op.execute(
        "update llm_calls set conversation_id ="
        " (select conversation_id from turns where turns.id = turn_id)"
    )


def open_calls() -> None:
    op.add_column("llm_calls", sa.Column("conversation_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_llm_calls_conversation_id_conversations"), "llm_calls", "conversations",
        ["conversation_id"], ["id"], ondelete="CASCADE",
    )  # fmt: skip
    op.create_index("ix_llm_calls_conversation_id", "llm_calls", ["conversation_id"])
    op.add_column(
        "llm_calls",
        sa.Column(
            "estimate_micros",
            sa.BigInteger(),
            comment="at most this, in millionths of a US dollar, reckoned before the call",
            nullable=True,
        ),
    )
    for column in ("turn_id", "epoch", "duration_ms"):
        op.alter_column("llm_calls", column, nullable=True)
    op.drop_constraint(op.f(f"ck_llm_calls_{KNOWN}"), "llm_calls", type_="check")
    op.create_check_constraint(
        KNOWN, "llm_calls", "outcome in ('open', 'ok', 'cancelled', 'failed', 'unknown')"
    )
    op.create_index(
        "ix_llm_calls_open", "llm_calls", ["created_at"],
        postgresql_where=sa.text("outcome = 'open'"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_llm_calls_open", table_name="llm_calls")
    op.execute("delete from llm_calls where turn_id is null or outcome in ('open', 'unknown')")
    op.drop_constraint(op.f(f"ck_llm_calls_{KNOWN}"), "llm_calls", type_="check")
    op.create_check_constraint(KNOWN, "llm_calls", "outcome in ('ok', 'cancelled', 'failed')")
    for column in ("turn_id", "epoch", "duration_ms"):
        op.alter_column("llm_calls", column, nullable=False)
    for column in ("estimate_micros", "conversation_id"):
        op.drop_column("llm_calls", column)
    op.drop_column("messages", "masking_ms")
    op.drop_column("turns", "timeline")
