"""The cards of a booking: free times, what is about to happen, what is booked."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby

from agents.cards import (
    CHANGE,
    CONFIRM,
    DECLINE,
    ActionKind,
    Card,
    Choice,
    Fact,
    Group,
    Proposal,
    Section,
    Style,
)
from agents.dealership import Appointment, Car, Service, Slot
from agents.prompts import phrase
from agents.wording import day_words, length_words, price_words, time_words, when_words

SLOT, MOVE, CANCEL, BOOK = "slot:", "move:", "cancel:", "book:"
MOST_DAYS, MOST_A_DAY = 5, 8


def action_card(
    proposal: Proposal, service: Service, place: str, language: str, proven: bool
) -> Card:
    """All that the customer says yes to. Without proof of identity there is no yes yet."""
    kind = proposal.kind
    facts = [
        Fact(phrase("label_service", language), service.name(language)),
        Fact(phrase("label_vehicle", language), car_words(proposal.car)),
        Fact(phrase("label_when", language), when_words(proposal.start, language)),
        Fact(phrase("label_length", language), length_words(proposal.minutes, language)),
        Fact(phrase("label_price", language), price_text(proposal, language)),
        Fact(phrase("label_place", language), place),
        Fact(phrase("label_reason", language), proposal.reason),
    ]
    return Card(
        kind="action",
        title=phrase(f"title_{kind}", language),
        facts=tuple(fact for fact in facts if fact.value),
        choices=action_choices(kind, language) if proven else (),
        note=action_note(kind, language, proven),
        proposal=proposal,
    )


def done_section(appointment: Appointment, language: str) -> Section:
    """What a confirmed card adds: the reference, and the calendar file of what is booked."""
    title = f"{phrase('label_reference', language)}: {appointment.reference}"
    return Section(title, download=appointment.id if appointment.state == "booked" else None)


def action_choices(kind: ActionKind, language: str) -> tuple[Choice, ...]:
    style: Style = "danger" if kind == "cancel" else "primary"
    no = Choice(DECLINE, phrase("choice_keep" if kind != "book" else "choice_decline", language))
    yes = Choice(CONFIRM, phrase(f"confirm_{kind}", language), style)
    if kind == "cancel":
        return (yes, no)
    return (yes, Choice(CHANGE, phrase("choice_change", language)), no)


def action_note(kind: ActionKind, language: str, proven: bool) -> str | None:
    if not proven:
        return phrase("note_identity", language)
    return phrase("note_late_cancel", language) if kind != "cancel" else None


def price_text(proposal: Proposal, language: str) -> str:
    if proposal.kind == "cancel":
        return ""
    price = price_words(proposal.price, proposal.currency, language)
    if price is None:
        return phrase("price_on_request", language)
    return phrase("price_plus", language, price=price)


def slots_card(service: Service, slots: Sequence[Slot], language: str) -> Card:
    """The first days, each with a few times spread over it."""
    days = [(day, list(of_day)) for day, of_day in groupby(slots, lambda slot: slot.start.date())]
    return Card(
        kind="slots",
        title=phrase("title_slots", language, service=service.name(language)),
        groups=tuple(day_group(day, of_day, language) for day, of_day in days[:MOST_DAYS]),
    )


def day_group(day: date, slots: Sequence[Slot], language: str) -> Group:
    step = max(1, -(-len(slots) // MOST_A_DAY))
    return Group(
        day_words(day, language),
        tuple(
            Choice(f"{SLOT}{slot.start.isoformat()}", time_words(slot.start, language))
            for slot in slots[::step]
        ),
    )


def appointments_card(
    appointments: Sequence[Appointment], services: dict[str, Service], language: str
) -> Card:
    sections = tuple(
        Section(
            title=when_words(each.start, language),
            items=(
                f"{services[each.service].name(language)}, {car_words(each.car)}",
                f"{phrase('label_reference', language)}: {each.reference}",
            ),
            choices=(
                Choice(f"{MOVE}{each.id}", phrase("choice_move", language)),
                Choice(f"{CANCEL}{each.id}", phrase("choice_cancel", language)),
            ),
            download=each.id,
        )
        for each in appointments
    )
    return Card("appointments", phrase("title_appointments", language), sections=sections)


def code_card(language: str) -> Card:
    return Card(
        "code", phrase("title_code", language), note=phrase("note_code", language), input="code"
    )


def car_words(car: Car) -> str:
    return " ".join(str(part) for part in (car.model, car.year) if part)


def picked_time(choice: str) -> datetime | None:
    """The time a slot button stands for."""
    if not choice.startswith(SLOT):
        return None
    return datetime.fromisoformat(choice.removeprefix(SLOT))
