"""What staff do with a handoff: claim, reply, pass on, put off, give back, resolve.

Each is one transaction that locks the conversation first; everyone who looks on is told after it.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg

from app.audit import record
from app.chat import frames
from app.chat.fanout import DESK, Fanout, Interrupt
from app.db.engine import Connection, Database
from app.desk.changing import Change, insert_note, lock, said_before
from app.errors import Conflict, NotFound
from app.handoff import journal, records
from app.handoff.events import EventType
from app.handoff.people import Person
from app.handoff.records import Handoffs, count_claim
from app.privacy.found import Found
from app.privacy.masking import Masker
from app.privacy.vault import Vault

Outcome = Literal["solved", "callback", "no_reply", "not_ours"]


class AlreadyClaimed(Conflict):
    """Somebody else has claimed this handoff."""


class HandoffEnded(Conflict):
    """This handoff has ended. The assistant has the conversation again."""


class UnknownColleague(NotFound):
    """There is no member of staff with this id."""


class Cases:
    """Every method returns the handoff's row as it is then. All raise NotFound."""

    def __init__(
        self, database: Database, handoffs: Handoffs, masker: Masker, vault: Vault, fanout: Fanout
    ) -> None:
        self._database, self._handoffs, self._fanout = database, handoffs, fanout
        self._masker, self._vault = masker, vault

    async def claim(self, handoff_id: UUID, person: Person) -> asyncpg.Record:
        """From here on the assistant is silent. Raises AlreadyClaimed, HandoffEnded."""
        async with self._changing(handoff_id) as change:
            await self._claim(change, person)
        return change.row

    async def reply(
        self, handoff_id: UUID, person: Person, text: str, client_message_id: str | None
    ) -> asyncpg.Record:
        """A person's words to the customer; who replies to an open handoff claims it. Returns the
        stored message. Raises AlreadyClaimed, HandoffEnded, MaskingFailed."""
        found = without_own_name(text, await self._masker.find(text), person)
        once = frames.STAFF_PREFIX + client_message_id if client_message_id else None
        async with self._changing(handoff_id) as change:
            if stored := await said_before(change, once):
                return stored
            if change.row["state"] != "claimed":
                await self._claim(change, person)
            check_holder(change.row, person)
            masked = await self._vault.mask(change.db, change.conversation_id, text, found)
            said = {"name": person.name}
            message = await journal.append(
                change.db, change.conversation_id, "staff", said, masked, once
            )
            change.told.append(frames.staff_event(message))
            await change.set(
                "replied_at = coalesce(replied_at, clock_timestamp()), snoozed_until = null"
            )
        return message

    async def resolve(
        self, handoff_id: UUID, person: Person, outcome: Outcome, note: str | None
    ) -> asyncpg.Record:
        """Raises AlreadyClaimed, HandoffEnded, MaskingFailed."""
        return await self._end(handoff_id, person, outcome, note)

    async def give_back(self, handoff_id: UUID, person: Person, note: str | None) -> asyncpg.Record:
        """The assistant goes on, and knows the note. Raises as `resolve`."""
        return await self._end(handoff_id, person, "returned", note)

    async def transfer(
        self, handoff_id: UUID, person: Person, user_id: UUID | None, note: str | None
    ) -> asyncpg.Record:
        """To a colleague, or back into the queue; whoever it was claimed by. Raises HandoffEnded,
        UnknownColleague, MaskingFailed."""
        found = await self._masker.find(note or "")
        async with self._changing(handoff_id) as change:
            check_lives(change.row)
            if user_id is not None and not await is_staff(change.db, user_id):
                raise UnknownColleague
            left = change.row["claimed_name"]
            await change.set(
                "state = 'open', assigned_to = $2, claimed_by = null, claimed_name = null,"
                " snoozed_until = null",
                user_id,
            )
            if left:
                await change.tell({"type": "participant", "state": "left", "name": left})
            if note:
                masked = await self._vault.mask(change.db, change.conversation_id, note, found)
                await insert_note(change.db, handoff_id, person.name, masked)
            await self._noted(
                change, person, "handoff_transferred", "handoff.updated", "transferred"
            )
        return change.row

    async def snooze(
        self, handoff_id: UUID, person: Person, until: datetime | None
    ) -> asyncpg.Record:
        """Out of the queue until then, or until the customer writes. Raises HandoffEnded."""
        async with self._changing(handoff_id) as change:
            check_lives(change.row)
            await change.set("snoozed_until = $2", until)
            await self._noted(change, person, "handoff_snoozed", "handoff.updated", "snoozed")
        return change.row

    async def note(self, handoff_id: UUID, person: Person, text: str) -> asyncpg.Record:
        """For colleagues. Returns the stored note. Raises MaskingFailed."""
        found = await self._masker.find(text)
        async with self._changing(handoff_id) as change:
            masked = await self._vault.mask(change.db, change.conversation_id, text, found)
            return await insert_note(change.db, handoff_id, person.name, masked)

    async def expire_old(self) -> None:
        """What nobody has claimed for long ends; the customer is told to call."""
        async with self._database.connection() as db:
            rows = await db.fetch(OLD)
        for row in rows:
            async with self._changing(row["id"]) as change:
                if change.row["state"] == "open":
                    await change.set("state = 'expired', resolved_at = clock_timestamp()")
                    told = {"type": "handoff", "state": "expired"}
                    await change.tell({**told, "reference": change.row["reference"]})
                    await self._noted(change, NOBODY, "handoff_expired", "handoff.expired")

    async def _claim(self, change: Change, person: Person) -> None:
        row = change.row
        check_lives(row)
        if row["state"] == "claimed":
            check_holder(row, person)
            return
        await change.set(
            "state = 'claimed', claimed_by = $2, claimed_name = $3, assigned_to = null,"
            " claimed_at = coalesce(claimed_at, clock_timestamp()), snoozed_until = null",
            person.user_id, person.name,
        )  # fmt: skip
        await change.db.execute(RELAY_OPEN_TURNS, change.conversation_id)
        joined = {"type": "participant", "state": "joined", "name": person.name}
        await change.tell({**joined, "reference": row["reference"]})
        await self._noted(change, person, "handoff_claimed", "handoff.claimed")
        change.claimed = True
        if row["claimed_at"] is None:
            count_claim(row)

    async def _end(
        self, handoff_id: UUID, person: Person, outcome: str, note: str | None
    ) -> asyncpg.Record:
        found = await self._masker.find(note or "")
        async with self._changing(handoff_id) as change:
            check_lives(change.row)
            check_holder(change.row, person)
            noted = await self._vault.mask(change.db, change.conversation_id, note or "", found)
            rate = change.row["replied_at"] is not None
            await change.set(
                "state = 'resolved', outcome = $2, outcome_note = $3,"
                " resolved_at = clock_timestamp(), snoozed_until = null",
                outcome, noted or None,
            )  # fmt: skip
            told = {"type": "handoff", "state": "resolved", "outcome": outcome, "rate": rate}
            who = {"reference": change.row["reference"], "name": change.row["claimed_name"]}
            await change.tell({**told, **who}, noted)
            await self._noted(change, person, "handoff_resolved", "handoff.resolved")
        return change.row

    async def _noted(
        self,
        change: Change,
        person: Person,
        action: str,
        event: EventType,
        what: records.Change | None = None,
    ) -> None:
        await record(change.db, person.actor, action, f"handoff:{change.row['id']}")
        await self._handoffs.owe(change.db, event, change.row, what)

    @asynccontextmanager
    async def _changing(self, handoff_id: UUID) -> AsyncIterator[Change]:
        """The conversation and the handoff, locked; on leaving, everyone is told."""
        async with self._database.transaction() as db:
            row = await lock(db, handoff_id)
            change = Change(db, row)
            yield change
        if change.claimed:
            self._fanout.interrupt(change.conversation_id, Interrupt("fenced"))
        for frame in change.told:
            self._fanout.publish(change.conversation_id, frame)
        self._fanout.publish(DESK, {"type": "queue"})
        for waiting, frame in await self._handoffs.positions():
            self._fanout.publish(waiting, frame)


def without_own_name(text: str, found: Sequence[Found], person: Person) -> list[Found]:
    """Who introduces themselves gives no secret away."""
    own = person.name.casefold()
    return [each for each in found if text[each.start : each.end].casefold() not in own]


def check_lives(row: asyncpg.Record) -> None:
    if row["state"] not in ("open", "claimed"):
        raise HandoffEnded


def check_holder(row: asyncpg.Record, person: Person) -> None:
    """A claimed one is its holder's; all who call from one help desk are one holder."""
    if row["state"] == "claimed" and row["claimed_by"] != person.user_id:
        raise AlreadyClaimed(f"{row['claimed_name']} has claimed this handoff.")


async def is_staff(db: Connection, user_id: UUID) -> bool:
    role = await db.fetchval(
        "select role from users where id = $1 and disabled_at is null", user_id
    )
    return role in ("staff", "admin")


NOBODY = Person("", "system")
OLD = """
select id from handoffs where state = 'open'
  and greatest(target_at, snoozed_until) < clock_timestamp() - interval '3 days' limit 100
"""
RELAY_OPEN_TURNS = """
update turns set state = 'relayed', epoch = epoch + 1, finished_at = clock_timestamp()
where conversation_id = $1 and state in ('queued', 'running')
"""
