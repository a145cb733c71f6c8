"""Events in words, for receivers that show them to people. Customers' words come apart as `quote`:
they must not become links, mentions or markup there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.handoff.formats.calls import Event, Receiver

ZERO_WIDTH = "\u200b"
LIVELY = re.compile(  # mentions, addresses with and without scheme, markdown links, emoji codes
    r"(?<=[@#<])(?=[\w!@#/])|(?<=:)(?=//)|(?<=\w\.)(?=\w)|(?<=\])(?=\()|(?<=:)(?=\w+:)"
)
LONGEST_QUOTE = 1500
LONGEST_FACT = 200

REASONS = {
    "safety_concern": "safety concern",
    "user_request": "asked for a person",
    "sensitive_topic": "sensitive topic",
    "policy_block": "no answer could be given",
    "tool_error": "the calendar could not be asked",
    "repeated_failure": "several answers did not help",
    "low_confidence": "the assistant is not sure",
    "complex_issue": "a complex matter",
    "budget": "the conversation's budget is used up",
    "after_hours": "wants to be called back",
}
TITLES = {
    "handoff.created": "New handoff {reference}: {reason}",
    "handoff.claimed": "Handoff {reference} was taken by {claimed_by}",
    "handoff.updated": "Handoff {reference} has changed: {state}",
    "handoff.resolved": "Handoff {reference} is resolved: {outcome}",
    "handoff.expired": "Handoff {reference} has expired",
    "feedback.created": "Feedback on an answer: thumb {rating}",
    "appointment.booked": "Appointment {reference} booked: {service}, {start}",
    "appointment.moved": "Appointment {reference} moved: {service}, now {start}",
    "appointment.cancelled": "Appointment {reference} cancelled: {service}, {start}",
    "webhook.test": "This is a test of your webhook. It works.",
}
CHANGES = {
    "message": "The customer has written in {reference}",
    "transferred": "Handoff {reference} was passed on",
    "snoozed": "Handoff {reference} was put off",
    "raised": "Handoff {reference} has become more urgent: {reason}",
}
FACTS = {
    "priority": "Priority", "language": "Language", "car": "Vehicle", "target_at": "Answer by",
    "outcome_note": "Note", "reason": "Reason",
}  # fmt: skip
RATED = "Handoff {reference} was rated: {rating} of 5"
OVER = ("handoff.resolved", "handoff.expired")


@dataclass(frozen=True, slots=True)
class Told:
    """`facts`: pairs of name and value. Everything is defused."""

    title: str
    facts: tuple[tuple[str, str], ...]
    quote: str

    @property
    def line(self) -> str:
        return " · ".join([self.title, *(f"{name}: {value}" for name, value in self.facts)])


def told(event: Event) -> Told:
    title, values = title_of(event), values_of(event)
    facts = [
        (name, defused(values[key], LONGEST_FACT))
        for key, name in FACTS.items()
        if key in values and f"{{{key}}}" not in title
    ]
    return Told(filled(title, values), tuple(facts), defused(quote_of(event), LONGEST_QUOTE))


def title_of(event: Event) -> str:
    if event.data.get("kind") == "rating":
        return RATED
    return CHANGES.get(str(event.data.get("change")), TITLES[event.type])


def filled(title: str, values: Mapping[str, str]) -> str:
    places = re.findall(r"{(\w+)}", title)
    known = {place: defused(values.get(place, "?"), LONGEST_FACT) for place in places}
    return title.format(**known)


def values_of(event: Event) -> dict[str, str]:
    """What is known of it, in words."""
    data = event.data
    values = {key: str(value) for key, value in data.items() if value not in (None, "")}
    vehicle = data.get("vehicle")
    if isinstance(vehicle, Mapping):
        values["car"] = " ".join(str(each) for each in vehicle.values() if each)
    elif "model" in values:
        values["car"] = values["model"]
    if "reason" in values:
        values["reason"] = REASONS.get(values["reason"], values["reason"])
    if event.type in OVER:
        values.pop("target_at", None)
    return {key: value for key, value in values.items() if value}


def quote_of(event: Event) -> str:
    """What it is about in the customer's words, where that is news."""
    summary = event.data.get("summary")
    if event.type in ("handoff.created", "handoff.expired") and isinstance(summary, Mapping):
        return str(summary.get("text") or "")
    if is_message(event):
        return next(
            (str(each.get("text")) for each in reversed(event.data.get("messages") or ())
             if each.get("author") == "customer"), "",
        )  # fmt: skip
    return str(event.data.get("comment") or "")


def is_message(event: Event) -> bool:
    """The customer has written to the person who answers."""
    return event.data.get("change") == "message"


def page_of(event: Event, receiver: Receiver) -> str:
    """Our page for it; empty when our address is not known."""
    page = str(event.data.get("url", ""))
    return page if page.startswith("http") else receiver.desk


def defused(text: str, longest: int) -> str:
    """Readable as before; nothing in it is a link, a mention or an emoji's code."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return LIVELY.sub(ZERO_WIDTH, short)
