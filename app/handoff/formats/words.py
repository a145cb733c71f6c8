"""Events in words, for receivers that show them to people. Customers' words come apart as `quote`:
they must not become links, mentions or markup there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.handoff.formats.calls import Event

ZERO_WIDTH = "\u200b"
LIVELY = re.compile(r"(?<=[@#<])(?=[\w!@#/])|(?<=:)(?=//)|(?<=\w\.)(?=\w)|(?<=\])(?=\()|(?<=:)(?=\w+:)")
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
    "handoff.claimed": "Handoff {reference} was taken by {name}",
    "handoff.updated": "Handoff {reference}: news",
    "handoff.resolved": "Handoff {reference} is resolved: {outcome}",
    "handoff.expired": "Handoff {reference} has expired",
    "feedback.created": "Feedback on an answer: thumb {rating}",
    "appointment.booked": "Appointment {reference} booked: {service}, {start}",
    "appointment.moved": "Appointment {reference} moved: {service}, now {start}",
    "appointment.cancelled": "Appointment {reference} cancelled: {service}, {start}",
    "webhook.test": "This is a test of your webhook. It works.",
}
FACTS = {
    "priority": "Priority", "language": "Language", "model": "Vehicle", "year": "Year",
    "agent": "Agent", "confidence": "Confidence", "target_at": "Answer by", "outcome_note": "Note",
    "note": "Note", "rating": "Rating", "reason": "Reason",
}  # fmt: skip


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
    facts = [
        (name, defused(str(event.data[key]), LONGEST_FACT))
        for key, name in FACTS.items()
        if event.data.get(key) not in (None, "") and key not in said_in_title(event.type)
    ]
    return Told(title_of(event), tuple(facts), defused(quote_of(event.data), LONGEST_QUOTE))


def title_of(event: Event) -> str:
    values = {key: str(value) for key, value in event.data.items() if value is not None}
    values["reason"] = REASONS.get(values.get("reason", ""), values.get("reason", ""))
    values["name"] = name_of(event.data)
    places = re.findall(r"{(\w+)}", TITLES[event.type])
    known = {place: defused(values.get(place) or "?", LONGEST_FACT) for place in places}
    return TITLES[event.type].format(**known)


def said_in_title(type: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", TITLES[type]))


def name_of(data: Mapping[str, Any]) -> str:
    claimed = data.get("claimed")
    return str(claimed.get("name") or "") if isinstance(claimed, Mapping) else ""


def quote_of(data: Mapping[str, Any]) -> str:
    """What the customer said last, wrote as a comment, or what staff are told of it."""
    summary = data.get("summary")
    of_summary = [summary.get(k) for k in ("text", "question")] if isinstance(summary, dict) else []
    last = data.get("last")
    of_last = [last.get("text")] if isinstance(last, Mapping) else []
    said = [data.get("message"), data.get("text"), data.get("comment"), *of_last, *of_summary]
    return next((each for each in said if isinstance(each, str) and each), "")


def defused(text: str, longest: int) -> str:
    """Readable as before; nothing in it is a link, a mention or an emoji's code."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return LIVELY.sub(ZERO_WIDTH, short)
