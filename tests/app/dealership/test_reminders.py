"""Reminders the day before: once each, in the customer's language, never of what was called off."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.db.engine import Database
from app.dealership.reminders import Reminders
from app.outbox import Letter, Outbox
from app.privacy.vault import Vault
from tests.app.dealership.workshops import MONDAY, OREGON, TUESDAY, KeptByUs, at, wish
from tests.fakes.senders import KeepingSender

EIGHT = at(MONDAY, 8)


@pytest.fixture
def sender() -> KeepingSender:
    return KeepingSender()


@pytest.fixture
def outbox(database: Database, sender: KeepingSender) -> Outbox:
    return Outbox(database, Vault(database, "k" * 40), sender)


@pytest.fixture
def reminders(database: Database, outbox: Outbox) -> Reminders:
    return Reminders(database, Vault(database, "k" * 40), outbox, OREGON, "GenAuto Riverside")


@pytest.fixture
async def customer(database: Database) -> UUID:
    async with database.transaction() as db:
        return await Vault(database, "k" * 40).customer_of(db, "email", "jo@example.com")


async def sent(outbox: Outbox, sender: KeepingSender) -> list[Letter]:
    await outbox.deliver_due()
    return sender.letters


async def test_it_is_due_the_day_before_and_sent_once(
    records: KeptByUs, reminders: Reminders, outbox: Outbox, sender: KeepingSender, customer: UUID
) -> None:
    booked = await records.dealership.book(wish(customer, at(TUESDAY, 8), "basic"), "b")
    assert await reminders.owe_due(at(MONDAY, 8) - timedelta(days=1)) == 0
    assert await reminders.owe_due(at(MONDAY, 7, 59)) == 0
    assert await reminders.owe_due(EIGHT) == 1
    for now in (EIGHT, at(MONDAY, 20), at(TUESDAY, 9)):
        assert await reminders.owe_due(now) == 0
    (letter,) = await sent(outbox, sender)
    assert (letter.to, letter.channel, letter.purpose) == ("jo@example.com", "email", "reminder")
    for part in (
        "GenAuto Riverside",
        "Basic service",
        "Tuesday, November 24",
        "8:00",
        booked.reference,
    ):
        assert part in letter.text


async def test_what_was_cancelled_is_not_reminded_of(
    records: KeptByUs, reminders: Reminders, customer: UUID
) -> None:
    booked = await records.dealership.book(wish(customer, at(TUESDAY, 8)), "b")
    await records.dealership.cancel(customer, booked.id, "c")
    assert await reminders.owe_due(EIGHT) == 0


async def test_what_was_moved_is_reminded_of_before_its_new_day(
    records: KeptByUs, reminders: Reminders, outbox: Outbox, sender: KeepingSender, customer: UUID
) -> None:
    booked = await records.dealership.book(wish(customer, at(TUESDAY, 8)), "b")
    await reminders.owe_due(EIGHT)
    assert len(await sent(outbox, sender)) == 1
    wednesday = at(TUESDAY, 10) + timedelta(days=1)
    await records.dealership.move(customer, booked.id, wednesday, "m")
    assert await reminders.owe_due(at(MONDAY, 12)) == 0
    assert await reminders.owe_due(at(TUESDAY, 8)) == 1
    assert "Wednesday, November 25" in (await sent(outbox, sender))[-1].text


@pytest.mark.parametrize("change", ["cancel", "move"])
async def test_a_reminder_that_could_not_leave_is_dropped_when_its_time_is_off(
    records: KeptByUs, reminders: Reminders, outbox: Outbox, sender: KeepingSender, customer: UUID,
    change: str,
) -> None:  # fmt: skip
    booked = await records.dealership.book(wish(customer, at(TUESDAY, 8)), "b")
    await reminders.owe_due(EIGHT)
    if change == "cancel":
        await records.dealership.cancel(customer, booked.id, "c")
    else:
        await records.dealership.move(customer, booked.id, at(TUESDAY, 14), "m")
    await reminders.owe_due(EIGHT)
    texts = [letter.text for letter in await sent(outbox, sender)]
    assert len(texts) == (0 if change == "cancel" else 1)
    assert all("2:00" in text for text in texts)


async def test_it_speaks_the_language_of_the_conversation(
    records: KeptByUs, reminders: Reminders, outbox: Outbox, sender: KeepingSender, customer: UUID,
    database: Database,
) -> None:  # fmt: skip
    await records.dealership.book(wish(customer, at(TUESDAY, 8), "basic"), "b")
    async with database.connection() as db:
        guest = await db.fetchval("insert into guests (id) values (gen_random_uuid()) returning id")
        await db.execute(
            "insert into conversations (id, guest_id, session_id, language, proven_customer_id)"
            " values (gen_random_uuid(), $1, 'word', 'de', $2)",
            guest, customer,
        )  # fmt: skip
    await reminders.owe_due(EIGHT)
    (letter,) = await sent(outbox, sender)
    assert "Kleine Inspektion" in letter.text
    assert "bis morgen" in letter.text


async def test_without_an_address_there_is_no_reminder(
    records: KeptByUs, reminders: Reminders
) -> None:
    (customer,) = await records.customers(1)
    await records.dealership.book(wish(customer, at(TUESDAY, 8)), "b")
    assert await reminders.owe_due(EIGHT) == 0
