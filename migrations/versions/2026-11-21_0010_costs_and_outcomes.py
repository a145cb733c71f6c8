"""costs and outcomes"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "llm_calls",
        sa.Column(
            "agent", sa.Text(), comment="who worked on the turn then, or the router", nullable=True
        ),
    )
    op.add_column(
        "llm_calls",
        sa.Column(
            "cost_micros",
            sa.BigInteger(),
            comment="millionths of a US dollar; null: nobody knows",
            nullable=True,
        ),
    )
    op.add_column(
        "llm_calls",
        sa.Column(
            "price_version",
            sa.Text(),
            comment="the price list it was taken from",
            nullable=True,
        ),
    )
    op.add_column(
        "conversations",
        sa.Column(
            "judged_seq",
            sa.Integer(),
            server_default="0",
            comment="up to here its outcome has been counted",
            nullable=False,
        ),
    )
    op.execute("update conversations set judged_seq = last_seq")
    op.create_index(
        "ix_conversations_to_judge",
        "conversations",
        ["updated_at"],
        postgresql_where=sa.text("judged_seq < last_seq"),
    )


def downgrade() -> None:
    op.drop_index("ix_conversations_to_judge", table_name="conversations")
    op.drop_column("conversations", "judged_seq")
    op.drop_column("llm_calls", "price_version")
    op.drop_column("llm_calls", "cost_micros")
    op.drop_column("llm_calls", "agent")
