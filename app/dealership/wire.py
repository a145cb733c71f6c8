"""What an external scheduler sends (docs/scheduler_api.md), checked to the letter.

Unknown fields are let pass, so that a scheduler may grow; a missing, mistyped or impossible value
is a ValueError, and the whole answer counts as none.
"""

import re
from dataclasses import fields
from datetime import date, time
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from agents.dealership import (
    Appointment,
    AppointmentState,
    Car,
    DoneService,
    OpenDay,
    Service,
    Slot,
)
from app.dealership.planning import MODEL_YEARS, MOST_CENTS, MOST_REASON


def _in_our_times(value: date) -> date:
    """A moment at the edge of the calendar could not even be converted to another zone."""
    if value.year not in MODEL_YEARS:
        raise ValueError("a date of no real year")
    return value


def _without_nul(value: str) -> str:
    """Our own store could not keep it."""
    if "\0" in value:
        raise ValueError("a NUL character")
    return value


Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_without_nul)]
Text = Annotated[str, Field(max_length=MOST_REASON), AfterValidator(_without_nul)]
Minutes = Annotated[int, Field(ge=1, le=1440)]
Cents = Annotated[int, Field(ge=0, le=MOST_CENTS)]
Miles = Annotated[int, Field(ge=0, le=2_000_000)]
Year = Annotated[int, Field(ge=1950, le=2100)]
Day = Annotated[date, AfterValidator(_in_our_times)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_our_times)]
# An id travels in paths, so it is kept to what no path takes for something else.
ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
Id = Annotated[str, Field(pattern=rf"^{ID.pattern}$")]
Several = Annotated[int, Field(ge=1, le=1_000_000)]


class Wire(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class WireCar(Wire):
    model: Name | None
    year: Year | None = None
    id: UUID | None = None
    mileage: Miles | None = None
    powertrain: Name | None = None
    bought_on: Day | None = None

    def value(self) -> Car:
        return Car(**taken(self, Car))


class WireService(Wire):
    code: Name
    names: dict[str, Name]
    minutes: Minutes
    prices: dict[str, Cents]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "USD"
    models: tuple[Name, ...] = ()
    every_miles: dict[str, Several] | None = None
    every_months: dict[str, Several] | None = None

    @model_validator(mode="after")
    def _named_in_english(self) -> "WireService":
        if "en" not in self.names:
            raise ValueError("a service has an English name")
        return self

    def value(self) -> Service:
        return Service(**taken(self, Service))


class WireDay(Wire):
    day: Day
    blocks: tuple[tuple[time, time], ...] = ()
    holiday: Name | None = None

    @model_validator(mode="after")
    def _forward(self) -> "WireDay":
        clocks = [clock for block in self.blocks for clock in block]
        if any(clock.tzinfo for clock in clocks) or clocks != sorted(clocks):
            raise ValueError("blocks are wall-clock times, in order, and do not overlap")
        return self

    def value(self) -> OpenDay:
        return OpenDay(self.day, self.blocks, self.holiday)


class WireSlot(Wire):
    start: Moment
    minutes: Minutes

    def value(self, zone: ZoneInfo) -> Slot:
        return Slot(self.start.astimezone(zone), self.minutes)


class WireAppointment(Wire):
    id: Id
    reference: Name
    service: Name
    start: Moment
    minutes: Minutes
    car: WireCar
    price: Cents | None
    state: AppointmentState
    reason: Text = ""

    def value(self, zone: ZoneInfo) -> Appointment:
        own = {"start": self.start.astimezone(zone), "car": self.car.value()}
        return Appointment(**{**taken(self, Appointment), **own})


class WireDone(Wire):
    service: Name
    day: Day
    mileage: Miles | None
    car: WireCar
    note: Text = ""

    def value(self) -> DoneService:
        return DoneService(**{**taken(self, DoneService), "car": self.car.value()})


class Services(Wire):
    services: Annotated[tuple[WireService, ...], Field(max_length=1000)]


class Days(Wire):
    days: Annotated[tuple[WireDay, ...], Field(max_length=92)]


class Slots(Wire):
    slots: Annotated[tuple[WireSlot, ...], Field(max_length=5000)]


class Cars(Wire):
    vehicles: Annotated[tuple[WireCar, ...], Field(max_length=100)]


class History(Wire):
    history: Annotated[tuple[WireDone, ...], Field(max_length=1000)]


class Appointments(Wire):
    appointments: Annotated[tuple[WireAppointment, ...], Field(max_length=1000)]


class Refusal(Wire):
    error: Name


def taken(wire: Wire, into: Any) -> dict[str, Any]:
    """The fields that the wire and the value have by the same name."""
    return {each.name: getattr(wire, each.name) for each in fields(into)}
