"""Erasure beside everything else that writes: refused with a reason, or nothing is left behind."""

import asyncio
import uuid
from uuid import UUID

import pytest

from agents.dealership import DealershipError, DealershipUnavailable
from app.accounts.identity import Identity, Owner
from app.accounts.proofs import Proofs
from app.chat.acceptance import Incoming
from app.chat.books import Books
from app.chat.feedback import FeedbackBox
from app.chat.turns import LeaseLost, Turns
from app.db.engine import Database
from app.dealership.reminders import Reminders
from app.errors import NotFound, SessionEnded
from app.handoff.deliveries import Deliveries
from app.outbox import Outbox
from app.privacy.masking import Masker
from app.privacy.vault import Vault
from app.rights.erasure import (
    AppointmentsAhead,
    AppointmentUnderWay,
    BookingUnderWay,
    CalendarUnreachable,
    Erasure,
)
from tests.app.dealership.workshops import (
    MONDAY,
    OREGON,
    TUESDAY,
    KeptByOthers,
    KeptByUs,
    Workshop,
    wish,
)
from tests.app.dealership.workshops import at as moment
from tests.fakes.senders import KeepingSender

ANSWER = {"agent": "general", "language": "en", "sources": [], "follow_ups": []}
EMAIL = "jo.miller@example.com"
WORKING = """
with card as (
  insert into cards (conversation_id, turn_id, seq, kind, content)
  select $1, id, 99, 'action', '{}' from turns where conversation_id = $1 returning id)
insert into pending_actions (card_id, conversation_id, kind, state, details, digest, expires_at)
select id, $1, 'book', 'working', '{}', '', now() from card
"""


@pytest.fixture
def vault(database: Database) -> Vault:
    return Vault(database, "k" * 40)


def erasure(database: Database, workshop: Workshop) -> Erasure:
    return Erasure(database, workshop.dealership, workshop.clock)


async def known_customer(database: Database, vault: Vault) -> UUID:
    async with database.transaction() as db:
        return await vault.customer_of(db, "email", EMAIL)


async def said(database: Database, vault: Vault, owner: Owner, text: str = f"I am {EMAIL}") -> UUID:
    incoming = Incoming(owner, "one", text, uuid.uuid4().hex)
    found = await Masker().find(text)
    return (await Turns(database, vault).accept(incoming, found)).conversation_id


async def fetch(database: Database, sql: str, *values: object) -> object:
    async with database.connection() as db:
        return await db.fetchval(sql, *values)


async def test_an_appointment_ahead_refuses_or_is_cancelled(
    database: Database, vault: Vault, workshop: Workshop
) -> None:
    customer = await known_customer(database, vault)
    await workshop.dealership.book(wish(customer, moment(TUESDAY, 8)), "a")
    owner = Owner.customer(customer)
    with pytest.raises(AppointmentsAhead):
        await erasure(database, workshop).erase(owner, "test")
    assert await fetch(database, "select count(*) from contacts") == 1
    await erasure(database, workshop).erase(owner, "test", cancel_appointments=True)
    assert await fetch(database, "select count(*) from contacts") == 0
    (kept,) = await workshop.dealership.all_appointments(customer)
    assert kept.state == "cancelled"


async def test_an_appointment_under_way_refuses_and_one_that_is_over_does_not(
    database: Database, vault: Vault, workshop: Workshop
) -> None:
    customer = await known_customer(database, vault)
    await workshop.dealership.book(wish(customer, moment(TUESDAY, 8)), "a")
    owner = Owner.customer(customer)
    workshop.clock.now = moment(TUESDAY, 8, 15)
    with pytest.raises(AppointmentUnderWay):
        await erasure(database, workshop).erase(owner, "test", cancel_appointments=True)
    workshop.clock.now = moment(TUESDAY, 9)
    await erasure(database, workshop).erase(owner, "test")
    with pytest.raises(NotFound):
        await erasure(database, workshop).erase(owner, "test")


async def test_a_calendar_that_is_away_refuses(
    database: Database, vault: Vault, remote: KeptByOthers
) -> None:
    customer = await known_customer(database, vault)
    remote.scheduler.fail("500_before", "GET", times=9)
    with pytest.raises(CalendarUnreachable):
        await erasure(database, remote).erase(Owner.customer(customer), "test")
    assert await fetch(database, "select count(*) from contacts") == 1


async def test_a_booking_whose_outcome_is_unknown_refuses(
    database: Database, vault: Vault, records: KeptByUs
) -> None:
    customer = await known_customer(database, vault)
    conversation = await said(database, vault, Owner.customer(customer))
    async with database.connection() as db:
        await db.execute(WORKING, conversation)
    with pytest.raises(BookingUnderWay):
        await erasure(database, records).erase(Owner.customer(customer), "test")
    assert await fetch(database, "select count(*) from personal_values") == 1


