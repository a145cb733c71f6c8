"""What became of a conversation is judged once, from what is stored."""

import uuid

import pytest
from prometheus_client import REGISTRY

from app.accounts.identity import Owner
from app.chat.acceptance import Incoming
from app.chat.books import Books
from app.chat.outcomes import Outcomes
from app.chat.turns import Ending, Turns
from app.db.engine import Database
from app.privacy.vault import Vault

ANSWER = {"agent": "specs", "language": "en", "sources": [], "follow_ups": []}


async def talked(database: Database, ending: Ending = "answered", **answer: str) -> uuid.UUID:
    """A conversation of one turn, long ago."""
    turns = Turns(database, Vault(database, "a secret"))
    guest = Owner.guest(uuid.uuid4())
    accepted = await turns.accept(Incoming(guest, "one", "hello", uuid.uuid4().hex), [])
    lease = await turns.claim(accepted.conversation_id)
    assert lease is not None
    await turns.finish(lease, ending, "words", {**ANSWER, **answer}, Books())
    await set_quiet(database, accepted.conversation_id)
    return accepted.conversation_id


async def set_quiet(database: Database, conversation_id: uuid.UUID) -> None:
    async with database.connection() as db:
        await db.execute(
            "update conversations set updated_at = now() - interval '31 minutes' where id = $1",
            conversation_id,
        )


def counted(status: str) -> float:
    labels = {"status": status, "agent": "specs"}
    return REGISTRY.get_sample_value("task_completion_total", labels) or 0


@pytest.mark.parametrize(
    ("ending", "answer", "status"),
    [
        ("answered", {}, "completed"),
        ("failed", {}, "abandoned"),
        ("cancelled", {}, "abandoned"),
        ("answered", {"trouble": "not_found"}, "abandoned"),
    ],
)
async def test_an_outcome_is_counted_once_by_all_replicas_together(
    database: Database, ending: Ending, answer: dict[str, str], status: str
) -> None:
    await talked(database, ending, **answer)
    before = counted(status)
    for replica in (Outcomes(database), Outcomes(database)):
        await replica.judge()
    assert counted(status) == before + 1


async def test_a_conversation_that_goes_on_is_not_judged_yet(database: Database) -> None:
    conversation_id = await talked(database)
    async with database.connection() as db:
        await db.execute(
            "update conversations set updated_at = now() where id = $1", conversation_id
        )
    before = counted("completed")
    await Outcomes(database).judge()
    assert counted("completed") == before


async def test_a_handoff_makes_it_escalated_even_if_the_answer_was_good(database: Database) -> None:
    conversation_id = await talked(database)
    async with database.connection() as db:
        await db.execute(
            "insert into handoffs (reference, conversation_id, turn_id, reason, priority, agent,"
            " language, after_hours, summary, target_at)"
            " select 'H-234567', $1, id, 'user_request', 2, 'specs', 'en', false, '{}', now()"
            " from turns where conversation_id = $1",
            conversation_id,
        )
    before = counted("escalated")
    await Outcomes(database).judge()
    assert counted("escalated") == before + 1
