"""cached answers"""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "cached_answers",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column(
            "basis", sa.Text(), nullable=False,
            comment="language, documents' version, prompts, model",
        ),
        sa.Column("vehicle", sa.Text(), nullable=False),
        sa.Column(
            "question", sa.Text(), nullable=False, comment="without personal data, by rule"
        ),
        sa.Column("embedding", HALFVEC(), nullable=False, comment="of the bundled model"),
        sa.Column("answer", JSONB(), nullable=False),
        sa.Column("knowledge", sa.Text(), nullable=False, comment="stamp of the documents"),
        sa.Column(
            "created_at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cached_answers")),
        sa.UniqueConstraint(
            "basis", "vehicle", "question", name=op.f("uq_cached_answers_basis_vehicle_question")
        ),
    )  # fmt: skip
    op.add_column(
        "knowledge_version",
        sa.Column(
            "stamp", sa.Text(), server_default=sa.text("gen_random_uuid()"), nullable=False,
            comment="new with every change; a version comes back when a backup is restored",
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_cached_answers_expires_at"), "cached_answers", ["expires_at"])


def downgrade() -> None:
    op.drop_column("knowledge_version", "stamp")
    op.drop_table("cached_answers")
