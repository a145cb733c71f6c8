"""the workshop"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bays",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bays")),
        sa.UniqueConstraint("name", name=op.f("uq_bays_name")),
    )
    op.create_table(
        "holidays",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=True, comment="empty: closed all day"),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_holidays")),
    )
    op.create_table(
        "opening_hours",
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int4range(weekday, weekday, '[]')"), "="),
            (sa.text("tsrange('2000-01-01'::date + opens, '2000-01-01'::date + closes)"), "&&"),
            using="gist",
            name="ex_opening_hours_block",
        ),
        sa.CheckConstraint(
            "opens < closes and closes < '24:00'", name=op.f("ck_opening_hours_forward")
        ),
        sa.CheckConstraint("weekday between 0 and 6", name=op.f("ck_opening_hours_weekday")),
        sa.PrimaryKeyConstraint("weekday", "opens", name=op.f("pk_opening_hours")),
    )
    op.create_table(
        "service_types",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "names", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="by language"
        ),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column(
            "prices", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("currency", sa.Text(), server_default="USD", nullable=False),
        sa.Column(
            "models",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="empty: all",
        ),
        sa.Column(
            "every_miles",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment='by "MODEL YEAR" or "MODEL"',
        ),
        sa.Column("every_months", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "position", sa.Integer(), server_default="0", nullable=False, comment="order in lists"
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_service_types_currency")),
        sa.CheckConstraint("jsonb_typeof(prices) = 'object'", name=op.f("ck_service_types_prices")),
        sa.CheckConstraint("names ->> 'en' is not null", name=op.f("ck_service_types_named")),
        sa.CheckConstraint("minutes between 1 and 1440", name=op.f("ck_service_types_minutes")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_service_types")),
    )
    op.create_table(
        "technicians",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("skills", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_technicians")),
    )
    op.create_table(
        "appointments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False, comment="what the customer is told"),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("service_code", sa.Text(), nullable=False),
        sa.Column("bay_id", sa.Integer(), nullable=False),
        sa.Column("technician_id", sa.Integer(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=True, comment="empty: quoted on the spot"),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False, comment="masked"),
        sa.Column("state", sa.Text(), server_default="booked", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        postgresql.ExcludeConstraint(
            (sa.text("during"), "&&"),
            (sa.text("int4range(bay_id, bay_id, '[]')"), "="),
            where=sa.text("state = 'booked'"),
            using="gist",
            name="ex_appointments_bay",
        ),
        postgresql.ExcludeConstraint(
            (sa.text("during"), "&&"),
            (sa.text("int4range(technician_id, technician_id, '[]')"), "="),
            where=sa.text("state = 'booked'"),
            using="gist",
            name="ex_appointments_technician",
        ),
        sa.CheckConstraint(
            "lower_inc(during) and not upper_inc(during) and not upper_inf(during)"
            " and upper(during) <= lower(during) + interval '24 hours'",
            name=op.f("ck_appointments_during"),
        ),
        sa.CheckConstraint(
            "reference ~ '^[A-Z]{2}-[0-9A-Z]{5}$'", name=op.f("ck_appointments_reference")
        ),
        sa.CheckConstraint(
            "state in ('booked', 'cancelled', 'done')", name=op.f("ck_appointments_state")
        ),
        sa.CheckConstraint("length(reason) <= 2000", name=op.f("ck_appointments_reason")),
        sa.CheckConstraint(
            "price_cents between 0 and 10000000", name=op.f("ck_appointments_price")
        ),
        sa.CheckConstraint("year between 1950 and 2100", name=op.f("ck_appointments_year")),
        sa.ForeignKeyConstraint(["bay_id"], ["bays.id"], name=op.f("fk_appointments_bay_id")),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_appointments_customer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["service_code"], ["service_types.code"], name=op.f("fk_appointments_service_code")
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technicians.id"], name=op.f("fk_appointments_technician_id")
        ),
        sa.ForeignKeyConstraint(
            ["vehicle_id"],
            ["vehicles.id"],
            name=op.f("fk_appointments_vehicle_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
        sa.UniqueConstraint("reference", name=op.f("uq_appointments_reference")),
    )
    op.create_index(
        op.f("ix_appointments_customer_id"), "appointments", ["customer_id"], unique=False
    )
    op.create_index(
        op.f("ix_appointments_vehicle_id"), "appointments", ["vehicle_id"], unique=False
    )
    op.create_table(
        "service_history",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("service_code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("mileage", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "mileage between 0 and 2000000", name=op.f("ck_service_history_mileage")
        ),
        sa.ForeignKeyConstraint(
            ["vehicle_id"],
            ["vehicles.id"],
            name=op.f("fk_service_history_vehicle_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_history")),
    )
    op.create_index(
        op.f("ix_service_history_vehicle_id"), "service_history", ["vehicle_id"], unique=False
    )
    op.create_table(
        "appointment_writes",
        sa.Column("key", sa.Text(), nullable=False, comment="the caller's"),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "action in ('book', 'move', 'cancel')", name=op.f("ck_appointment_writes_action")
        ),
        sa.CheckConstraint(
            "state in ('booked', 'cancelled', 'done')", name=op.f("ck_appointment_writes_state")
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name=op.f("fk_appointment_writes_appointment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_appointment_writes")),
    )
    op.create_index(
        op.f("ix_appointment_writes_appointment_id"),
        "appointment_writes",
        ["appointment_id"],
        unique=False,
    )
    op.add_column("vehicles", sa.Column("mileage", sa.Integer(), nullable=True, comment="in miles"))
    op.add_column(
        "vehicles",
        sa.Column("mileage_on", sa.Date(), nullable=True, comment="when the mileage was read"),
    )
    op.add_column("vehicles", sa.Column("powertrain", sa.Text(), nullable=True))
    op.add_column("vehicles", sa.Column("bought_on", sa.Date(), nullable=True))
    op.create_check_constraint(
        op.f("ck_vehicles_mileage"), "vehicles", "mileage between 0 and 2000000"
    )
    op.create_check_constraint(
        op.f("ck_vehicles_powertrain_known"),
        "vehicles",
        "powertrain in ('petrol', 'diesel', 'hybrid', 'electric')",
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_appointment_writes_appointment_id"), table_name="appointment_writes")
    op.drop_table("appointment_writes")
    op.drop_index(op.f("ix_service_history_vehicle_id"), table_name="service_history")
    op.drop_table("service_history")
    op.drop_index(op.f("ix_appointments_vehicle_id"), table_name="appointments")
    op.drop_index(op.f("ix_appointments_customer_id"), table_name="appointments")
    op.drop_table("appointments")
    op.drop_table("technicians")
    op.drop_table("service_types")
    op.drop_table("opening_hours")
    op.drop_table("holidays")
    op.drop_table("bays")
    op.drop_column("vehicles", "bought_on")
    op.drop_column("vehicles", "powertrain")
    op.drop_column("vehicles", "mileage_on")
    op.drop_column("vehicles", "mileage")
