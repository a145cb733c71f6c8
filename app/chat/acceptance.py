"""Accepting a message: its conversation locked, its text masked, its turn joined or opened.

Everything here runs in one transaction; the conversation's row is locked first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import orjson

from app.accounts.identity import Owner
from app.db.engine import Connection
from app.errors import NotFound, SessionEnded
from app.privacy.found import Found
from app.privacy.vault import Vault

GRACE = "interval '2 seconds'"
CONVERSATIONS = UUID("6f0c2a5e-93d1-4d0e-8f52-0d5a4f6f1b11")


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of a card."""

    card_id: UUID
    choice: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A customer's message as it arrived, unmasked; it exists in memory only.

    `known`: what the account says of the customer, masked wherever it stands.
    A pressed button is a message too: its text is what stands on the button.
    """

    owner: Owner
    session_id: str
    text: str
    client_message_id: str | None = None
    language: str | None = None
    pressed: Pressed | None = None
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """A committed message. `repeated`: it was there already. `restarted`: it joined a turn.
    `relayed`: a person has the conversation and will read it."""

    conversation_id: UUID
    message_id: UUID
    turn_id: UUID
    turn: int
    seq: int
    text: str
    client_message_id: str | None
    created_at: datetime
    epoch: int = 0
    repeated: bool = False
    restarted: bool = False
    relayed: bool = False


async def accept(
    db: Connection,
    vault: Vault,
    incoming: Incoming,
    found: Sequence[Found],
    masking_ms: float | None = None,
) -> Accepted:
    """Store a message with its turn; the same `client_message_id` again changes nothing.
    `masking_ms` is what it took to find what is masked."""
    conversation = await _lock_conversation(db, incoming)
    if repeated := await _known_message(db, conversation["id"], incoming.client_message_id):
        return repeated
    if incoming.pressed is not None:
        text = await _label_of(db, conversation["id"], incoming.pressed)
    else:
        text = await vault.mask(db, conversation["id"], incoming.text, found)
    if conversation["snoozed"]:
        await _wake(db, conversation["id"])
    if conversation["claimed"]:
        turn = await _relay(db, conversation["id"], conversation["last_turn"] + 1)
    else:
        turn = await _join_open_turn(db, conversation["id"]) or await _open_turn(
            db, conversation["id"], conversation["last_turn"] + 1
        )
    return await _store_message(db, turn, text, incoming, masking_ms)


def conversation_id(owner: Owner, session_id: str) -> UUID:
    """The id a new conversation gets: known before its row is, so that it can be followed."""
    return uuid5(CONVERSATIONS, f"{owner.key} {session_id}")


async def _lock_conversation(db: Connection, incoming: Incoming) -> asyncpg.Record:
    """The owner's conversation of that word, created if new; its row stays locked."""
    owner = incoming.owner
    statement = LOCK_GUESTS if owner.guest_id is not None else LOCK_CUSTOMERS
    row = await db.fetchrow(
        statement, owner.guest_id or owner.customer_id, incoming.session_id, incoming.language,
        conversation_id(owner, incoming.session_id),
    )  # fmt: skip
    if row is None:
        raise SessionEnded
    return row


# The owner's row first, then the conversation's; no row for an owner who has ended. A guest's row
# is locked without its key: whoever changes a conversation twice looks at that key.
LOCK = """
insert into conversations (id, {column}, session_id, language)
select $4, owner.id, $2, $3 from owner where {is_here}
on conflict ({column}, session_id) do update
set language = coalesce($3, conversations.language), updated_at = clock_timestamp()
returning id, last_turn, exists (select from handoffs as h
  where h.conversation_id = conversations.id and h.state = 'claimed') as claimed,
  exists (select from handoffs as h where h.conversation_id = conversations.id
    and h.state in ('open', 'claimed') and h.snoozed_until is not null) as snoozed
"""
LOCK_CUSTOMERS = f"""
with owner as (select id from customers where id = $1 and erased_at is null for share)
{LOCK.format(column="customer_id", is_here="true")}
"""
LOCK_GUESTS = f"""
with owner as (
  insert into guests (id) values ($1)
  on conflict (id) do update set created_at = guests.created_at
  returning id, customer_id, erased_at)
{LOCK.format(column="guest_id", is_here="customer_id is null and erased_at is null")}
"""


