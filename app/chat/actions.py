"""Pending actions: a yes is carried out once, whoever says it how often and whatever breaks.

    open -> working -> confirmed | failed
    open -> declined | expired | replaced

`working` is committed before the calendar is called, and the card's id is the key of that call:
a process that dies in between leaves a turn that another one takes up, with the same key.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import structlog

from agents.booking_cards import done_section
from agents.cards import Proposal
from agents.dealership import (
    Appointment,
    Booking,
    Dealership,
    DealershipError,
    DealershipUnavailable,
    OutcomeUnknown,
)
from agents.language import DEFAULT
from app.chat import cards
from app.chat.cards import CardChange
from app.chat.context import Pending
from app.db.engine import Connection, Database
from app.handoff.deliveries import Deliveries
from app.handoff.events import EventType

log = structlog.get_logger()

Settled = Literal["confirmed", "declined", "refused", "unknown", "unavailable", "expired"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a yes or a no. `refusal` is the code of a DealershipError."""

    settled: Settled
    change: CardChange | None = None
    appointment: Appointment | None = None
    refusal: str | None = None


class Actions:
    """Carries out what a customer has agreed to."""

    def __init__(self, database: Database, dealership: Dealership, deliveries: Deliveries) -> None:
        self._database, self._dealership, self._deliveries = database, dealership, deliveries

    async def decline(self, pending: Pending) -> Outcome:
        return Outcome("declined", CardChange(pending.card_id, "declined"))

    async def confirm(self, pending: Pending, customer_id: UUID, language: str) -> Outcome:
        """Do it, once. Repeated by a turn that is run again it returns the same."""
        if not await self._begin(pending.card_id):
            return Outcome("expired", CardChange(pending.card_id, "expired"))
        try:
            done = await self._write(pending.proposal, customer_id, str(pending.card_id))
        except OutcomeUnknown:
            return Outcome("unknown", CardChange(pending.card_id, "working"))
        except DealershipUnavailable:
            return Outcome("unavailable", CardChange(pending.card_id, "open"))
        except DealershipError as refused:
            log.info("action_refused", code=refused.code)
            change = CardChange(pending.card_id, "failed", {"refused": refused.code})
            return Outcome("refused", change, refusal=refused.code)
        return confirmed(pending.card_id, done, language)

    async def _begin(self, card_id: UUID) -> bool:
        """Whether the action is still open, or was begun already; committed before the call."""
        async with self._database.transaction() as db:
            row = await db.fetchrow(
                """
                update pending_actions set state = 'working', begun_at = clock_timestamp()
                where card_id = $1 and (state = 'working'
                  or (state = 'open' and expires_at > clock_timestamp()))
                returning details, digest
                """,
                card_id,
            )
        return row is not None and cards.digest(row["details"]) == row["digest"]

    async def _write(self, proposal: Proposal, customer_id: UUID, key: str) -> Appointment:
        dealership, target = self._dealership, proposal.appointment_id or ""
        if proposal.kind == "move":
            return await dealership.move(customer_id, target, proposal.start, key)
        if proposal.kind == "cancel":
            return await dealership.cancel(customer_id, target, key)
        return await dealership.book(
            Booking(
                customer_id, proposal.service, proposal.start, proposal.car, proposal.price,
                proposal.reason,
            ),
            key,
        )  # fmt: skip

    async def unknown(self) -> list[tuple[UUID, UUID, datetime]]:
        """`(conversation, card, since)` of actions whose outcome nobody has learned yet."""
        async with self._database.connection() as db:
            rows = await db.fetch(
                """
                select a.conversation_id, a.card_id, coalesce(a.begun_at, a.created_at)
                from pending_actions as a
                where a.state = 'working' and not exists (
                  select 1 from turns as t where t.conversation_id = a.conversation_id
                    and t.state in ('queued', 'running'))
                limit 50
                """
            )
        return [tuple(row.values()) for row in rows]

    async def look_again(self, conversation_id: UUID, card_id: UUID, since: datetime) -> Any:
        """Read back what a write did; the frame that tells it, or None while it is unknown."""
        found = await self._dealership.outcome(str(card_id))
        if found is None and (datetime.now(since.tzinfo) - since).total_seconds() < GIVE_UP_SECONDS:
            return None
        async with self._database.transaction() as db:
            language = await db.fetchval(
                "select language from conversations where id = $1 for update", conversation_id
            )
            change = CardChange(card_id, "failed")
            if found is not None:
                change = confirmed_change(card_id, found, language or DEFAULT)
            return await self.store(db, conversation_id, change)

    async def store(self, db: Connection, conversation_id: UUID, change: CardChange) -> cards.Frame:
        """The card's change; the first time its action is done, a webhook is owed."""
        row = await db.fetchrow(
            "select kind, state, details from pending_actions where card_id = $1", change.card_id
        )
        frame = await cards.change(db, conversation_id, change)
        if row is not None and change.state == "confirmed" and row["state"] != "done":
            data = {
                "conversation_id": conversation_id, "card_id": change.card_id,
                **told_of(row["details"]), **(change.outcome or {}),
            }  # fmt: skip
            await self._deliveries.owe(
                db, EVENTS[row["kind"]], data, conversation_id=conversation_id
            )
        return frame


GIVE_UP_SECONDS = 600.0
EVENTS: dict[str, EventType] = {
    "book": "appointment.booked",
    "move": "appointment.moved",
    "cancel": "appointment.cancelled",
}


def told_of(details: Mapping[str, Any]) -> dict[str, Any]:
    """What others learn of a booking: nothing of the customer."""
    return {
        "service": details["service"],
        "start": details["start"],
        "model": details["car"]["model"],
    }


def confirmed(card_id: UUID, done: Appointment, language: str) -> Outcome:
    return Outcome("confirmed", confirmed_change(card_id, done, language), done)


def confirmed_change(card_id: UUID, done: Appointment, language: str) -> CardChange:
    """The card shows the reference and, of what is booked, the calendar file."""
    told = {"appointment_id": done.id, "reference": done.reference, "state": done.state}
    shown = {"sections": [asdict(done_section(done, language))]}
    return CardChange(card_id, "confirmed", told, shown)
