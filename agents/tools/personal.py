"""The customer's own appointments, history and what is due. Only for whoever is known."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from agents.booking_cards import appointments_card, car_words
from agents.dealership import Appointment, UnknownAppointment
from agents.tools.desk import Desk, Result
from agents.tools.due import due_services
from agents.wording import day_words


async def the_appointment(desk: Desk, named: str | None, customer_id: UUID) -> Appointment | Result:
    """The one that is meant; the list when that is unclear. Raises UnknownAppointment."""
    booked = await desk.dealership.appointments(customer_id)
    if named is not None:
        wanted = named.strip().upper()
        found = [each for each in booked if wanted in (each.reference.upper(), each.id.upper())]
        if not found:
            raise UnknownAppointment
        return found[0]
    if len(booked) == 1:
        return booked[0]
    shown = await told_appointments(desk, customer_id)
    return shown if not booked else replace(shown, say=desk.say("which_appointment"))


async def told_appointments(desk: Desk, customer_id: UUID) -> Result:
    booked = await desk.dealership.appointments(customer_id)
    if not booked:
        return Result(desk.say("appointments_none"), [])
    card = appointments_card(booked, desk.services, desk.visit.language)
    return Result(desk.say("appointments_are"), [appointment_data(a) for a in booked], (card,))


async def told_history(desk: Desk, customer_id: UUID) -> Result:
    done = await desk.dealership.history(customer_id)
    if not done:
        return Result(desk.say("history_none"), [])
    lines = [
        f"- {day_words(each.day, desk.visit.language)}: {car_words(each.car)}, "
        f"{desk.name(desk.service(each.service))}"
        for each in done[:12]
    ]
    return Result("\n".join([desk.say("history_is"), "", *lines]), [str(d) for d in done[:12]])


async def told_due(desk: Desk, customer_id: UUID) -> Result:
    cars = await desk.dealership.cars(customer_id)
    history = await desk.dealership.history(customer_id)
    due = due_services(cars, history, list(desk.services.values()), desk.visit.now.date())
    if not due:
        return Result(desk.say("due_none"), [])
    lines = [
        desk.say(
            "due_item", car=car_words(each.car), service=desk.name(each.service),
            when=due_words(desk, each.day, each.miles, each.is_due),
        )
        for each in due
    ]  # fmt: skip
    return Result("\n".join([desk.say("due_is"), "", *(f"- {line}" for line in lines)]), lines)


def due_words(desk: Desk, day: date, miles: int, is_due: bool) -> str:
    if is_due:
        return desk.say("due_now")
    return desk.say("due_by", day=day_words(day, desk.visit.language), miles=f"{miles:,}")


def appointment_data(appointment: Appointment) -> dict[str, Any]:
    return {
        "reference": appointment.reference,
        "service": appointment.service,
        "start": appointment.start.isoformat(),
        "car": car_words(appointment.car),
    }
