"""Handoffs in the store: claimed by one, silent while claimed, ended once."""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import redis.asyncio

from app.accounts.identity import Owner
from app.chat.acceptance import Accepted, Incoming
from app.chat.books import Books
from app.chat.fanout import Fanout
from app.chat.turns import LeaseLost, Turns
from app.db.engine import Database
from app.dealership.records import RecordsDealership
from app.desk.cases import AlreadyClaimed, Cases, HandoffEnded, UnknownColleague
from app.errors import NotFound
from app.handoff.deliveries import Deliveries
from app.handoff.hours import Hours, Opening
from app.handoff.people import Person
from app.handoff.records import Handoffs, NewHandoff
from app.handoff.summaries import Summary
from app.privacy.masking import Masker
from app.privacy.vault import Vault

ANSWER = {"agent": "general", "language": "en", "sources": [], "follow_ups": []}
NOTHING_TRIED = Summary(text="", question="", tried=[], results=[], suggestion=None)


def person(name: str) -> Person:
    """In a help desk of another system; `Ana` and `Ben` below are staff."""
    return Person(name, f"api_key:{uuid.uuid4()}")


@dataclass
class Desk:
    """The parts under test over one database."""

    database: Database
    turns: Turns
    handoffs: Handoffs
    cases: Cases

    async def asked(self, text: str = "A person please", owner: Owner | None = None) -> Accepted:
        owner = owner or Owner.guest(uuid.uuid4())
        return await self.turns.accept(Incoming(owner, "one", text, uuid.uuid4().hex), [])

    async def opened(self) -> UUID:
        """A conversation with a handoff that waits; its id."""
        accepted = await self.asked()
        lease = await self.turns.claim(accepted.conversation_id)
        assert lease is not None
        new = NewHandoff(
            accepted.conversation_id, lease.turn_id, "user_request", "general", "en", None, None,
            None, NOTHING_TRIED,
        )  # fmt: skip

        async def also(db: object) -> None:
            assert await self.handoffs.open(db, new, Opening(True))  # type: ignore[arg-type]

        await self.turns.finish(lease, "answered", "A person will come.", ANSWER, Books(), also)
        async with self.database.connection() as db:
            found = await db.fetchval(
                "select id from handoffs where conversation_id = $1", accepted.conversation_id
            )
        return UUID(str(found))

    async def staff(self, name: str) -> Person:
        async with self.database.connection() as db:
            user_id = await db.fetchval(
                "insert into users (email, name, password_hash, role)"
                " values ($1, $2, '', 'staff') returning id",
                f"{uuid.uuid4()}@dealer.test", name,
            )  # fmt: skip
        return Person(name, f"user:{user_id}", UUID(str(user_id)))

    async def count(self, sql: str, *values: object) -> int:
        async with self.database.connection() as db:
            return int(await db.fetchval(sql, *values))


@pytest.fixture
async def desk(database: Database, redis_url: str) -> AsyncIterator[Desk]:
    vault, client = Vault(database, "a secret"), redis.asyncio.Redis.from_url(redis_url)
    fanout = Fanout(client, client)
    hours = Hours(RecordsDealership(database, ZoneInfo("UTC"), "1 Main Street"), ZoneInfo("UTC"))
    handoffs = Handoffs(database, Deliveries(database), hours, "http://localhost")
    cases = Cases(database, handoffs, Masker(True, ""), vault, fanout)
    yield Desk(database, Turns(database, vault), handoffs, cases)
    await client.aclose()


async def test_a_hundred_races_for_a_claim_have_one_winner_each(desk: Desk) -> None:
    ana, ben = await desk.staff("Ana"), await desk.staff("Ben")
    waiting = [await desk.opened() for _ in range(100)]

    async def outcome(handoff_id: UUID, who: Person) -> str:
        try:
            row = await desk.cases.claim(handoff_id, who)
        except AlreadyClaimed as lost:
            return lost.detail
        return str(row["claimed_name"])

    for handoff_id in waiting:
        told = await asyncio.gather(outcome(handoff_id, ana), outcome(handoff_id, ben))
        winner = "Ana" if told[0] == "Ana" else "Ben"
        assert Counter(told) == Counter([winner, f"{winner} has claimed this handoff."])
    joined = "select count(*) from messages where event ->> 'state' = 'joined'"
    assert await desk.count(joined) == 100