async def test_a_booking_made_while_looking_is_seen(
    database: Database, vault: Vault, records: KeptByUs
) -> None:
    """Booked after the calendar was asked, settled before the rows were locked."""
    customer = await known_customer(database, vault)
    conversation = await said(database, vault, Owner.customer(customer))
    dealership = records.dealership
    look = dealership.all_appointments

    async def look_then_book(customer_id: UUID) -> object:
        found = await look(customer_id)
        if not found:
            await dealership.book(wish(customer_id, moment(TUESDAY, 8)), "a")
            async with database.connection() as db:
                await db.execute(WORKING.replace("'working'", "'done'"), conversation)
                await db.execute("update pending_actions set settled_at = clock_timestamp()")
        return found

    dealership.all_appointments = look_then_book  # type: ignore[method-assign, assignment]
    with pytest.raises(AppointmentsAhead):
        await erasure(database, records).erase(Owner.customer(customer), "test")


async def test_who_was_erased_books_nothing_and_is_reminded_of_nothing(
    database: Database, vault: Vault, records: KeptByUs
) -> None:
    customer = await known_customer(database, vault)
    outbox = Outbox(database, vault, KeepingSender())
    await erasure(database, records).erase(Owner.customer(customer), "test")
    with pytest.raises(DealershipError) as refused:
        await records.dealership.book(wish(customer, moment(TUESDAY, 8)), "a")
    assert not isinstance(refused.value, DealershipUnavailable)
    reminders = Reminders(database, vault, outbox, OREGON, "GenAuto Riverside")
    assert await reminders.owe_due(moment(MONDAY, 9)) == 0


async def test_a_running_turn_a_message_and_a_comment_come_too_late(
    database: Database, vault: Vault, records: KeptByUs
) -> None:
    guest, turns = Owner.guest(uuid.uuid4()), Turns(database, vault)
    conversation = await said(database, vault, guest)
    first = await turns.claim(conversation)
    assert first is not None
    answered = await turns.finish(first, "answered", "Hello <EMAIL_1>", ANSWER, Books())
    await said(database, vault, guest, "again")
    running = await turns.claim(conversation)
    assert running is not None
    erased = await erasure(database, records).erase(guest, "test")
    assert erased.left == (conversation,)
    assert erased.counts["turns"] == 1
    with pytest.raises(LeaseLost):
        await turns.finish(running, "answered", "late", ANSWER, Books())
    with pytest.raises(SessionEnded):
        await said(database, vault, guest, "my mail is late@example.com")
    box = FeedbackBox(database, Masker(), vault, Deliveries(database))
    with pytest.raises(NotFound):
        await box.rate(Identity(guest), answered.message_id, "up", None, "call late@example.com")
    assert await fetch(database, "select count(*) from personal_values") == 0
    assert await fetch(database, "select count(*) from messages where text ~ 'EMAIL_1'") == 2


async def test_messages_and_proofs_that_race_leave_nothing(
    database: Database, vault: Vault, records: KeptByUs
) -> None:
    sender = KeepingSender()
    proofs = Proofs(database, vault, Outbox(database, vault, sender), "s" * 40)
    for _ in range(25):
        guest = Owner.guest(uuid.uuid4())
        conversation = await said(database, vault, guest)
        async with database.transaction() as db:
            await proofs.send_code(db, conversation, "<EMAIL_1>", "{code}")
        code = await code_of(database, vault)
        racing = [said(database, vault, guest, f"and u{n}@example.com") for n in range(4)]
        results = await asyncio.gather(
            erasure(database, records).erase(guest, "test"), proofs.check(conversation, code),
            *racing, return_exceptions=True,
        )  # fmt: skip
        assert not isinstance(results[0], BaseException), results[0]
        assert [r for r in results if isinstance(r, Exception)] == [
            r for r in results if isinstance(r, SessionEnded)
        ]
        for table in ("personal_values", "contacts", "outbox_messages", "identity_codes"):
            assert await fetch(database, f"select count(*) from {table}") == 0, table


async def code_of(database: Database, vault: Vault) -> str:
    sealed = await fetch(database, "select sealed from outbox_messages")
    assert isinstance(sealed, bytes)
    return vault.unseal(sealed).split('"text":"')[1][:6]


async def test_the_conversation_of_another_guest_who_proved_the_address_loses_its_values(
    database: Database, vault: Vault, records: KeptByUs
) -> None:
    customer, guest = await known_customer(database, vault), Owner.guest(uuid.uuid4())
    conversation = await said(database, vault, guest)
    bystander = await said(database, vault, Owner.guest(uuid.uuid4()))
    async with database.connection() as db:
        await db.execute(
            "update conversations set proven_customer_id = $2, proven_until = now() where id = $1",
            conversation, customer,
        )  # fmt: skip
    erased = await erasure(database, records).erase(Owner.customer(customer), "test")
    assert erased.left == ()
    kept = await fetch(database, "select array_agg(conversation_id) from personal_values")
    assert kept == [bystander]
    assert await said(database, vault, guest, "still here") == conversation
