"""The workshop's tables: who and what does the work, when it is open, and what is booked.

Two appointments can share neither a bay nor a technician at the same time: two exclusion
constraints say so. A number becomes a range of one, because PostgreSQL's own range operators are
all that every server has; the time stands first, so that the same index finds a week's bookings.
"""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from rag.tables import Base, one_of

NOW = text("clock_timestamp()")
STATES = ("booked", "cancelled", "done")


def never_twice(table: str, resource: str) -> ExcludeConstraint:
    """No two booked rows of one bay, or of one technician, at overlapping times."""
    return ExcludeConstraint(
        (text("during"), "&&"),
        (text(f"int4range({resource}_id, {resource}_id, '[]')"), "="),
        using="gist",
        where=text("state = 'booked'"),
        name=f"ex_{table}_{resource}",
    )


class Bay(Base):
    """A place in the workshop where one car stands at a time."""

    __tablename__ = "bays"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Technician(Base):
    """Somebody who works on cars; does the services whose skill is among theirs."""

    __tablename__ = "technicians"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")


class ServiceType(Base):
    """Work that can be booked. Prices in minor units by model; "" is the price for every model."""

    __tablename__ = "service_types"
    __table_args__ = (
        CheckConstraint("names ->> 'en' is not null", name="named"),
        CheckConstraint("minutes between 1 and 1440", name="minutes"),
        CheckConstraint("jsonb_typeof(prices) = 'object'", name="prices"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]] = mapped_column(JSONB, comment="by language")
    minutes: Mapped[int]
    skill: Mapped[str]
    prices: Mapped[dict[str, int]] = mapped_column(JSONB, server_default="{}")
    currency: Mapped[str] = mapped_column(server_default="USD")
    models: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default="{}", comment="empty: all"
    )
    every_miles: Mapped[dict[str, int] | None] = mapped_column(
        JSONB(none_as_null=True), comment='by "MODEL YEAR" or "MODEL"'
    )
    every_months: Mapped[dict[str, int] | None] = mapped_column(JSONB(none_as_null=True))
    position: Mapped[int] = mapped_column(server_default="0", comment="order in lists")


class OpeningHours(Base):
    """One block of a weekday (0 is Monday), on the wall clock; blocks of a day never overlap."""

    __tablename__ = "opening_hours"
    __table_args__ = (
        PrimaryKeyConstraint("weekday", "opens"),
        CheckConstraint("weekday between 0 and 6", name="weekday"),
        CheckConstraint("opens < closes and closes < '24:00'", name="forward"),
        ExcludeConstraint(
            (text("int4range(weekday, weekday, '[]')"), "="),
            (text("tsrange('2000-01-01'::date + opens, '2000-01-01'::date + closes)"), "&&"),
            using="gist",
            name="ex_opening_hours_block",
        ),
    )

    weekday: Mapped[int]
    opens: Mapped[time]
    closes: Mapped[time]


class Holiday(Base):
    """A day on which the workshop is closed, or closes early."""

    __tablename__ = "holidays"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str]
    closes: Mapped[time | None] = mapped_column(comment="empty: closed all day")


class Appointment(Base):
    """A customer's booking. Price and length are those agreed on, whatever the list says later."""

    __tablename__ = "appointments"
    __table_args__ = (
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint("reference ~ '^[A-Z]{2}-[0-9A-Z]{5}$'", name="reference"),
        CheckConstraint("year between 1950 and 2100", name="year"),
        CheckConstraint("price_cents between 0 and 10000000", name="price"),
        CheckConstraint("length(reason) <= 2000", name="reason"),
        CheckConstraint(
            "lower_inc(during) and not upper_inc(during) and not upper_inf(during)"
            " and upper(during) <= lower(during) + interval '24 hours'",
            name="during",
        ),
        never_twice("appointments", "bay"),
        never_twice("appointments", "technician"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    reference: Mapped[str] = mapped_column(unique=True, comment="what the customer is told")
    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    vehicle_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("vehicles.id", ondelete="SET NULL"), index=True
    )
    model: Mapped[str | None]
    year: Mapped[int | None]
    service_code: Mapped[str] = mapped_column(ForeignKey("service_types.code"))
    bay_id: Mapped[int] = mapped_column(ForeignKey("bays.id"))
    technician_id: Mapped[int] = mapped_column(ForeignKey("technicians.id"))
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    price_cents: Mapped[int | None] = mapped_column(comment="empty: quoted on the spot")
    currency: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="", comment="masked")
    state: Mapped[str] = mapped_column(server_default="booked")
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)


class AppointmentWrite(Base):
    """What one booking, move or cancellation left: the same key again gets it, unchanged."""

    __tablename__ = "appointment_writes"
    __table_args__ = (
        CheckConstraint(one_of("action", ("book", "move", "cancel")), name="action"),
        CheckConstraint(one_of("state", STATES), name="state"),
    )

    key: Mapped[str] = mapped_column(primary_key=True, comment="the caller's")
    appointment_id: Mapped[UUID] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
    action: Mapped[str]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    state: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class DoneService(Base):
    """Work done on a car. Its code may be one that can no longer be booked."""

    __tablename__ = "service_history"
    __table_args__ = (CheckConstraint("mileage between 0 and 2000000", name="mileage"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    vehicle_id: Mapped[UUID] = mapped_column(
        ForeignKey("vehicles.id", ondelete="CASCADE"), index=True
    )
    service_code: Mapped[str]
    day: Mapped[date]
    mileage: Mapped[int | None]
    note: Mapped[str] = mapped_column(server_default="")
