"""The offline model as one that calls tools: it fills slots by rules and says what tools found."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from langchain_core.messages import BaseMessage

from agents.booking_cards import BOOK, CANCEL, MOVE, picked_time
from agents.cards import CHANGE
from agents.classifier import TextClassifier
from agents.dependencies import Acted, Situation, ToolCall, Usage
from agents.followups import PLACEHOLDER
from agents.prompts import phrase
from agents.tools.arguments import ONLY_ONE
from agents.tools.calendar import WEEKDAYS
from agents.understanding.dates import TimeWish, read_dates
from agents.understanding.intents import told_intent
from app.llm.ledger import offline_calling

NAME = "offline"
REFERENCE = re.compile(r"\b[A-Z]{2}-[0-9B-DF-HJ-NP-TV-Z]{5}\b", re.IGNORECASE)  # no words
SURE = 0.4
CONTACTS = ("<EMAIL_", "<PHONE_")
EXAMPLES = ("basic_service", "tire_rotation", "diagnosis")
TIMED = ("find_slots", "book", "move")


class OfflineActing:
    """`intents` and `services` are local classifiers over labelled examples."""

    def __init__(self, intents: TextClassifier, services: TextClassifier) -> None:
        self._intents, self._services = intents, services

    async def act(self, messages: Sequence[BaseMessage], situation: Situation) -> Acted:
        """Once the tools have spoken, their words are the answer."""
        with offline_calling("act", NAME) as call:
            call.usage = Usage(0, 0)
            return await self._act(situation)

    async def _act(self, situation: Situation) -> Acted:
        if situation.said:
            return Acted("\n\n".join(situation.said), (), NAME, "offline")
        decided = await self._decide(situation)
        if isinstance(decided, str):
            return Acted(decided, (), NAME, "offline")
        name, arguments = decided
        return Acted("", (ToolCall(name, arguments, "call_1"),), NAME, "offline")

    async def _decide(self, now: Situation) -> str | tuple[str, dict[str, Any]]:
        """A tool call, or a question back to the customer."""
        if now.picked is not None and (pressed := self._pressed(now)) is not None:
            return pressed
        if (contact := contact_in(now)) is not None:
            return "SendCode", {"contact": contact}
        wish = read_dates(now.question, now.now.date(), now.language)
        service = await self._service(now)
        intent = await self._intent(now, wish)
        if intent in TIMED:
            return timed(intent, service, wish, now)
        return untimed(intent, service, now)

    def _pressed(self, now: Situation) -> tuple[str, dict[str, Any]] | str | None:
        picked, thread = now.picked or "", now.thread
        if (start := picked_time(picked)) is not None:
            if thread.get("wish") == "move":
                return "ProposeMove", {
                    "start": start.isoformat(), "appointment": thread.get("appointment")
                }  # fmt: skip
            if thread.get("service"):
                return "ProposeBooking", {"service": thread["service"], "start": start.isoformat()}
        if picked.startswith(CANCEL):
            return "ProposeCancel", {"appointment": picked.removeprefix(CANCEL)}
        if picked.startswith(MOVE):
            return "FindSlots", {"appointment": picked.removeprefix(MOVE)}
        if picked.startswith(BOOK):
            return "FindSlots", {"service": picked.removeprefix(BOOK)}
        if picked == CHANGE and thread.get("service"):
            return "FindSlots", {"service": thread["service"]}
        return None

    async def _intent(self, now: Situation, wish: TimeWish) -> str:
        """A day or time alone goes on with what the conversation was about."""
        going_on = str(now.thread.get("wish") or "")
        if (told := told_intent(now.question)) is not None:
            return told
        if going_on in TIMED and wish.says_something:
            return going_on
        chances = await self._intents.probabilities(PLACEHOLDER.sub(" ", now.question))
        best = max(chances, key=lambda intent: chances[intent])
        if chances[best] >= SURE:
            return best
        return going_on or ("find_slots" if wish.says_something else "other")

    async def _service(self, now: Situation) -> str | None:
        """Named now, spoken about before, or named in one of the last messages."""
        known = {service.code for service in now.services}
        if (named := await self._named(now.question, known)) is not None:
            return named
        if now.thread.get("service") in known:
            return str(now.thread["service"])
        for text in reversed(now.earlier):
            if (named := await self._named(text, known)) is not None:
                return named
        return None

    async def _named(self, text: str, known: set[str]) -> str | None:
        chances = await self._services.probabilities(PLACEHOLDER.sub(" ", text))
        best = max(chances, key=lambda code: chances[code])
        return best if best in known and chances[best] >= SURE else None


def timed(
    intent: str, service: str | None, wish: TimeWish, now: Situation
) -> str | tuple[str, dict[str, Any]]:
    """Free times, a booking, a move: they need a service and some idea of when."""
    start = wish.exact or shifted(wish, now)
    if intent == "move":
        meant = reference_in(now) or now.thread.get("appointment")
        if start is None:
            return "FindSlots", {"appointment": meant or ONLY_ONE, **slots_wanted(wish, start)}
        return "ProposeMove", {"start": start.isoformat(), "appointment": meant}
    if service is None:
        return ask_service(now)
    if start is not None and intent == "book":
        return "ProposeBooking", {"service": service, "start": start.isoformat()}
    return "FindSlots", {"service": service, **slots_wanted(wish, start)}


def slots_wanted(wish: TimeWish, start: datetime | None) -> dict[str, Any]:
    wanted: dict[str, Any] = {"pick": wish.pick}
    if wish.days is not None:
        wanted |= {"first_day": wish.days[0].isoformat(), "last_day": wish.days[1].isoformat()}
    if wish.times is not None and start is None:
        first, until = wish.times
        wanted |= {"from_time": first.isoformat(), "until_time": until.isoformat()}
    if wish.weekday is not None:
        wanted["weekday"] = WEEKDAYS[wish.weekday]
    return wanted


def shifted(wish: TimeWish, now: Situation) -> datetime | None:
    """ "A day later": from the time that is being spoken about."""
    if wish.shift is None or now.open_start is None:
        if wish.times is None or wish.days is not None or now.open_start is None:
            return None
        same_day = now.open_start.date()
        only = TimeWish((same_day, same_day), wish.times)
        return only.exact  # "but at 3": the same day at another time
    return (now.open_start + wish.shift).replace(tzinfo=None)


def untimed(intent: str, service: str | None, now: Situation) -> str | tuple[str, dict[str, Any]]:
    simple = {"history": "History", "due": "DueServices", "appointments": "Appointments"}
    if intent in simple:
        return simple[intent], {}
    if intent == "cancel":
        return "ProposeCancel", {"appointment": reference_in(now)}
    if intent == "price":
        return ("PriceOf", {"service": service}) if service else ask_service(now)
    if service is not None and now.thread.get("service") != service:
        return "FindSlots", {"service": service}
    return phrase("workshop_help", now.language)


def ask_service(now: Situation) -> str:
    names = [each.name(now.language) for each in now.services if each.code in EXAMPLES]
    return phrase("ask_service", now.language, examples=", ".join(names))


def reference_in(now: Situation) -> str | None:
    """The appointment that is named by what the customer was told."""
    found = REFERENCE.search(now.question)
    return found[0].upper() if found else None


def contact_in(now: Situation) -> str | None:
    """The placeholder of an address, where one was asked for."""
    if now.thread.get("expects") not in ("contact", "code"):
        return None
    found = [name for name in PLACEHOLDER.findall(now.question) if name.startswith(CONTACTS)]
    return found[0] if found else None
