"""A customer's own appointments, and each of them as a calendar file."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from icalendar import Calendar, Event
from pydantic import BaseModel

from agents.booking_cards import car_words
from agents.dealership import Appointment, AppointmentState, DealershipError
from app.accounts.identity import Identity
from app.errors import NotFound
from app.rights.export import CalendarUnavailable
from app.services import Services
from app.web.identity import AnyIdentity, ServicesDep
from app.web.pages import chosen_language

router = APIRouter(prefix="/api/v1/appointments", tags=["appointments"])


class OwnAppointment(BaseModel):
    """One appointment, in the reader's language. `done`: over, and not cancelled."""

    id: str
    reference: str
    service: str
    start: datetime
    end: datetime
    minutes: int
    vehicle: str
    state: AppointmentState


@router.get("")
async def own_appointments(
    request: Request, identity: AnyIdentity, services: ServicesDep
) -> list[OwnAppointment]:
    """To come, over and cancelled; of a guest those of whoever the guest has proven to be."""
    found, names = await appointments_of(identity, services), await names_in(request, services)
    now = datetime.now(UTC)
    return [
        OwnAppointment(
            id=each.id,
            reference=each.reference,
            service=names.get(each.service, each.service),
            start=each.start,
            end=each.end,
            minutes=each.minutes,
            vehicle=car_words(each.car),
            state=each.state_at(now),
        )
        for each in found
    ]


@router.get("/{appointment_id}.ics")
async def calendar_file(
    appointment_id: Annotated[str, Path(max_length=100)],
    request: Request,
    identity: AnyIdentity,
    services: ServicesDep,
) -> Response:
    """For the customer's own calendar. Raises NotFound, also for somebody else's."""
    for each in await appointments_of(identity, services):
        if each.id == appointment_id:
            names = await names_in(request, services)
            content = as_calendar(each, names.get(each.service, each.service), services)
            disposition = f'attachment; filename="{file_name(each.reference)}"'
            return Response(
                content, media_type="text/calendar", headers={"Content-Disposition": disposition}
            )
    raise NotFound


async def appointments_of(identity: Identity, services: Services) -> list[Appointment]:
    """Raises CalendarUnavailable."""
    found: list[Appointment] = []
    try:
        for customer_id in await services.conversations.customers_of(identity.owner):
            found += await services.dealership.all_appointments(customer_id)
    except DealershipError as unreachable:
        raise CalendarUnavailable from unreachable
    return sorted(found, key=lambda each: each.start)


async def names_in(request: Request, services: Services) -> Mapping[str, str]:
    """Services by code, in the page's language. Raises CalendarUnavailable."""
    language = chosen_language(request).split("-")[0]
    try:
        return {each.code: each.name(language) for each in await services.dealership.services()}
    except DealershipError as unreachable:
        raise CalendarUnavailable from unreachable


def as_calendar(appointment: Appointment, service: str, services: Services) -> bytes:
    """One event in UTC. The same appointment keeps its uid, so that a newer file takes the place of
    an older one."""
    settings, event = services.settings, Event()
    event.add("uid", f"{appointment.id}@{settings.dealership_name.replace(' ', '-').lower()}")
    event.add("summary", f"{service} ({settings.dealership_name})")
    event.add("status", "CANCELLED" if appointment.state == "cancelled" else "CONFIRMED")
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


def file_name(reference: str) -> str:
    """Another system's reference may hold what a header must not."""
    return f"{UNSAFE.sub('', reference) or 'appointment'}.ics"


UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
