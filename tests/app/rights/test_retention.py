"""Retention: what is older than its days goes, what is younger or under way stays."""

import asyncio
import uuid
from uuid import UUID

import pytest

from app.accounts.identity import Owner
from app.chat.acceptance import Incoming
from app.chat.books import Books
from app.chat.turns import Turns
from app.db.engine import Database
from app.outbox import Outbox
from app.privacy.masking import Masker
from app.privacy.vault import Vault
from app.rights.retention import BATCH, Days, Retention
from tests.fakes.senders import KeepingSender

ANSWER = {"agent": "general", "language": "en", "sources": [], "follow_ups": []}
DAYS = Days(
    conversations=365, personal_values=90, outbox=30, deliveries=30, llm_calls=365, verifications=90
)
NEVER = Days(0, 0, 0, 0, 0, 0)


@pytest.fixture
def vault(database: Database) -> Vault:
    return Vault(database, "k" * 40)


async def conversation(database: Database, vault: Vault, days: int, answered: bool = True) -> UUID:
    """One whose last message is that old."""
    turns, text = Turns(database, vault), "I am at jo@example.com"
    incoming = Incoming(Owner.guest(uuid.uuid4()), "one", text, uuid.uuid4().hex)
    found = (await turns.accept(incoming, await Masker().find(text))).conversation_id
    if answered:
        lease = await turns.claim(found)
        assert lease is not None
        await turns.finish(lease, "answered", "Hello <EMAIL_1>", ANSWER, Books())
    await execute(
        database,
        "update conversations set updated_at = now() - $2 * interval '1 day' where id = $1",
        found, days,
    )  # fmt: skip
    return found


async def execute(database: Database, sql: str, *values: object) -> None:
    async with database.connection() as db:
        await db.execute(sql, *values)


async def ids(database: Database, sql: str) -> set[UUID]:
    async with database.connection() as db:
        return {row[0] for row in await db.fetch(sql)}


async def test_conversations_and_values_go_when_they_are_old_enough(
    database: Database, vault: Vault
) -> None:
    young, middle, _ = [await conversation(database, vault, days) for days in (89, 91, 366)]
    deleted = await Retention(database, DAYS).sweep()
    assert (deleted["conversations"], deleted["personal_values"]) == (1, 2)
    assert await ids(database, "select id from conversations") == {young, middle}
    assert await ids(database, "select conversation_id from personal_values") == {young}
    assert await ids(database, "select conversation_id from messages where text like '%EMAIL_1%'")


async def test_nothing_under_way_is_touched(database: Database, vault: Vault) -> None:
    open_ = await conversation(database, vault, 1000, answered=False)
    waiting = await conversation(database, vault, 1000)
    await execute(
        database,
        """
        with card as (
          insert into cards (conversation_id, turn_id, seq, kind, content)
          select $1, id, 99, 'action', '{}' from turns where conversation_id = $1 returning id)
        insert into pending_actions (card_id, conversation_id, kind, state, details, digest,
          expires_at)
        select id, $1, 'book', 'working', '{}', '', now() from card
        """,
        waiting,
    )
    await Retention(database, DAYS).sweep()
    assert await ids(database, "select id from conversations") == {open_, waiting}
    assert await ids(database, "select conversation_id from personal_values") == {open_, waiting}


async def test_letters_that_left_and_codes_go_but_what_is_owed_stays(
    database: Database, vault: Vault
) -> None:
    outbox = Outbox(database, vault, KeepingSender(failures=0))
    async with database.transaction() as db:
        for key in ("old", "owed", "young"):
            await outbox.owe(db, key, "email", "reminder", "jo@example.com", "see you")
        await db.execute(
            "update outbox_messages set state = case when key = 'owed' then 'queued' else 'sent'"
            " end, created_at = now() - case when key = 'young' then 29 else 31 end"
            " * interval '1 day'"
        )
    found = await conversation(database, vault, 1)
    for age in (29, 31):
        await execute(
            database,
            "insert into identity_codes (conversation_id, channel, contact, code_hash, expires_at,"
            " created_at) values ($1, 'email', '<EMAIL_1>', '', now(), now() - $2"
            " * interval '1 day')",
            found, age,
        )  # fmt: skip
    deleted = await Retention(database, DAYS).sweep()
    assert (deleted["letters"], deleted["codes"]) == (1, 1)
    assert await ids(database, "select key from outbox_messages") == {"owed", "young"}


async def test_model_calls_go_and_their_turns_stay(database: Database, vault: Vault) -> None:
    await conversation(database, vault, 1)
    for age in (364, 366):
        await execute(
            database,
            "insert into llm_calls (turn_id, epoch, purpose, model, outcome, duration_ms,"
            " created_at) select id, 1, 'answer', 'm', 'ok', 1, now() - $1 * interval '1 day'"
            " from turns",
            age,
        )
    assert (await Retention(database, DAYS).sweep())["llm_calls"] == 1
    assert len(await ids(database, "select id from turns")) == 1


async def test_zero_days_keeps_for_ever(database: Database, vault: Vault) -> None:
    await conversation(database, vault, 10_000)
    assert await Retention(database, NEVER).sweep() == {"received_webhooks": 0}
    assert len(await ids(database, "select id from conversations")) == 1


async def test_two_replicas_share_the_work(database: Database, vault: Vault) -> None:
    await execute(
        database,
        "with g as (insert into guests (id) select gen_random_uuid() from"
        f" generate_series(1, {2 * BATCH + 1}) returning id)"
        " insert into conversations (guest_id, session_id, updated_at)"
        " select id, 'one', now() - interval '2 years' from g",
    )
    swept = await asyncio.gather(*(Retention(database, DAYS).sweep() for _ in range(2)))
    assert sum(each["conversations"] for each in swept) == 2 * BATCH + 1
    assert await ids(database, "select id from conversations") == set()


async def test_audit_entries_are_left_alone(database: Database, vault: Vault) -> None:
    await execute(
        database,
        "insert into audit_entries (actor, action, record, created_at)"
        " values ('a', 'b', 'c', now() - interval '20 years')",
    )
    await Retention(database, DAYS).sweep()
    assert len(await ids(database, "select id from audit_entries")) == 1


async def test_a_guest_is_forgotten_with_the_last_conversation(
    database: Database, vault: Vault
) -> None:
    await conversation(database, vault, 366)
    await execute(database, "update guests set created_at = now() - interval '366 days'")
    assert (await Retention(database, DAYS).sweep())["guests"] == 1
