"""Erasure: what is stored of an owner goes, in one transaction; ids and masked messages stay.

Conversations go to a guest that nobody can be. Order of locks: owner, conversations, the rest.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg

from agents.dealership import Appointment, Dealership, DealershipError
from app.accounts.identity import Owner
from app.audit import record
from app.db.engine import Connection, Database
from app.dealership.records import utc_now
from app.errors import Conflict, NotAllowed, NotFound, Unavailable
from app.rights.scope import customers_of
from app.rights.statements import (
    END_CUSTOMERS,
    END_GUEST,
    LEAVE_TO_NOBODY,
    LOCK_CONVERSATIONS,
    OF_CONVERSATIONS,
    OF_CUSTOMERS,
    STAFF,
    UNSETTLED,
)

TRIES = 5


class AppointmentsAhead(Conflict):
    """An appointment is still ahead. Cancel it first, or choose to have it cancelled."""


class AppointmentUnderWay(Conflict):
    """An appointment is under way. Your data can be deleted when it is over."""


class BookingUnderWay(Conflict):
    """A booking is being made right now. Please try again in a few minutes."""


class StaffAccount(NotAllowed):
    """This account belongs to the dealership's staff; it must be made a customer's first."""


class CalendarUnreachable(Unavailable):
    """The workshop's calendar cannot be reached, so nothing was deleted. Please try again."""


class Changed(Unavailable):
    """Too much happened meanwhile, so nothing was deleted. Please try again."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did. `left`: conversations that nobody owns any more."""

    owners: tuple[Owner, ...]
    left: tuple[UUID, ...]
    counts: dict[str, int] = field(default_factory=dict)


class Erasure:
    """Deletes what is stored of a customer or a guest. `clock` tells the time; tests set it."""

    def __init__(
        self,
        database: Database,
        dealership: Dealership,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database, self._dealership, self._clock = database, dealership, clock

    async def erase(
        self, owner: Owner, actor: str, cancel_appointments: bool = False, reason: str = ""
    ) -> Erased:
        """Raises NotFound for who is not there or was erased before; AppointmentsAhead,
        AppointmentUnderWay, BookingUnderWay, StaffAccount, CalendarUnreachable: nothing is
        deleted then."""
        for _ in range(TRIES):
            async with self._database.connection() as db:
                since = await db.fetchval("select clock_timestamp()")
                customers = await customers_of(db, owner)
                await _refuse_staff(db, customers)
            await self._settle_appointments(customers, cancel_appointments)
            try:
                return await self._erase(owner, customers, since, actor, reason)
            except (Changed, asyncpg.DeadlockDetectedError):
                continue
        raise Changed

    async def _settle_appointments(self, customers: Sequence[UUID], cancel: bool) -> None:
        """The workshop must know who comes: what is ahead is cancelled, or refuses."""
        try:
            for customer in customers:
                every = await self._dealership.all_appointments(customer)
                await self._cancel(customer, every, cancel)
        except DealershipError as unreachable:
            raise CalendarUnreachable from unreachable

    async def _cancel(self, customer: UUID, every: Sequence[Appointment], cancel: bool) -> None:
        now = self._clock()
        ahead = [each for each in every if each.state_at(now) == "booked"]
        if any(each.start <= now for each in ahead):
            raise AppointmentUnderWay
        if ahead and not cancel:
            raise AppointmentsAhead
        for each in ahead:
            await self._dealership.cancel(customer, each.id, f"erasure:{each.id}")

    async def _erase(
        self, owner: Owner, customers: list[UUID], since: datetime, actor: str, reason: str
    ) -> Erased:
        """Raises Changed when it is no longer what was looked at."""
        async with self._database.transaction() as db:
            await _end(db, owner, customers)
            conversations = await _lock_conversations(db, owner, customers, since)
            if owner.guest_id is not None and await customers_of(db, owner):
                raise Changed  # proven meanwhile to be somebody else
            erased = await _erase_rows(db, owner, customers, conversations)
            detail = {**erased.counts, **({"reason": reason} if reason else {})}
            for each in erased.owners:
                await record(db, actor, "data_erased", each.key, detail)
        return erased


async def _refuse_staff(db: Connection, customers: Sequence[UUID]) -> None:
    if await db.fetchval(STAFF, customers):
        raise StaffAccount


async def _end(db: Connection, owner: Owner, customers: Sequence[UUID]) -> None:
    """From here on nobody speaks as this owner. Raises NotFound."""
    ended = await db.fetch(END_CUSTOMERS, customers)
    if owner.guest_id is not None:
        ended = await db.fetch(END_GUEST, owner.guest_id)
    if not ended:
        raise NotFound


async def _lock_conversations(
    db: Connection, owner: Owner, customers: Sequence[UUID], since: datetime
) -> list[UUID]:
    """Also those in which a guest has proven to be one of the customers. Raises BookingUnderWay
    while a calendar has not answered; Changed when something was booked since."""
    rows = await db.fetch(LOCK_CONVERSATIONS, customers, owner.guest_id)
    found = [row["id"] for row in rows]
    states = {row["state"] for row in await db.fetch(UNSETTLED, found, since)}
    if "working" in states:
        raise BookingUnderWay
    if states:
        raise Changed
    return found


async def _erase_rows(
    db: Connection, owner: Owner, customers: Sequence[UUID], conversations: Collection[UUID]
) -> Erased:
    counts = {}
    for statements, ids in ((OF_CONVERSATIONS, conversations), (OF_CUSTOMERS, customers)):
        for name, statement in statements.items():
            counts[name] = int((await db.execute(statement, ids)).rpartition(" ")[2])
    left = await db.fetch(LEAVE_TO_NOBODY, customers, owner.guest_id)
    owners = [Owner.customer(each) for each in customers]
    if owner.guest_id is not None:
        owners.append(owner)
    return Erased(tuple(owners), tuple(row["id"] for row in left), counts)
