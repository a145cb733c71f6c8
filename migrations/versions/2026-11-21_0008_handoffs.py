"""handoffs"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("shortcut", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "created_at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "shortcut ~ '^[a-z0-9-]{1,30}$'", name=op.f("ck_canned_replies_shortcut")
        ),
        sa.CheckConstraint(
            "length(text) between 1 and 2000", name=op.f("ck_canned_replies_text_length")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_replies")),
        sa.UniqueConstraint(
            "shortcut", "language", name=op.f("uq_canned_replies_shortcut_language")
        ),
    )
    op.create_table(
        "handoffs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False, comment="what the customer is told"),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("turn_id", sa.Uuid(), nullable=True, comment="the turn that decided it"),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False, comment="1 is the most urgent"),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("after_hours", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "summary",
            JSONB(),
            nullable=False,
            comment="masked: text, question, tried, results, suggestion",
        ),
        sa.Column("opened_at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column(
            "target_at", MOMENT, nullable=False, comment="when somebody should have claimed it"
        ),
        sa.Column("snoozed_until", MOMENT, nullable=True),
        sa.Column("assigned_to", sa.Uuid(), nullable=True, comment="transferred to this person"),
        sa.Column(
            "claimed_by", sa.Uuid(), nullable=True, comment="null for a person in a help desk"
        ),
        sa.Column("claimed_name", sa.Text(), nullable=True),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("replied_at", MOMENT, nullable=True, comment="the first reply"),
        sa.Column("resolved_at", MOMENT, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("outcome_note", sa.Text(), nullable=True, comment="masked: what was agreed"),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("rating_comment", sa.Text(), nullable=True, comment="masked"),
        sa.Column("rated_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "outcome in ('solved', 'callback', 'no_reply', 'not_ours', 'returned')",
            name=op.f("ck_handoffs_outcome_known"),
        ),
        sa.CheckConstraint(
            "reason in ('safety_concern', 'user_request', 'sensitive_topic', 'policy_block',"
            " 'tool_error', 'repeated_failure', 'low_confidence', 'complex_issue', 'budget',"
            " 'after_hours')",
            name=op.f("ck_handoffs_reason_known"),
        ),
        sa.CheckConstraint(
            "state in ('open', 'claimed', 'resolved', 'expired')",
            name=op.f("ck_handoffs_state_known"),
        ),
        sa.CheckConstraint("priority between 1 and 4", name=op.f("ck_handoffs_priority_known")),
        sa.CheckConstraint("rating between 1 and 5", name=op.f("ck_handoffs_rating_known")),
        sa.ForeignKeyConstraint(
            ["assigned_to"], ["users.id"], name=op.f("fk_handoffs_assigned_to"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["claimed_by"], ["users.id"], name=op.f("fk_handoffs_claimed_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_handoffs_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["turn_id"], ["turns.id"], name=op.f("fk_handoffs_turn_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoffs")),
        sa.UniqueConstraint("reference", name=op.f("uq_handoffs_reference")),
        sa.UniqueConstraint("turn_id", name=op.f("uq_handoffs_turn_id")),
    )
    op.create_index(
        op.f("ix_handoffs_conversation_id"), "handoffs", ["conversation_id"], unique=False
    )
    op.create_index(
        "ix_handoffs_queue",
        "handoffs",
        ["priority", "opened_at"],
        unique=False,
        postgresql_where=sa.text("state in ('open', 'claimed')"),
    )
    op.create_index(op.f("ix_handoffs_resolved_at"), "handoffs", ["resolved_at"], unique=False)
    op.create_index(
        "uq_handoffs_one_at_a_time",
        "handoffs",
        ["conversation_id"],
        unique=True,
        postgresql_where=sa.text("state in ('open', 'claimed')"),
    )
    op.create_table(
        "handoff_notes",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("handoff_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False, comment="masked"),
        sa.Column(
            "created_at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["handoff_id"],
            ["handoffs.id"],
            name=op.f("fk_handoff_notes_handoff_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoff_notes")),
    )
    op.create_index(
        op.f("ix_handoff_notes_handoff_id"), "handoff_notes", ["handoff_id"], unique=False
    )
    op.create_table(
        "knowledge_gaps",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("note", sa.Text(), nullable=False, comment="masked: what would have been right"),
        sa.Column("reported_by", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state in ('open', 'closed')", name=op.f("ck_knowledge_gaps_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
            name=op.f("fk_knowledge_gaps_message_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reported_by"],
            ["users.id"],
            name=op.f("fk_knowledge_gaps_reported_by"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_knowledge_gaps")),
    )
    op.add_column(
        "messages",
        sa.Column(
            "event",
            JSONB(),
            nullable=True,
            comment="of the system: type, reference, state, name; of staff: name",
        ),
    )
    op.alter_column(
        "messages",
        "turn_id",
        existing_type=sa.UUID(),
        nullable=True,
        comment="null for staff and system",
    )
    op.create_check_constraint(
        op.f("ck_messages_turn_of_its_own"),
        "messages",
        "(turn_id is null) = (author in ('staff', 'system'))",
    )


def downgrade() -> None:
    op.execute("delete from messages where turn_id is null")
    op.drop_constraint(op.f("ck_messages_turn_of_its_own"), "messages")
    op.alter_column("messages", "turn_id", nullable=False, comment=None)
    op.drop_column("messages", "event")
    for table in ("knowledge_gaps", "handoff_notes", "handoffs", "canned_replies"):
        op.drop_table(table)