async def _label_of(db: Connection, conversation_id: UUID, pressed: Pressed) -> str:
    """What stands on the button. Raises NotFound for a card or choice that is not there."""
    content = await db.fetchval(
        "select content from cards where id = $1 and conversation_id = $2",
        pressed.card_id, conversation_id,
    )  # fmt: skip
    for each in choices_in(content or {}):
        if each["choice"] == pressed.choice:
            return str(each["label"])
    raise NotFound


def choices_in(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Every button of a card, as it was stored."""
    holders = [content, *content.get("groups", ()), *content.get("sections", ())]
    return [choice for holder in holders for choice in holder.get("choices", ())]


async def _known_message(
    db: Connection, conversation_id: UUID, client_message_id: str | None
) -> Accepted | None:
    if client_message_id is None:
        return None
    row = await db.fetchrow(
        """
        select m.id, t.id as turn_id, t.number, m.seq, m.text, m.created_at,
          t.state = 'relayed' as relayed
        from messages as m join turns as t on t.id = m.turn_id
        where m.conversation_id = $1 and m.client_message_id = $2
        """,
        conversation_id, client_message_id,
    )  # fmt: skip
    if row is None:
        return None
    return Accepted(
        conversation_id, row["id"], row["turn_id"], row["number"], row["seq"], row["text"],
        client_message_id, row["created_at"], repeated=True, relayed=row["relayed"],
    )  # fmt: skip


async def _join_open_turn(db: Connection, conversation_id: UUID) -> asyncpg.Record | None:
    """The newest turn, if it is queued or runs with nothing shown: then it starts again."""
    return await db.fetchrow(
        f"""
        with newest as (
          select id, state from turns where conversation_id = $1
          order by number desc limit 1 for update)
        update turns set state = 'queued', epoch = epoch + 1, cancel_requested = false,
          lease_until = clock_timestamp() + {GRACE}
        from newest where turns.id = newest.id
          and (newest.state = 'queued'
               or (newest.state = 'running' and not shown and not cancel_requested))
        returning turns.id, turns.conversation_id, turns.number, epoch,
          newest.state = 'running' as restarted, false as relayed
        """,
        conversation_id,
    )


async def _open_turn(db: Connection, conversation_id: UUID, number: int) -> asyncpg.Record:
    row = await db.fetchrow(
        f"""
        insert into turns (conversation_id, number, lease_until)
        values ($1, $2, clock_timestamp() + {GRACE})
        returning id, conversation_id, number, epoch, false as restarted, false as relayed
        """,
        conversation_id, number,
    )  # fmt: skip
    assert row is not None
    return row


async def _wake(db: Connection, conversation_id: UUID) -> None:
    """A handoff that was put off is due again when its customer writes."""
    await db.execute(
        "update handoffs set snoozed_until = null"
        " where conversation_id = $1 and state in ('open', 'claimed')",
        conversation_id,
    )


async def _relay(db: Connection, conversation_id: UUID, number: int) -> asyncpg.Record:
    """A turn that a person answers: it ends as it begins."""
    row = await db.fetchrow(
        """
        insert into turns (conversation_id, number, state, finished_at)
        values ($1, $2, 'relayed', clock_timestamp())
        returning id, conversation_id, number, epoch, false as restarted, true as relayed
        """,
        conversation_id, number,
    )  # fmt: skip
    assert row is not None
    return row


async def _store_message(
    db: Connection, turn: asyncpg.Record, text: str, incoming: Incoming, masking_ms: float | None
) -> Accepted:
    conversation_id: UUID = turn["conversation_id"]
    row = await db.fetchrow(
        """
        with bumped as (
          update conversations set last_seq = last_seq + 1, last_turn = greatest(last_turn, $3)
          where id = $1 returning last_seq)
        insert into messages
          (conversation_id, turn_id, seq, author, text, client_message_id, action, masking_ms)
        select $1, $2, last_seq, 'customer', $4, $5, $6::jsonb, $7 from bumped
        returning id, seq, created_at
        """,
        conversation_id, turn["id"], turn["number"], text, incoming.client_message_id,
        None if incoming.pressed is None else orjson.dumps(incoming.pressed).decode(),
        masking_ms,
    )  # fmt: skip
    assert row is not None
    return Accepted(
        conversation_id, row["id"], turn["id"], turn["number"], row["seq"], text,
        incoming.client_message_id, row["created_at"], turn["epoch"], False,
        turn["restarted"], turn["relayed"],
    )  # fmt: skip
