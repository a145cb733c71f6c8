"""Carries out one turn's tool calls. Customer and car come from the server, never from a model."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from agents.booking_cards import code_card
from agents.dealership import DealershipError, DealershipUnavailable
from agents.tools.arguments import (
    BY_NAME,
    Arguments,
    DueServices,
    FindSlots,
    History,
    PriceOf,
    ProposeBooking,
    ProposeCancel,
    ProposeMove,
    SendCode,
)
from agents.tools.calendar import BadTime
from agents.tools.desk import Desk, Result
from agents.tools.personal import told_appointments, told_due, told_history
from agents.tools.prices import price_of
from agents.tools.proposals import find_new_time, propose_booking, propose_cancel, propose_move
from agents.tools.times import find_slots
from agents.wording import day_words, time_words
from rag.steps import Step


class InvalidCall(Exception):
    """A call that fits no tool; the text tells the model what was wrong."""


async def run_tool(desk: Desk, name: str, arguments: Mapping[str, Any]) -> Result:
    """Raises InvalidCall, DealershipUnavailable. What the workshop refuses is a Result."""
    call = parsed(name, arguments)
    about = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name}
    with Step("tool", f"execute_tool {name}", about) as step:
        result = await told_by(desk, call)
        step.tell(cards=len(result.cards))
    return result


async def told_by(desk: Desk, call: Arguments) -> Result:
    try:
        return await carry_out(desk, call)
    except BadTime as bad:
        return bad_time(desk, bad, call)
    except DealershipUnavailable:
        raise
    except DealershipError as refused:
        return Result(desk.say(f"refused_{refused.code}"))


async def carry_out(desk: Desk, call: Arguments) -> Result:
    """What anybody may ask; the rest only for whoever is known."""
    match call:
        case FindSlots(appointment=None):
            return await find_slots(desk, call, desk.service(call.service or ""))
        case PriceOf():
            return price_of(desk, call)
        case ProposeBooking():
            return await propose_booking(desk, call)
        case SendCode():
            return send_code(desk, call)
    if desk.visit.customer_id is None:
        return needs_identity(desk)
    return await carry_out_for(desk.visit.customer_id, desk, call)


async def carry_out_for(customer_id: UUID, desk: Desk, call: Arguments) -> Result:
    match call:
        case History():
            return await told_history(desk, customer_id)
        case DueServices():
            return await told_due(desk, customer_id)
        case FindSlots():
            return await find_new_time(desk, call, customer_id)
        case ProposeMove():
            return await propose_move(desk, call, customer_id)
        case ProposeCancel():
            return await propose_cancel(desk, call, customer_id)
        case _:
            return await told_appointments(desk, customer_id)


def parsed(name: str, arguments: Mapping[str, Any]) -> Arguments:
    """Raises InvalidCall, in words that a model can mend."""
    tool = BY_NAME.get(name)
    if tool is None:
        raise InvalidCall(f"There is no tool {name[:40]!r}.")
    try:
        return tool.model_validate(dict(arguments))
    except ValidationError as wrong:
        errors = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in wrong.errors())
        raise InvalidCall(errors[:500]) from wrong


def needs_identity(desk: Desk) -> Result:
    said = f"{desk.say('needs_identity')} {desk.say('ask_contact')}"
    return Result(said, {"needs_identity": True}, thread={"expects": "contact"})


def send_code(desk: Desk, call: SendCode) -> Result:
    if not desk.visit.may_send_code:
        dealer = desk.visit.dealer
        said = desk.say("code_refused", dealer=dealer.name, phone=dealer.phone)
        return Result(said, {"sent": False}, thread={"expects": None})
    return Result(
        desk.say("code_sent", contact=call.contact),
        {"sent": True},
        (code_card(desk.visit.language),),
        {"expects": "code"},
        code_to=call.contact,
    )


def bad_time(desk: Desk, bad: BadTime, call: Arguments) -> Result:
    start = getattr(call, "start", None)
    when = "" if start is None else day_words(start.date(), desk.visit.language)
    hours = "" if bad.day is None else ", ".join(
        f"{time_words(opens, desk.visit.language)}-{time_words(closes, desk.visit.language)}"
        for opens, closes in bad.day.blocks
    )  # fmt: skip
    holiday = (bad.day.holiday if bad.day else None) or ""
    said = desk.say(f"time_{bad.code}", when=when, hours=hours, holiday=holiday)
    service = getattr(call, "service", None)
    return Result(said, thread={"wish": "book", "service": service} if service else {})
