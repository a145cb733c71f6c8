"""The ledger of calls: open before, closed after, kept where the store is away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from agents.dependencies import Usage
from app.budgets import Budgets, level
from app.db.engine import Connection, Database, DatabaseDown
from app.llm.ledger import LEDGER, Ledger, Meter
from app.llm.prices import Prices
from app.usage import CallRecords

PRICES = Prices(own={"scripted": (Decimal(3), Decimal(15))})
MOST = Usage(1000, 100)
NEW_CONVERSATION = """
with guest as (insert into guests (id) values (gen_random_uuid()) returning id)
insert into conversations (guest_id, session_id) select id, 's' from guest returning id
"""


class Away(Database):
    """A store that can be taken away."""

    away = False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        if self.away:
            raise DatabaseDown
        async with super().connection() as db:
            yield db


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Away]:
    store = Away(database_url)
    yield store
    await store.close()


async def rows(store: Database) -> list[asyncpg.Record]:
    async with store.connection() as db:
        return list(await db.fetch("select * from llm_calls order by created_at"))


async def called(records: CallRecords) -> None:
    async with Meter(PRICES, records).calling("judge", "scripted", MOST) as call:
        call.usage = Usage(10, 2)


async def test_a_call_outside_of_turns_is_on_record_before_it_is_made_and_closed_at_once(
    store: Away,
) -> None:
    async with Meter(PRICES, CallRecords(store)).calling("judge", "scripted", MOST) as call:
        begun = (await rows(store))[0]
        call.usage = Usage(10, 2)
    ended = (await rows(store))[0]
    assert (begun["outcome"], begun["cost_micros"], begun["estimate_micros"]) == (
        "open",
        None,
        4500,
    )
    assert (ended["outcome"], ended["cost_micros"], ended["agent"]) == ("ok", 60, "none")
    assert ended["turn_id"] is ended["conversation_id"] is None


async def test_no_call_is_made_that_cannot_be_written_down(store: Away) -> None:
    store.away = True
    with pytest.raises(DatabaseDown):
        await called(CallRecords(store))


async def test_what_ended_while_the_store_was_away_is_stored_by_the_next_round(
    store: Away,
) -> None:
    records = CallRecords(store)
    async with Meter(PRICES, records).calling("judge", "scripted", MOST) as call:
        call.usage = Usage(10, 2)
        store.away = True
    store.away = False
    assert (await rows(store))[0]["outcome"] == "open"
    await records.give_up(minutes=0)
    assert [(row["outcome"], row["cost_micros"]) for row in await rows(store)] == [("ok", 60)]


async def test_a_call_that_is_open_for_long_was_cut_off(store: Away) -> None:
    records = CallRecords(store)
    async with Meter(PRICES, records).calling("judge", "scripted", MOST) as call:
        await records.give_up()
        assert (await rows(store))[0]["outcome"] == "open"
        await records.give_up(minutes=0)
        assert (await rows(store))[0]["outcome"] == "unknown"
        call.usage = Usage(10, 2)
    assert (await rows(store))[0]["outcome"] == "ok"


async def test_calls_of_a_conversation_that_is_gone_leave_nothing_and_fail_nobody(
    store: Away,
) -> None:
    async with store.connection() as db:
        conversation = await db.fetchval(NEW_CONVERSATION)
    LEDGER.set(Ledger(conversation_id=conversation))
    async with Meter(PRICES, CallRecords(store)).calling("judge", "scripted", MOST) as call:
        assert len(await rows(store)) == 1
        call.usage = Usage(10, 2)
        async with store.connection() as db:
            await db.execute("delete from conversations where id = $1", conversation)
    assert await rows(store) == []


async def test_budgets_count_what_a_conversation_and_a_day_have_cost(store: Away) -> None:
    records, zone = CallRecords(store), ZoneInfo("America/Chicago")
    async with store.connection() as db:
        conversation, other = [await db.fetchval(NEW_CONVERSATION) for _ in range(2)]
    ledger = Ledger(conversation_id=conversation)
    LEDGER.set(ledger)
    await called(records)
    LEDGER.set(None)
    dollars = 60 / 1_000_000

    async def spending(conversation_budget: float, day_budget: float, of: UUID) -> str:
        budgets = Budgets(store, zone, conversation_budget * dollars, day_budget * dollars)
        return await budgets.spending(of)

    assert await spending(0, 0, conversation) == "within"
    assert await spending(1.5, 0, conversation) == "within"
    assert await spending(1.2, 0, conversation) == "tight"
    assert await spending(1, 0, conversation) == "spent"
    assert await spending(1, 0, other) == "within"
    assert await spending(1, 1.2, other) == "tight"
    async with store.connection() as db:
        await db.execute("update llm_calls set created_at = created_at - interval '25 hours'")
    assert await spending(0, 1, other) == "within"
    assert await spending(1, 1, conversation) == "spent"


async def test_a_call_of_unknown_cost_counts_as_the_most_it_may_have_cost(store: Away) -> None:
    records = CallRecords(store)
    async with store.connection() as db:
        conversation = await db.fetchval(NEW_CONVERSATION)
    LEDGER.set(Ledger(conversation_id=conversation))
    async with Meter(PRICES, records).calling("judge", "scripted", MOST):
        pass
    budgets = Budgets(store, ZoneInfo("UTC"), 4500 / 1_000_000, 0)
    assert await budgets.spending(conversation) == "spent"


def test_levels() -> None:
    assert [level(share) for share in (0, 0.79, 0.8, 0.99, 1, 3)] == [
        "within", "within", "tight", "tight", "spent", "spent",
    ]  # fmt: skip
