"""Free times of a service."""

from datetime import datetime, timedelta

from agents.booking_cards import slots_card
from agents.dealership import Service
from agents.tools.arguments import FindSlots
from agents.tools.calendar import MOST_SLOTS, fitting, nearest, range_of
from agents.tools.desk import Desk, Result
from agents.wording import when_words


async def find_slots(desk: Desk, call: FindSlots, service: Service) -> Result:
    days = range_of(call, desk.visit.now.date())
    slots = await desk.dealership.free_slots(service.code, days.first, days.last)
    found = fitting(slots, call)[:MOST_SLOTS]
    thread = {"wish": "book", "service": service.code}
    if not found:
        return Result(desk.say("slots_none", service=desk.name(service)), [], thread=thread)
    return Result(
        desk.say("slots_found", service=desk.name(service)),
        [slot.start.isoformat() for slot in found],
        (slots_card(service, found, desk.visit.language),),
        thread,
    )


async def free_at(desk: Desk, service: Service, start: datetime) -> Result | None:
    """None when the time is free; else the nearest ones."""
    first, last = start.date() - timedelta(days=1), start.date() + timedelta(days=5)
    slots = await desk.dealership.free_slots(service.code, first, last)
    if any(slot.start.timestamp() == start.timestamp() for slot in slots):
        return None
    when = when_words(start, desk.visit.language)
    near = nearest(slots, start)
    if not near:
        return Result(desk.say("slots_none", service=desk.name(service)))
    return Result(
        desk.say("slot_not_free", when=when, service=desk.name(service)),
        [slot.start.isoformat() for slot in near],
        (slots_card(service, near, desk.visit.language),),
        {"wish": "book", "service": service.code},
    )
