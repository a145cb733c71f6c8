"""A customer's own appointments, and each of them as a calendar file."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from icalendar import Calendar, Event
from pydantic import BaseModel

from agents.booking_cards import car_words
from agents.dealership import Appointment, DealershipError
from app.errors import NotFound, Unavailable
from app.services import Services
from app.web.identity import AnyIdentity, ServicesDep

router = APIRouter(prefix="/api/v1/appointments", tags=["appointments"])


class CalendarUnavailable(Unavailable):
    """The workshop's calendar cannot be reached right now. Please try again in a moment."""


class OwnAppointment(BaseModel):
    """One booked appointment."""

    id: str
    reference: str
    service: str
    start: datetime
    minutes: int
    vehicle: str


@router.get("")
async def own_appointments(identity: AnyIdentity, services: ServicesDep) -> list[OwnAppointment]:
    """Booked and to come; of a guest those of whoever the guest has proven to be."""
    names = {each.code: each.name("en") for each in await services.dealership.services()}
    return [
        OwnAppointment(
            id=each.id,
            reference=each.reference,
            service=names.get(each.service, each.service),
            start=each.start,
            minutes=each.minutes,
            vehicle=car_words(each.car),
        )
        for each in await booked_by(identity, services)
    ]


@router.get("/{appointment_id}.ics")
async def calendar_file(
    appointment_id: Annotated[str, Path(max_length=60)],
    identity: AnyIdentity,
    services: ServicesDep,
) -> Response:
    """For the customer's own calendar. Raises NotFound, also for somebody else's."""
    for each in await booked_by(identity, services):
        if each.id == appointment_id:
            names = {s.code: s.name("en") for s in await services.dealership.services()}
            content = as_calendar(each, names.get(each.service, each.service), services)
            disposition = f'attachment; filename="{each.reference}.ics"'
            return Response(
                content, media_type="text/calendar", headers={"Content-Disposition": disposition}
            )
    raise NotFound


async def booked_by(identity: AnyIdentity, services: Services) -> list[Appointment]:
    """Raises CalendarUnavailable."""
    found: list[Appointment] = []
    try:
        for customer_id in await services.conversations.customers_of(identity.owner):
            found += await services.dealership.appointments(customer_id)
    except DealershipError as unreachable:
        raise CalendarUnavailable from unreachable
    return found


def as_calendar(appointment: Appointment, service: str, services: Services) -> bytes:
    settings, event = services.settings, Event()
    event.add("uid", f"{appointment.id}@{settings.dealership_name.replace(' ', '-').lower()}")
    event.add("summary", f"{service} ({settings.dealership_name})")
    event.add("dtstamp", datetime.now(UTC))
    event.add("dtstart", appointment.start.astimezone(UTC))
    event.add("dtend", appointment.end.astimezone(UTC))
    event.add("location", services.dealership.place)
    event.add("description", f"{appointment.reference}, {settings.dealership_phone}")
    calendar = Calendar()
    calendar.add("prodid", "-//GenAI Auto//chat//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
