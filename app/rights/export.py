"""Export: everything stored of an owner, unmasked, as one JSON document; never held whole."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from agents.dealership import Dealership, DealershipError
from app.accounts.identity import Owner
from app.chat import cards, frames
from app.db.engine import Connection, Database
from app.errors import NotFound, Unavailable
from app.privacy.vault import Vault, unmask
from app.rights.scope import customers_of

VERSION = 1
PAGE = 500

ACCOUNTS = """
select u.email, u.name, u.role, u.created_at, c.language from users as u
join customers as c on c.user_id = u.id where c.id = any($1)
"""
LOGINS = """
select s.created_at, s.expires_at, s.ended_at from login_sessions as s
join customers as c on c.user_id = s.user_id where c.id = any($1)
order by s.created_at desc limit 1000
"""
LETTERS = """
select channel, purpose, state, created_at, sent_at, sealed from outbox_messages
where customer_id = any($1) or conversation_id in (
  select id from conversations where customer_id = any($1) or guest_id = $2)
order by created_at limit 10000
"""
# Who looked is not told, what was done is.
ENTRIES = """
select action, record, created_at from audit_entries where record = any($1)
  or record in (select 'conversation:' || id from conversations
                where customer_id = any($2) or guest_id = $3)
order by id limit 10000
"""
CONVERSATIONS = """
select id, session_id, language, model, year, created_at, updated_at, proven_until
from conversations where customer_id = $1 or guest_id = $2 order by created_at, id
"""
MESSAGES = """
select m.seq, m.author, m.text, m.created_at, m.answer, m.event, t.number as turn,
  f.rating, f.reason, f.comment
from messages as m left join turns as t on t.id = m.turn_id
left join feedback as f on f.message_id = m.id
where m.conversation_id = $1 and m.seq > $2 order by m.seq limit $3
"""
# Names of staff stand with what they said; notes are about the customer, so they belong to it.
HANDOFFS = """
select h.reference, h.state, h.reason, h.opened_at, h.resolved_at, h.outcome, h.outcome_note,
  h.summary, h.rating, h.rating_comment,
  array(select n.text from handoff_notes as n where n.handoff_id = h.id
        order by n.created_at limit 200) as notes
from handoffs as h where h.conversation_id = $1 order by h.opened_at limit 1000
"""
CODES = """
select channel, contact, created_at, used_at from identity_codes
where conversation_id = $1 order by created_at limit 1000
"""


class CalendarUnavailable(Unavailable):
    """The workshop's calendar cannot be reached right now. Please try again in a moment."""


class Export:
    """Documents of version 1; docs/privacy.md says what stands in them."""

    def __init__(self, database: Database, vault: Vault, dealership: Dealership) -> None:
        self._database, self._vault, self._dealership = database, vault, dealership

    async def pieces(self, owner: Owner) -> AsyncIterator[bytes]:
        """The document in pieces. Raises CalendarUnavailable, NotFound before the first one."""
        head = await self._head(owner)
        yield _json(head)[:-1] + b',"conversations":['
        async with self._database.connection() as db:
            rows = await db.fetch(CONVERSATIONS, owner.customer_id, owner.guest_id)
        for number, row in enumerate(rows):
            yield b"," if number else b""
            async for piece in self._conversation(row):
                yield piece
        yield b"]}"

    async def _head(self, owner: Owner) -> dict[str, Any]:
        """All but the conversations: bounded."""
        async with self._database.connection() as db:
            customers = await customers_of(db, owner)
            if owner.customer_id is not None:
                await _check_customer(db, owner.customer_id)
            stored = await self._stored(db, owner, customers)
        return {
            "version": VERSION,
            "exported_at": datetime.now(UTC),
            "owner": owner.key,
            **stored,
            **await self._workshop(customers),
        }

    async def _stored(self, db: Connection, owner: Owner, customers: list[UUID]) -> dict[str, Any]:
        contacts = [each for id_ in customers for each in await self._vault.contacts_of(db, id_)]
        letters = await db.fetch(LETTERS, customers, owner.guest_id)
        records = [owner.key, *(Owner.customer(each).key for each in customers)]
        entries = await db.fetch(ENTRIES, records, customers, owner.guest_id)
        return {
            "accounts": _rows(await db.fetch(ACCOUNTS, customers)),
            "logins": _rows(await db.fetch(LOGINS, customers)),
            "contacts": [{"channel": channel, "address": to} for channel, to in contacts],
            "letters": [self._letter(row) for row in letters],
            "audit_entries": _rows(entries),
        }

    async def _workshop(self, customers: list[UUID]) -> dict[str, Any]:
        """As the calendar in use tells it. Raises CalendarUnavailable."""
        workshop, found = self._dealership, dict[str, list[Any]](vehicles=[], services_done=[])
        found["appointments"] = []
        try:
            for customer in customers:
                found["vehicles"] += await workshop.cars(customer)
                found["services_done"] += await workshop.history(customer)
                found["appointments"] += await workshop.all_appointments(customer)
        except DealershipError as unreachable:
            raise CalendarUnavailable from unreachable
        return found

    def _letter(self, row: asyncpg.Record) -> dict[str, Any]:
        """Without its content, if that was forgotten when it left."""
        content = orjson.loads(self._vault.unseal(row["sealed"])) if row["sealed"] else {}
        if row["purpose"] == "identity_code":
            content.pop("text", None)  # a code is a secret, not data
        return {**{key: row[key] for key in row.keys() if key != "sealed"}, **content}  # noqa: SIM118

    async def _conversation(self, row: asyncpg.Record) -> AsyncIterator[bytes]:
        """Its messages page by page."""
        values = await self._vault.values(row["id"])
        async with self._database.connection() as db:
            codes = _rows(await db.fetch(CODES, row["id"]))
            handoffs = _rows(await db.fetch(HANDOFFS, row["id"]))
            shown = await cards.after(db, row["id"], 0)
        head = {
            **row,
            "personal_values": values,
            "codes": [{**code, "contact": unmask(code["contact"], values)} for code in codes],
            "handoffs": frames.unmasked_within(handoffs, values),
            "cards": [frames.unmasked(card, values) for card in shown],
        }
        yield _json(head)[:-1] + b',"messages":['
        seq, page = 0, [row]
        while page:
            async with self._database.connection() as db:
                page = await db.fetch(MESSAGES, row["id"], seq, PAGE)
            entries = [_json(_message(each, values)) for each in page]
            yield (b"," if seq and page else b"") + b",".join(entries)
            seq = page[-1]["seq"] if page else seq
        yield b"]}"


async def _check_customer(db: Connection, customer: UUID) -> None:
    """Raises NotFound for nobody, and for who was erased."""
    here = "select exists (select from customers where id = $1 and erased_at is null)"
    if not await db.fetchval(here, customer):
        raise NotFound


def _json(value: object) -> bytes:
    return orjson.dumps(value, default=str)  # the driver's ids are of a class of its own


def _rows(rows: list[asyncpg.Record]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


def _message(row: asyncpg.Record, values: Mapping[str, str]) -> dict[str, Any]:
    entry = {key: row[key] for key in ("turn", "seq", "author", "created_at")}
    entry["text"] = unmask(row["text"], values)
    if row["event"]:
        entry["event"] = row["event"]
    if row["answer"]:
        entry["metadata"] = frames.metadata(row["answer"])
    if row["rating"]:
        comment = unmask(row["comment"], values) if row["comment"] else None
        entry["feedback"] = {"rating": row["rating"], "reason": row["reason"], "comment": comment}
    return entry
