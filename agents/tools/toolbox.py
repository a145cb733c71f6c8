"""Carries out one turn's tool calls. Customer and car come from the server, never from a model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from agents.booking_cards import action_card, appointments_card, car_words, code_card, slots_card
from agents.cards import ActionKind, Card, Proposal
from agents.dealership import (
    Appointment,
    Car,
    Dealership,
    DealershipError,
    DealershipUnavailable,
    Service,
    UnknownAppointment,
    UnknownService,
)
from agents.dependencies import Dealer
from agents.prompts import phrase
from agents.tools.arguments import (
    BY_NAME,
    ONLY_ONE,
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
from agents.tools.calendar import (
    MOST_SLOTS,
    BadTime,
    check_time,
    fitting,
    local,
    nearest,
    range_of,
)
from agents.tools.due import due_services
from agents.wording import day_words, length_words, price_words, time_words, when_words


@dataclass(frozen=True, slots=True)
class Result:
    """What a call found: a sentence in the customer's language, data for the model, cards.

    `thread` is what the next turn must know. `code_to` asks for a one-time code to be sent.
    """

    say: str
    data: Any = None
    cards: tuple[Card, ...] = ()
    thread: Mapping[str, Any] = field(default_factory=dict)
    code_to: str | None = None

    def for_model(self) -> str:
        return json.dumps({"say": self.say, "data": self.data}, ensure_ascii=False, default=str)


class InvalidCall(Exception):
    """A call that fits no tool; the text tells the model what was wrong."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is asking, about which car, in which language. `reason` comes from a diagnosis."""

    language: str
    now: datetime
    customer_id: UUID | None
    car: Car
    dealer: Dealer
    reason: str = ""
    may_send_code: bool = True


