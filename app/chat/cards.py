"""Cards in the store: shown with their answer, changed by what the customer or the calendar does.

Every change takes the conversation's next `seq`, so that a client that was away hears of it. All
functions run in the caller's transaction, which holds the conversation's row.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from agents.cards import Card, Proposal
from agents.dealership import Car
from app.db.engine import Connection

Frame = dict[str, Any]
ACTION_MINUTES = 30


@dataclass(frozen=True, slots=True)
class CardChange:
    """What becomes of an open card; `outcome` is kept with its action."""

    card_id: UUID
    state: str
    outcome: Mapping[str, Any] | None = None
    content: Mapping[str, Any] | None = None


async def show(
    db: Connection, conversation_id: UUID, turn_id: UUID, cards: Sequence[Card]
) -> list[Frame]:
    """Store cards; a new proposal replaces the one that was open. Returns frames, in order."""
    frames = []
    if any(card.proposal for card in cards):
        frames += await replace_open(db, conversation_id)
    for card in cards:
        row = await db.fetchrow(
            INSERT, conversation_id, turn_id, card.kind, orjson.dumps(card.content()).decode()
        )
        assert row is not None
        if card.proposal is not None:
            await open_action(db, conversation_id, row["id"], card.proposal)
        frames.append(frame(row))
    return frames


async def change(db: Connection, conversation_id: UUID, each: CardChange) -> Frame:
    """A card's new state, and its action's."""
    row = await db.fetchrow(
        CHANGE, conversation_id, each.card_id, each.state,
        None if each.content is None else orjson.dumps(each.content).decode(),
    )  # fmt: skip
    assert row is not None
    await db.execute(
        """
        update pending_actions set state = $2, outcome = coalesce($3::jsonb, outcome),
          settled_at = case when $2 in ('open', 'working') then null else clock_timestamp() end
        where card_id = $1
        """,
        each.card_id, "done" if each.state == "confirmed" else each.state,
        None if each.outcome is None else orjson.dumps(each.outcome).decode(),
    )  # fmt: skip
    return frame(row)


async def replace_open(db: Connection, conversation_id: UUID) -> list[Frame]:
    rows = await db.fetch(
        "select card_id from pending_actions where conversation_id = $1 and state = 'open'",
        conversation_id,
    )
    return [
        await change(db, conversation_id, CardChange(row["card_id"], "replaced")) for row in rows
    ]


async def open_codes(db: Connection, conversation_id: UUID) -> list[UUID]:
    """Cards into which a one-time code may be typed."""
    rows = await db.fetch(
        "select id from cards"
        " where conversation_id = $1 and kind = 'code' and state = 'open' order by seq",
        conversation_id,
    )
    return [row["id"] for row in rows]


async def open_action(
    db: Connection, conversation_id: UUID, card_id: UUID, proposal: Proposal
) -> None:
    details = orjson.dumps(asdict(proposal)).decode()
    await db.execute(
        f"""
        insert into pending_actions (card_id, conversation_id, kind, details, digest, expires_at)
        values ($1, $2, $3, $4, $5, clock_timestamp() + interval '{ACTION_MINUTES} minutes')
        """,
        card_id, conversation_id, proposal.kind, details, digest(asdict(proposal)),
    )  # fmt: skip


def digest(details: Mapping[str, Any]) -> bytes:
    """Of exactly what the card shows."""
    return hashlib.sha256(orjson.dumps(details, option=orjson.OPT_SORT_KEYS)).digest()


def proposal_of(details: Mapping[str, Any]) -> Proposal:
    """Stored details as the value they were."""
    car = dict(details["car"])
    car["id"] = UUID(car["id"]) if car["id"] else None
    car["bought_on"] = None
    values = {**details, "start": datetime.fromisoformat(details["start"]), "car": Car(**car)}
    return Proposal(**values)


async def after(db: Connection, conversation_id: UUID, seq: int) -> list[Frame]:
    """Cards that are new or changed since `seq`."""
    rows = await db.fetch(
        f"select {COLUMNS} from cards where conversation_id = $1 and seq > $2 order by seq",
        conversation_id, seq,
    )  # fmt: skip
    return [frame(row) for row in rows]


def frame(row: asyncpg.Record) -> Frame:
    return {
        "type": "card",
        "card_id": str(row["id"]),
        "kind": row["kind"],
        "state": row["state"],
        "turn": row["turn"],
        "seq": row["seq"],
        "created_at": row["created_at"].isoformat(),
        **row["content"],
    }


COLUMNS = """
id, kind, state, seq, content, created_at,
(select number from turns where turns.id = cards.turn_id) as turn
"""
BUMP = """
with bumped as (
  update conversations set last_seq = last_seq + 1 where id = $1 returning last_seq)
"""
INSERT = f"""{BUMP}
insert into cards (conversation_id, turn_id, seq, kind, content)
select $1, $2, last_seq, $3, $4 from bumped returning {COLUMNS}
"""
CHANGE = f"""{BUMP}
update cards set state = $3, seq = last_seq, content = content || coalesce($4::jsonb, '{{}}')
from bumped where cards.id = $2 and conversation_id = $1 returning {COLUMNS}
"""
