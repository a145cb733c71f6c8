"""Bookings, moves and cancellations, as cards that wait for a yes. Nothing is written here."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from agents.booking_cards import action_card
from agents.cards import ActionKind, Proposal
from agents.dealership import Appointment, Service
from agents.tools.arguments import ONLY_ONE, FindSlots, ProposeBooking, ProposeCancel, ProposeMove
from agents.tools.calendar import check_time, local
from agents.tools.desk import Desk, Result
from agents.tools.personal import the_appointment
from agents.tools.times import find_slots, free_at


async def find_new_time(desk: Desk, call: FindSlots, customer_id: UUID) -> Result:
    """Free times for an appointment that is to be moved."""
    named = None if call.appointment == ONLY_ONE else call.appointment
    appointment = await the_appointment(desk, named, customer_id)
    if isinstance(appointment, Result):
        return appointment
    found = await find_slots(desk, call, desk.service(appointment.service))
    moving = {"wish": "move", "appointment": appointment.id}
    return replace(found, thread={**found.thread, **moving})


async def propose_booking(desk: Desk, call: ProposeBooking) -> Result:
    service = desk.service(call.service)
    start = local(call.start, desk.dealership.zone)
    await check_time(start, call.weekday, desk.visit.now, desk.dealership)
    if (taken := await free_at(desk, service, start)) is not None:
        return taken
    proposal = Proposal(
        kind="book", service=service.code, start=start, minutes=service.minutes,
        price=service.price(desk.visit.car.model), currency=service.currency,
        car=desk.visit.car, reason=call.reason or desk.visit.reason,
    )  # fmt: skip
    return proposed(desk, proposal, service)


async def propose_move(desk: Desk, call: ProposeMove, customer_id: UUID) -> Result:
    appointment = await the_appointment(desk, call.appointment, customer_id)
    if isinstance(appointment, Result):
        return appointment
    service = desk.service(appointment.service)
    start = local(call.start, desk.dealership.zone)
    await check_time(start, call.weekday, desk.visit.now, desk.dealership)
    if (taken := await free_at(desk, service, start)) is not None:
        moving = {"wish": "move", "appointment": appointment.id}
        return replace(taken, thread={**taken.thread, **moving})
    return proposed(desk, about(desk, appointment, service, "move", start), service)


async def propose_cancel(desk: Desk, call: ProposeCancel, customer_id: UUID) -> Result:
    appointment = await the_appointment(desk, call.appointment, customer_id)
    if isinstance(appointment, Result):
        return appointment
    service = desk.service(appointment.service)
    return proposed(desk, about(desk, appointment, service, "cancel", appointment.start), service)


def about(
    desk: Desk, appointment: Appointment, service: Service, kind: ActionKind, start: datetime
) -> Proposal:
    return Proposal(
        kind=kind, service=service.code, start=start, minutes=appointment.minutes,
        price=appointment.price, currency=service.currency, car=appointment.car,
        appointment_id=appointment.id, reason=appointment.reason,
    )  # fmt: skip


def proposed(desk: Desk, proposal: Proposal, service: Service) -> Result:
    proven = desk.visit.customer_id is not None
    card = action_card(proposal, service, desk.dealership.place, desk.visit.language, proven)
    said = desk.say(f"propose_{proposal.kind}")
    if not proven:
        said = f"{said} {desk.say('ask_contact')}"
    expects = "action" if proven else "contact"
    thread = {
        "expects": expects,
        "wish": "move" if proposal.kind == "move" else "book",
        "service": service.code,
        "start": proposal.start.isoformat(),
        "appointment": proposal.appointment_id,
    }
    return Result(said, {"shown": True}, (card,), thread)