async def test_a_claim_ends_the_turn_that_is_being_answered(desk: Desk) -> None:
    handoff_id = await desk.opened()
    async with desk.database.connection() as db:
        conversation = await db.fetchrow(
            "select c.id, c.guest_id from conversations as c join handoffs as h"
            " on h.conversation_id = c.id where h.id = $1",
            handoff_id,
        )
    assert conversation is not None
    owner = Owner.guest(conversation["guest_id"])
    accepted = await desk.asked("And what does it cost?", owner)
    lease = await desk.turns.claim(accepted.conversation_id)
    assert lease is not None
    await desk.cases.claim(handoff_id, person("Ana"))
    with pytest.raises(LeaseLost):
        await desk.turns.finish(lease, "answered", "too late", ANSWER, Books())
    later = await desk.asked("Are you there?", owner)
    assert later.relayed
    assert await desk.turns.claim(accepted.conversation_id) is None
    assert await desk.count("select count(*) from turns where state = 'relayed'") == 2


async def test_a_reply_is_said_once_and_claims_what_nobody_has(desk: Desk) -> None:
    handoff_id, ana = await desk.opened(), person("Ana")
    first = await desk.cases.reply(handoff_id, ana, "Good morning", "a1")
    again = await desk.cases.reply(handoff_id, ana, "Good morning", "a1")
    assert first["id"] == again["id"]
    assert first["event"] == {"name": "Ana"}
    assert await desk.count("select count(*) from messages where author = 'staff'") == 1
    assert await desk.count("select count(*) from handoffs where replied_at is not null") == 1


async def test_numbers_in_a_reply_and_in_notes_are_kept_in_the_vault_alone(desk: Desk) -> None:
    handoff_id, ana = await desk.opened(), person("Ana")
    said = await desk.cases.reply(handoff_id, ana, "Call us at +49 170 1234567", None)
    noted = await desk.cases.note(handoff_id, ana, "Calls from +49 170 1234567")
    row = await desk.cases.resolve(handoff_id, ana, "callback", "Will call +49 170 1234567")
    assert {said["text"], noted["text"], row["outcome_note"]} == {
        "Call us at <PHONE_1>", "Calls from <PHONE_1>", "Will call <PHONE_1>",
    }  # fmt: skip


async def test_who_introduces_themselves_is_not_masked(desk: Desk) -> None:
    handoff_id, ana = await desk.opened(), person("Ana Reis")
    said = await desk.cases.reply(handoff_id, ana, "Hello, my name is Ana Reis.", None)
    assert said["text"] == "Hello, my name is Ana Reis."


async def test_only_the_holder_replies_and_resolves_and_anybody_may_pass_on(desk: Desk) -> None:
    handoff_id = await desk.opened()
    ana, ben = await desk.staff("Ana"), await desk.staff("Ben")
    await desk.cases.claim(handoff_id, ana)
    for attempt in (
        desk.cases.reply(handoff_id, ben, "Hello", None),
        desk.cases.resolve(handoff_id, ben, "solved", None),
        desk.cases.give_back(handoff_id, ben, None),
    ):
        with pytest.raises(AlreadyClaimed, match="Ana"):
            await attempt
    passed = await desk.cases.transfer(handoff_id, ben, ben.user_id, "Mine, I know the car")
    assert (passed["state"], passed["assigned_to"]) == ("open", ben.user_id)
    with pytest.raises(UnknownColleague):
        await desk.cases.transfer(handoff_id, ben, uuid.uuid4(), None)
    claimed = await desk.cases.claim(handoff_id, ben)
    assert claimed["claimed_name"] == "Ben"


