"""rights over data"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBERS_GIVEN = """
update conversations as c set placeholders = given.numbers from (
  select conversation_id, jsonb_object_agg(kind, number) as numbers from (
    select conversation_id, kind, count(*) as number from personal_values group by 1, 2) as counted
  group by conversation_id) as given
where c.id = given.conversation_id
"""
CODES = """
update outbox_messages as o set conversation_id = i.conversation_id
from identity_codes as i where o.key = 'code:' || i.id
"""
REMINDERS = """
update outbox_messages as o set customer_id = a.customer_id
from appointments as a where o.purpose = 'reminder' and split_part(o.key, ':', 2) = a.id::text
"""


def erased_at(table: str, comment: str) -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column(table, sa.Column("erased_at", moment, nullable=True, comment=comment))


def upgrade() -> None:
    erased_at("customers", "nobody any more; bookings keep the id")
    erased_at("guests", "the guest's token holds no longer")
    op.add_column(
        "conversations",
        sa.Column(
            "placeholders", JSONB, server_default="{}", nullable=False,
            comment="numbers given so far, by kind",
        ),
    )  # fmt: skip
    op.add_column(
        "outbox_messages",
        sa.Column(
            "key_id", sa.Text(), server_default="", nullable=False,
            comment="empty: from before rotation",
        ),
    )  # fmt: skip
    for column, table in (("customer_id", "customers"), ("conversation_id", "conversations")):
        op.add_column("outbox_messages", sa.Column(column, sa.Uuid(), nullable=True))
        op.create_index(f"ix_outbox_messages_{column}", "outbox_messages", [column])
        op.create_foreign_key(
            f"fk_outbox_messages_{column}_{table}", "outbox_messages", table, [column], ["id"],
            ondelete="CASCADE",
        )  # fmt: skip
    for statement in (NUMBERS_GIVEN, CODES, REMINDERS):
        op.execute(statement)


def downgrade() -> None:
    for column in ("conversation_id", "customer_id", "key_id"):
        op.drop_column("outbox_messages", column)
    op.drop_column("conversations", "placeholders")
    op.drop_column("guests", "erased_at")
    op.drop_column("customers", "erased_at")