class Toolbox:
    """The tools of one turn."""

    def __init__(self, dealership: Dealership, services: Sequence[Service], visit: Visit) -> None:
        self._dealership, self._visit = dealership, visit
        self._services = {service.code: service for service in services}

    async def run(self, name: str, arguments: Mapping[str, Any]) -> Result:
        """Raises InvalidCall, DealershipUnavailable. What the workshop refuses is a Result."""
        call = parsed(name, arguments)
        try:
            return await self._run(call)
        except BadTime as bad:
            return self._bad_time(bad, call)
        except DealershipUnavailable:
            raise
        except DealershipError as refused:
            return Result(self._say(f"refused_{refused.code}"))

    async def _run(self, call: Arguments) -> Result:
        match call:
            case FindSlots(appointment=None):
                return await self._find_slots(call, self._service(call.service or ""))
            case PriceOf():
                return self._price(call)
            case ProposeBooking():
                return await self._propose_booking(call)
            case SendCode():
                return self._send_code(call)
        if self._visit.customer_id is None:
            return self._needs_identity()
        return await self._personal(call, self._visit.customer_id)

    async def _personal(self, call: Arguments, customer_id: UUID) -> Result:
        match call:
            case History():
                return await self._history(customer_id)
            case DueServices():
                return await self._due(customer_id)
            case FindSlots():
                return await self._find_new_time(call, customer_id)
            case ProposeMove():
                return await self._propose_move(call, customer_id)
            case ProposeCancel():
                return await self._propose_cancel(call, customer_id)
            case _:
                return await self._appointments(customer_id)

    # Free times

    async def _find_new_time(self, call: FindSlots, customer_id: UUID) -> Result:
        """Free times for an appointment that is to be moved."""
        named = None if call.appointment == ONLY_ONE else call.appointment
        appointment = await self._appointment(named, customer_id)
        if isinstance(appointment, Result):
            return appointment
        found = await self._find_slots(call, self._service(appointment.service))
        moving = {"wish": "move", "appointment": appointment.id}
        return replace(found, thread={**found.thread, **moving})

    async def _find_slots(self, call: FindSlots, service: Service) -> Result:
        days = range_of(call, self._visit.now.date())
        slots = await self._dealership.free_slots(service.code, days.first, days.last)
        found = fitting(slots, call)[:MOST_SLOTS]
        thread = {"wish": "book", "service": service.code}
        if not found:
            return Result(self._say("slots_none", service=self._name(service)), [], thread=thread)
        return Result(
            self._say("slots_found", service=self._name(service)),
            [slot.start.isoformat() for slot in found],
            (slots_card(service, found, self._visit.language),),
            thread,
        )

    async def _free_at(self, service: Service, start: datetime) -> Result | None:
        """None when the time is free; else the nearest ones."""
        first, last = start.date() - timedelta(days=1), start.date() + timedelta(days=5)
        slots = await self._dealership.free_slots(service.code, first, last)
        if any(slot.start.timestamp() == start.timestamp() for slot in slots):
            return None
        when = when_words(start, self._visit.language)
        near = nearest(slots, start)
        if not near:
            return Result(self._say("slots_none", service=self._name(service)))
        return Result(
            self._say("slot_not_free", when=when, service=self._name(service)),
            [slot.start.isoformat() for slot in near],
            (slots_card(service, near, self._visit.language),),
            {"wish": "book", "service": service.code},
        )

    # Proposals

    async def _propose_booking(self, call: ProposeBooking) -> Result:
        service = self._service(call.service)
        start = local(call.start, self._dealership.zone)
        await check_time(start, call.weekday, self._visit.now, self._dealership)
        if (taken := await self._free_at(service, start)) is not None:
            return taken
        proposal = Proposal(
            kind="book", service=service.code, start=start, minutes=service.minutes,
            price=service.price(self._visit.car.model), currency=service.currency,
            car=self._visit.car, reason=call.reason or self._visit.reason,
        )  # fmt: skip
        return self._proposed(proposal, service)

    async def _propose_move(self, call: ProposeMove, customer_id: UUID) -> Result:
        appointment = await self._appointment(call.appointment, customer_id)
        if isinstance(appointment, Result):
            return appointment
        service, start = (
            self._service(appointment.service),
            local(call.start, self._dealership.zone),
        )
        await check_time(start, call.weekday, self._visit.now, self._dealership)
        if (taken := await self._free_at(service, start)) is not None:
            moving = {"wish": "move", "appointment": appointment.id}
            return replace(taken, thread={**taken.thread, **moving})
        return self._proposed(self._about(appointment, service, "move", start), service)

    async def _propose_cancel(self, call: ProposeCancel, customer_id: UUID) -> Result:
        appointment = await self._appointment(call.appointment, customer_id)
        if isinstance(appointment, Result):
            return appointment
        service = self._service(appointment.service)
        return self._proposed(
            self._about(appointment, service, "cancel", appointment.start), service
        )

    def _about(
        self, appointment: Appointment, service: Service, kind: ActionKind, start: datetime
    ) -> Proposal:
        return Proposal(
            kind=kind, service=service.code, start=start, minutes=appointment.minutes,
            price=appointment.price, currency=service.currency, car=appointment.car,
            appointment_id=appointment.id, reason=appointment.reason,
        )  # fmt: skip

    def _proposed(self, proposal: Proposal, service: Service) -> Result:
        proven = self._visit.customer_id is not None
        card = action_card(proposal, service, self._dealership.place, self._visit.language, proven)
        said = self._say(f"propose_{proposal.kind}")
        if not proven:
            said = f"{said} {self._say('ask_contact')}"
        expects = "action" if proven else "contact"
        thread = {
            "expects": expects,
            "wish": "move" if proposal.kind == "move" else "book",
            "service": service.code,
            "start": proposal.start.isoformat(),
            "appointment": proposal.appointment_id,
        }
        return Result(said, {"shown": True}, (card,), thread)

    # What is personal

    async def _appointment(self, named: str | None, customer_id: UUID) -> Appointment | Result:
        """The one that is meant; the list when that is unclear. Raises UnknownAppointment."""
        booked = await self._dealership.appointments(customer_id)
        if named is not None:
            wanted = named.strip().upper()
            found = [each for each in booked if wanted in (each.reference.upper(), each.id.upper())]
            if not found:
                raise UnknownAppointment
            return found[0]
        if len(booked) == 1:
            return booked[0]
        shown = await self._appointments(customer_id)
        return shown if not booked else replace(shown, say=self._say("which_appointment"))

    async def _appointments(self, customer_id: UUID) -> Result:
        booked = await self._dealership.appointments(customer_id)
        if not booked:
            return Result(self._say("appointments_none"), [])
        card = appointments_card(booked, self._services, self._visit.language)
        return Result(self._say("appointments_are"), [appointment_data(a) for a in booked], (card,))

    async def _history(self, customer_id: UUID) -> Result:
        done = await self._dealership.history(customer_id)
        if not done:
            return Result(self._say("history_none"), [])
        lines = [
            f"- {day_words(each.day, self._visit.language)}: {car_words(each.car)}, "
            f"{self._name(self._service(each.service))}"
            for each in done[:12]
        ]
        return Result("\n".join([self._say("history_is"), "", *lines]), [str(d) for d in done[:12]])

    async def _due(self, customer_id: UUID) -> Result:
        cars = await self._dealership.cars(customer_id)
        history = await self._dealership.history(customer_id)
        due = due_services(cars, history, list(self._services.values()), self._visit.now.date())
        if not due:
            return Result(self._say("due_none"), [])
        lines = [
            self._say(
                "due_item", car=car_words(each.car), service=self._name(each.service),
                when=self._due_words(each.day, each.miles, each.is_due),
            )
            for each in due
        ]  # fmt: skip
        return Result("\n".join([self._say("due_is"), "", *(f"- {line}" for line in lines)]), lines)

    def _due_words(self, day: date, miles: int, is_due: bool) -> str:
        if is_due:
            return self._say("due_now")
        return self._say("due_by", day=day_words(day, self._visit.language), miles=f"{miles:,}")

    def _needs_identity(self) -> Result:
        said = f"{self._say('needs_identity')} {self._say('ask_contact')}"
        return Result(said, {"needs_identity": True}, thread={"expects": "contact"})

    def _send_code(self, call: SendCode) -> Result:
        if not self._visit.may_send_code:
            dealer = self._visit.dealer
            said = self._say("code_refused", dealer=dealer.name, phone=dealer.phone)
            return Result(said, {"sent": False}, thread={"expects": None})
        return Result(
            self._say("code_sent", contact=call.contact),
            {"sent": True},
            (code_card(self._visit.language),),
            {"expects": "code"},
            code_to=call.contact,
        )

    # Prices

    def _price(self, call: PriceOf) -> Result:
        service = self._service(call.service)
        model = call.model or self._visit.car.model
        length = length_words(service.minutes, self._visit.language)
        name, thread = self._name(service), {"service": service.code}
        if not service.prices:
            return Result(self._say("price_none", service=name, length=length), thread=thread)
        if (cents := service.price(model)) is not None:
            price = price_words(cents, service.currency, self._visit.language)
            said = self._say("price_is", service=name, price=price, length=length)
            return Result(said, {"price": price}, thread=thread)
        prices = ", ".join(
            f"{each} {price_words(cents, service.currency, self._visit.language)}"
            for each, cents in service.prices.items()
        )
        said = self._say("price_by_model", service=name, length=length, prices=prices)
        return Result(said, dict(service.prices), thread=thread)

    # Words

    def _bad_time(self, bad: BadTime, call: Arguments) -> Result:
        start = getattr(call, "start", None)
        when = "" if start is None else day_words(start.date(), self._visit.language)
        hours = "" if bad.day is None else ", ".join(
            f"{time_words(opens, self._visit.language)}-{time_words(closes, self._visit.language)}"
            for opens, closes in bad.day.blocks
        )  # fmt: skip
        holiday = (bad.day.holiday if bad.day else None) or ""
        said = self._say(f"time_{bad.code}", when=when, hours=hours, holiday=holiday)
        service = getattr(call, "service", None)
        return Result(said, thread={"wish": "book", "service": service} if service else {})

    def _service(self, code: str) -> Service:
        """Raises UnknownService."""
        try:
            return self._services[code]
        except KeyError as unknown:
            raise UnknownService from unknown

    def _name(self, service: Service) -> str:
        return service.name(self._visit.language)

    def _say(self, key: str, **values: object) -> str:
        return phrase(key, self._visit.language, **values)


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


def appointment_data(appointment: Appointment) -> dict[str, Any]:
    return {
        "reference": appointment.reference,
        "service": appointment.service,
        "start": appointment.start.isoformat(),
        "car": car_words(appointment.car),
    }
