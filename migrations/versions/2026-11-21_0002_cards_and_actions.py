"""cards, pending actions, identity codes, messages to customers"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox_messages",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="what it is about, so it is owed once"),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column(
            "sealed", sa.LargeBinary(), nullable=False, comment="address and text, encrypted"
        ),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "next_attempt_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "channel in ('email', 'sms')", name=op.f("ck_outbox_messages_channel_known")
        ),
        sa.CheckConstraint(
            "state in ('queued', 'sent', 'failed')", name=op.f("ck_outbox_messages_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_messages_key")),
    )
    op.create_index(
        "ix_outbox_messages_due",
        "outbox_messages",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("channel in ('email', 'sms')", name=op.f("ck_contacts_channel_known")),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_contacts_customer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("channel", "fingerprint", name=op.f("uq_contacts_channel_fingerprint")),
    )
    op.create_index(op.f("ix_contacts_customer_id"), "contacts", ["customer_id"], unique=False)
    op.create_table(
        "identity_codes",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column(
            "contact", sa.Text(), nullable=False, comment="the placeholder of the address or number"
        ),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "channel in ('email', 'sms')", name=op.f("ck_identity_codes_channel_known")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_identity_codes_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_codes")),
    )
    op.create_index(
        op.f("ix_identity_codes_conversation_id"),
        "identity_codes",
        ["conversation_id"],
        unique=False,
    )
    op.create_table(
        "cards",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("turn_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column(
            "content",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="what is shown, masked",
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind in ('slots', 'action', 'code', 'diagnosis', 'appointments')",
            name=op.f("ck_cards_kind_known"),
        ),
        sa.CheckConstraint(
            "state in ('open', 'working', 'confirmed', 'declined', 'expired',"
            " 'replaced', 'failed')",
            name=op.f("ck_cards_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_cards_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["turn_id"], ["turns.id"], name=op.f("fk_cards_turn_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_cards_conversation_id_seq")),
    )
    op.create_index(op.f("ix_cards_turn_id"), "cards", ["turn_id"], unique=False)
    op.create_table(
        "pending_actions",
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "digest", sa.LargeBinary(), nullable=False, comment="of the details the card shows"
        ),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('book', 'move', 'cancel')", name=op.f("ck_pending_actions_kind_known")
        ),
        sa.CheckConstraint(
            "state in ('open', 'working', 'done', 'failed', 'declined', 'expired', 'replaced')",
            name=op.f("ck_pending_actions_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["card_id"], ["cards.id"], name=op.f("fk_pending_actions_card_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_pending_actions_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_pending_actions")),
    )
    op.create_index(
        "uq_pending_actions_one_open",
        "pending_actions",
        ["conversation_id"],
        unique=True,
        postgresql_where=sa.text("state in ('open', 'working')"),
    )
    op.add_column(
        "conversations",
        sa.Column(
            "thread",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="what the conversation is in the middle of",
        ),
    )
    op.add_column(
        "conversations",
        sa.Column(
            "proven_customer_id", sa.Uuid(), nullable=True, comment="a guest who proved who it is"
        ),
    )
    op.add_column(
        "conversations", sa.Column("proven_until", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_foreign_key(
        op.f("fk_conversations_proven_customer_id"),
        "conversations",
        "customers",
        ["proven_customer_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.add_column(
        "messages",
        sa.Column(
            "action",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="of a button pressed on a card: card_id, choice",
        ),
    )


def downgrade() -> None:
    op.drop_column("messages", "action")
    op.drop_constraint(
        op.f("fk_conversations_proven_customer_id"), "conversations", type_="foreignkey"
    )
    op.drop_column("conversations", "proven_until")
    op.drop_column("conversations", "proven_customer_id")
    op.drop_column("conversations", "thread")
    op.drop_index(
        "uq_pending_actions_one_open",
        table_name="pending_actions",
        postgresql_where=sa.text("state in ('open', 'working')"),
    )
    op.drop_table("pending_actions")
    op.drop_index(op.f("ix_cards_turn_id"), table_name="cards")
    op.drop_table("cards")
    op.drop_index(op.f("ix_identity_codes_conversation_id"), table_name="identity_codes")
    op.drop_table("identity_codes")
    op.drop_index(op.f("ix_contacts_customer_id"), table_name="contacts")
    op.drop_table("contacts")
    op.drop_index(
        "ix_outbox_messages_due",
        table_name="outbox_messages",
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.drop_table("outbox_messages")
