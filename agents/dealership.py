"""What the brain asks of a dealership's workshop: one protocol, whoever keeps the calendar.

Times are aware and in the dealership's own zone. Money is in minor units (cents) of one currency.
Every write takes a key of the caller's: the same key again changes nothing and returns what the
first call did, so that a call whose outcome is unknown can be repeated or read back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

EVERY_MODEL = ""  # key of a price that holds for models without one of their own


@dataclass(frozen=True, slots=True)
class Service:
    """Work that can be booked. `prices` by model; none means that it is quoted on the spot."""

    code: str
    names: Mapping[str, str]
    minutes: int
    prices: Mapping[str, int]
    currency: str = "USD"
    models: tuple[str, ...] = ()  # empty: all
    every_miles: Mapping[str, int] | None = None  # by "MODEL YEAR" or "MODEL"
    every_months: Mapping[str, int] | None = None

    def name(self, language: str) -> str:
        return self.names.get(language, self.names["en"])

    def price(self, model: str | None) -> int | None:
        return self.prices.get(model or EVERY_MODEL, self.prices.get(EVERY_MODEL))


@dataclass(frozen=True, slots=True)
class Car:
    """A customer's car. `id` is None for one that was only named in the conversation."""

    model: str | None
    year: int | None = None
    id: UUID | None = None
    mileage: int | None = None
    powertrain: str | None = None
    bought_on: date | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at which a bay and a technician with the skill are free."""

    start: datetime
    minutes: int

    @property
    def end(self) -> datetime:
        return later(self.start, self.minutes)


@dataclass(frozen=True, slots=True)
class OpenDay:
    """One day of the workshop: its opening blocks (none: closed) and the holiday, if it is one."""

    day: date
    blocks: tuple[tuple[time, time], ...] = ()
    holiday: str | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """What is to be booked. `customer_id` comes from the server, never from a model."""

    customer_id: UUID
    service: str
    start: datetime
    car: Car
    price: int | None
    reason: str = ""


AppointmentState = Literal["booked", "cancelled", "done"]


@dataclass(frozen=True, slots=True)
class Appointment:
    """A booking as the calendar holds it. `reference` is what the customer is told."""

    id: str
    reference: str
    service: str
    start: datetime
    minutes: int
    car: Car
    price: int | None
    state: AppointmentState
    reason: str = ""

    @property
    def end(self) -> datetime:
        return later(self.start, self.minutes)

    def state_at(self, now: datetime) -> AppointmentState:
        """What is over and was not cancelled is done, whether or not anybody has noted it."""
        return "done" if self.state == "booked" and self.end <= now else self.state


def later(start: datetime, minutes: int) -> datetime:
    """So much real time later, also across a change of the clocks."""
    return (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(start.tzinfo)


@dataclass(frozen=True, slots=True)
class DoneService:
    """Work that was done on a customer's car."""

    service: str
    day: date
    mileage: int | None
    car: Car
    note: str = ""


class DealershipError(Exception):
    """A request the workshop refuses; `code` is a fixed word, for phrases and tests."""

    code = "refused"


class UnknownService(DealershipError):
    code = "unknown_service"


class SlotTaken(DealershipError):
    """No bay or technician is free at that time any more."""

    code = "slot_taken"


class OutsideHours(DealershipError):
    """The workshop is closed then, or the time has passed."""

    code = "outside_hours"


class UnknownAppointment(DealershipError):
    """Not there, not this customer's, or no longer booked."""

    code = "unknown_appointment"


class DealershipUnavailable(DealershipError):
    """The calendar cannot be reached; nothing was changed."""

    code = "unavailable"


class OutcomeUnknown(DealershipError):
    """The calendar did not answer in time: it may or may not have happened. Ask `outcome`."""

    code = "outcome_unknown"


class Dealership(Protocol):
    """The workshop. Every call raises DealershipUnavailable when it cannot be reached."""

    zone: ZoneInfo
    place: str  # where to come, in one line

    async def services(self) -> Sequence[Service]: ...

    async def open_days(self, first: date, last: date) -> list[OpenDay]:
        """Every day of the range, both ends included; at most 92 days."""
        ...

    async def free_slots(self, service: str, first: date, last: date) -> list[Slot]:
        """In order; on a grid of half hours; none in the past. Raises UnknownService."""
        ...

    async def cars(self, customer_id: UUID) -> list[Car]: ...

    async def history(self, customer_id: UUID) -> list[DoneService]:
        """Newest first."""
        ...

    async def appointments(self, customer_id: UUID) -> list[Appointment]:
        """Booked and in the future, in order."""
        ...

    async def all_appointments(self, customer_id: UUID) -> list[Appointment]:
        """Also those that have begun, are over or were cancelled: the newest hundred, in order."""
        ...

    async def book(self, booking: Booking, key: str) -> Appointment:
        """Raises SlotTaken, OutsideHours, UnknownService, OutcomeUnknown."""
        ...

    async def move(
        self, customer_id: UUID, appointment_id: str, start: datetime, key: str
    ) -> Appointment:
        """Raises UnknownAppointment, SlotTaken, OutsideHours, OutcomeUnknown."""
        ...

    async def cancel(self, customer_id: UUID, appointment_id: str, key: str) -> Appointment:
        """Raises UnknownAppointment, OutcomeUnknown."""
        ...

    async def outcome(self, key: str) -> Appointment | None:
        """What the write with this key did; None when it never happened."""
        ...
