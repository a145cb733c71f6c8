"""What a turn is about: its question, what was said before, what is under way. One query."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from agents.cards import Proposal
from agents.state import Utterance
from app.chat import cards
from app.chat.acceptance import Pressed
from app.db.engine import Connection
from app.handoff.policy import QUIET_MINUTES

HISTORY = 12
BURST = 30


@dataclass(frozen=True, slots=True)
class Pending:
    """The newest pending action of a conversation, whatever became of it."""

    card_id: UUID
    state: str
    proposal: Proposal
    outcome: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class TurnContext:
    """What a turn is about: the masked question, and the conversation before it.

    `unhelpful` and `diagnosing` count answers in a row just before this turn. `waiting` is the
    reference of a handoff that is open. `customer_id` is whoever has proven to be that customer;
    `pressed` is the button pressed last, unless something was said after it. `knowledge` stamps
    the documents as they are now; `masking_ms` is what masking the question took.
    """

    question: str
    history: tuple[Utterance, ...]
    language: str | None
    model: str | None
    year: int | None
    customer_id: UUID | None = None
    pressed: Pressed | None = None
    action: Pending | None = None
    thread: Mapping[str, Any] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    knowledge: str = ""
    unhelpful: int = 0
    diagnosing: int = 0
    waiting: str | None = None
    just_resolved: bool = False
    masking_ms: float = 0


async def context_of(db: Connection, conversation_id: UUID, turn_id: UUID) -> TurnContext:
    rows = await db.fetch(CONTEXT, conversation_id, HISTORY + BURST)
    return _turn_context(list(reversed(rows)), turn_id)


CONTEXT = f"""
select m.turn_id, m.author, m.text, m.masking_ms, m.action as pressed,
  m.answer ->> 'agent' as agent, m.event, m.answer ->> 'escalation' as escalation,
  m.answer ->> 'trouble' as trouble,
  (select rating from feedback as f where f.message_id = m.id) as rating,
  c.language, c.model, c.year, c.thread, coalesce(c.customer_id,
    case when c.proven_until > clock_timestamp() then c.proven_customer_id end) as customer_id,
  a.card_id, a.details, a.outcome, (select stamp from knowledge_version) as knowledge,
  case when a.state = 'open' and a.expires_at < clock_timestamp() then 'expired' else a.state end
    as action_state,
  h.state as handoff, h.reference, h.resolved_at > clock_timestamp()
    - interval '{QUIET_MINUTES} minutes' as just_resolved
from messages as m join conversations as c on c.id = m.conversation_id
left join lateral (
  select * from pending_actions where conversation_id = c.id order by created_at desc limit 1
) as a on true
left join lateral (
  select * from handoffs where conversation_id = c.id order by opened_at desc limit 1
) as h on true
where m.conversation_id = $1 order by m.seq desc limit $2
"""


def _turn_context(rows: Sequence[asyncpg.Record], turn_id: UUID) -> TurnContext:
    own = [row for row in rows if row["turn_id"] == turn_id and row["author"] == "customer"]
    before = [row for row in rows if row["turn_id"] != turn_id]
    newest = rows[-1]
    pressed = own[-1]["pressed"]
    return TurnContext(
        question="\n".join(row["text"] for row in own if not row["pressed"]),
        history=tuple(utterances(before))[-HISTORY:],
        language=newest["language"],
        model=newest["model"],
        year=newest["year"],
        customer_id=newest["customer_id"],
        pressed=Pressed(UUID(pressed["card_id"]), pressed["choice"]) if pressed else None,
        action=_pending(newest),
        thread=newest["thread"] or {},
        knowledge=newest["knowledge"] or "",
        unhelpful=in_a_row(before, did_not_help),
        diagnosing=in_a_row(before, lambda row: row["agent"] == "troubleshoot"),
        waiting=newest["reference"] if newest["handoff"] == "open" else None,
        just_resolved=bool(newest["just_resolved"]),
        masking_ms=sum(row["masking_ms"] or 0 for row in own),
    )


def utterances(rows: Iterable[asyncpg.Record]) -> Iterator[Utterance]:
    """What was said; of a handoff, what staff have told the assistant."""
    for row in rows:
        text = row["text"]
        if row["author"] != "system":
            yield Utterance(row["author"], text, row["agent"])
        elif text:
            yield Utterance("staff", text)


def in_a_row(rows: Sequence[asyncpg.Record], holds: Callable[[asyncpg.Record], bool]) -> int:
    """How many of the newest answers are so; a handoff begins a new count."""
    count = 0
    for row in reversed(rows):
        if row["author"] == "system" or (row["author"] == "assistant" and not holds(row)):
            break
        count += row["author"] == "assistant"
    return count


def did_not_help(row: asyncpg.Record) -> bool:
    unsure = row["escalation"] in ("low_confidence", "policy_block", "tool_error")
    return bool(unsure or row["trouble"] or row["rating"] == "down")


def _pending(row: asyncpg.Record) -> Pending | None:
    if row["card_id"] is None:
        return None
    proposal = cards.proposal_of(row["details"])
    return Pending(row["card_id"], row["action_state"], proposal, row["outcome"])