async def test_what_has_ended_is_over(desk: Desk) -> None:
    handoff_id, ana = await desk.opened(), person("Ana")
    await desk.cases.resolve(handoff_id, ana, "solved", None)
    for attempt in (
        desk.cases.claim(handoff_id, ana),
        desk.cases.reply(handoff_id, ana, "Hello", None),
        desk.cases.resolve(handoff_id, ana, "solved", None),
        desk.cases.snooze(handoff_id, ana, datetime.now(UTC)),
        desk.cases.transfer(handoff_id, ana, None, None),
    ):
        with pytest.raises(HandoffEnded):
            await attempt
    with pytest.raises(NotFound):
        await desk.cases.claim(uuid.uuid4(), ana)
    told = "select count(*) from messages where event ->> 'state' = 'resolved'"
    assert await desk.count(told) == 1


@pytest.mark.parametrize("claimed", [True, False])
async def test_a_customer_who_writes_wakes_what_was_put_off(desk: Desk, claimed: bool) -> None:
    handoff_id, ana = await desk.opened(), person("Ana")
    if claimed:
        await desk.cases.claim(handoff_id, ana)
    later = datetime.now(UTC) + timedelta(hours=4)
    put_off = await desk.cases.snooze(handoff_id, ana, later)
    assert put_off["snoozed_until"] == later
    async with desk.database.connection() as db:
        guest = await db.fetchval("select guest_id from conversations")
    await desk.asked("Hello?", Owner.guest(guest))
    assert await desk.count("select count(*) from handoffs where snoozed_until is null") == 1


async def test_what_nobody_has_claimed_for_three_days_ends_and_is_said(desk: Desk) -> None:
    old, young = await desk.opened(), await desk.opened()
    async with desk.database.connection() as db:
        await db.execute(
            "update handoffs set target_at = target_at - interval '4 days' where id = $1", old
        )
    await desk.cases.expire_old()
    async with desk.database.connection() as db:
        states = dict(await db.fetch("select id, state from handoffs"))
    assert states == {old: "expired", young: "open"}
    told = "select count(*) from messages where event ->> 'state' = 'expired'"
    assert await desk.count(told) == 1


async def test_every_change_has_an_audit_entry_and_none_holds_words(desk: Desk) -> None:
    handoff_id = await desk.opened()
    ana = await desk.staff("Ana")
    await desk.cases.claim(handoff_id, ana)
    await desk.cases.snooze(handoff_id, ana, None)
    await desk.cases.transfer(handoff_id, ana, None, "words")
    await desk.cases.resolve(handoff_id, ana, "solved", "more words")
    async with desk.database.connection() as db:
        rows = await db.fetch("select actor, action, record, detail from audit_entries order by id")
    assert [row["action"] for row in rows] == [
        "handoff_claimed", "handoff_snoozed", "handoff_transferred", "handoff_resolved",
    ]  # fmt: skip
    assert {(row["actor"], row["record"]) for row in rows} == {(ana.actor, f"handoff:{handoff_id}")}
    assert all(row["detail"] == {} for row in rows)


async def test_staff_and_customer_who_write_at_the_same_moment_are_both_heard(desk: Desk) -> None:
    handoff_id, ana = await desk.opened(), person("Ana")
    await desk.cases.claim(handoff_id, ana)
    async with desk.database.connection() as db:
        owner = Owner.guest(await db.fetchval("select guest_id from conversations"))
    for number in range(20):
        await asyncio.gather(
            *(desk.cases.reply(handoff_id, ana, f"+49 170 123{number}{n}67", None) for n in "12"),
            *(desk.asked(f"Message {number}{n}", owner) for n in "12"),
            desk.cases.note(handoff_id, ana, f"+49 171 123{number}367"),
        )
    assert await desk.count("select count(*) from messages where author = 'staff'") == 40
    assert await desk.count("select count(*) from turns where state = 'relayed'") == 40
