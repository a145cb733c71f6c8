"""begun actions"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "pending_actions",
        sa.Column(
            "begun_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the calendar was last asked to do it",
        ),
    )


def downgrade() -> None:
    op.drop_column("pending_actions", "begun_at")
