"""Accounts, customers and what belongs to them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.columns import known, moment, new_id, now
from rag.tables import Base


class User(Base):
    """An account. Its role is read from here at every request, never from a token."""

    __tablename__ = "users"
    __table_args__ = (known("role", "customer", "staff", "editor", "admin"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(server_default="customer")
    disabled_at: Mapped[datetime | None] = moment()
    failed_logins: Mapped[int] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None] = moment()
    created_at: Mapped[datetime] = moment(server_default=now)


class LoginSession(Base):
    """One login of one device: its refresh token rotates, an older one ends the login."""

    __tablename__ = "login_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    refresh_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime] = moment()
    ended_at: Mapped[datetime | None] = moment()
    created_at: Mapped[datetime] = moment(server_default=now)


class UsedTicket(Base):
    """A socket ticket that was redeemed; the primary key is what makes it one-use."""

    __tablename__ = "used_tickets"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = moment()


class SetupLink(Base):
    """The one-use link with which the first admin sets a password."""

    __tablename__ = "setup_links"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    created_at: Mapped[datetime] = moment(server_default=now)
    used_at: Mapped[datetime | None] = moment()


class AuditEntry(Base):
    """Who did what to which record; append-only (a trigger refuses change)."""

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(index=True)
    record: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    created_at: Mapped[datetime] = moment(server_default=now)


# Customers


class Customer(Base):
    """A customer of the dealership, with or without an account."""

    __tablename__ = "customers"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), unique=True
    )
    language: Mapped[str | None]
    erased_at: Mapped[datetime | None] = moment(comment="nobody any more; bookings keep the id")
    created_at: Mapped[datetime] = moment(server_default=now)


class Vehicle(Base):
    """A car of a customer; its VIN and plate are personal data and live in the vault."""

    __tablename__ = "vehicles"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=new_id)
    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    model: Mapped[str]
    year: Mapped[int] = mapped_column(CheckConstraint("year between 1950 and 2100", name="year"))
    mileage: Mapped[int | None] = mapped_column(
        CheckConstraint("mileage between 0 and 2000000", name="mileage"), comment="in miles"
    )
    mileage_on: Mapped[date | None] = mapped_column(comment="when the mileage was read")
    powertrain: Mapped[str | None] = mapped_column(
        known("powertrain", "petrol", "diesel", "hybrid", "electric")
    )
    bought_on: Mapped[date | None]
    created_at: Mapped[datetime] = moment(server_default=now)
