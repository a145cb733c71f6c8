"""Rotation: what an older key sealed stays readable, keeps its placeholder, and is sealed again."""

import uuid
from uuid import UUID

import orjson
import pytest

from app.accounts.identity import Owner
from app.chat.acceptance import Incoming
from app.chat.turns import Turns
from app.db.engine import Database
from app.errors import ConfigurationError
from app.outbox import Outbox
from app.privacy.keys import Key, KeyRing, UnknownKey
from app.privacy.masking import Masker
from app.privacy.rotation import BATCH, Rotation, check_keys
from app.privacy.vault import Vault
from tests.fakes.senders import KeepingSender

OLD, NEW, OTHER = "o" * 40, "n" * 40, "x" * 40
GUEST = Owner.guest(uuid.uuid4())
EMAIL = "jo.miller@example.com"


async def said(database: Database, vault: Vault, text: str, owner: Owner = GUEST) -> UUID:
    found = await Masker().find(text)
    incoming = Incoming(owner, "one", text, uuid.uuid4().hex)
    return (await Turns(database, vault).accept(incoming, found)).conversation_id


async def rotate(database: Database, keys: KeyRing) -> list[int]:
    return [done async for done in Rotation(database, keys).run()]


async def customer_with(database: Database, vault: Vault, channel: str, address: str) -> UUID:
    async with database.transaction() as db:
        return await vault.customer_of(db, channel, address)


async def test_values_of_an_old_key_are_read_and_the_same_value_keeps_its_placeholder(
    database: Database,
) -> None:
    conversation = await said(database, Vault(database, OLD), f"I am at {EMAIL}")
    rotated = Vault(database, NEW, [OLD])
    await said(database, rotated, f"again {EMAIL.upper()} and 503-555-0163")
    assert await rotated.values(conversation) == {"<EMAIL_1>": EMAIL, "<PHONE_1>": "503-555-0163"}


async def test_a_contact_proven_under_an_old_key_is_the_same_customer(database: Database) -> None:
    known = await customer_with(database, Vault(database, OLD), "sms", "+1 503 555 0163")
    rotated = Vault(database, NEW, [OLD])
    assert await customer_with(database, rotated, "sms", "+15035550163") == known
    await rotate(database, rotated.keys)
    assert await customer_with(database, Vault(database, NEW), "sms", "+15035550163") == known


async def test_after_a_rotation_the_old_key_can_be_dropped(database: Database) -> None:
    before = Vault(database, OLD)
    conversation = await said(database, before, f"I am at {EMAIL}")
    customer = await customer_with(database, before, "email", EMAIL)
    outbox = Outbox(database, before, KeepingSender(failures=0))
    async with database.transaction() as db:
        await outbox.owe(db, "a", "email", "reminder", EMAIL, "see you")
        await db.execute("update outbox_messages set key_id = ''")  # from before rotation
    keys = KeyRing(NEW, [OLD])
    assert await Rotation(database, keys).remaining() == 3
    assert sum(await rotate(database, keys)) == 3
    assert await Rotation(database, keys).remaining() == 0

    after = Vault(database, NEW)
    await check_keys(database, after.keys)
    assert await after.values(conversation) == {"<EMAIL_1>": EMAIL}
    async with database.connection() as db:
        assert await after.contacts_of(db, customer) == [("email", EMAIL)]
        letter = orjson.loads(after.unseal(await db.fetchval("select sealed from outbox_messages")))
    assert letter == {"to": EMAIL, "text": "see you"}
    await said(database, after, f"it is {EMAIL} as ever")
    assert list(await after.values(conversation)) == ["<EMAIL_1>"]


async def test_a_rotation_that_was_stopped_goes_on_where_it_was(database: Database) -> None:
    before, count = Vault(database, OLD), BATCH + 5
    for n in range(count // 40 + 1):
        await said(database, before, " ".join(f"u{n}x{i}@example.com" for i in range(40)))
    keys = KeyRing(NEW, [OLD])
    total = await Rotation(database, keys).remaining()
    assert total > BATCH
    stopped = Rotation(database, keys).run()
    assert await anext(stopped) == BATCH
    await stopped.aclose()
    assert await Rotation(database, keys).remaining() == total - BATCH
    assert await rotate(database, keys) == [total - BATCH]


async def test_a_value_whose_key_is_missing_is_a_named_error_never_garbage(
    database: Database,
) -> None:
    conversation = await said(database, Vault(database, OLD), f"I am at {EMAIL}")
    stranger = Vault(database, OTHER)
    with pytest.raises(UnknownKey):
        await stranger.values(conversation)
    with pytest.raises(UnknownKey):
        stranger.unseal(Vault(database, OLD).seal("a letter"))
    with pytest.raises(ConfigurationError, match=f"1 personal values.*{Key(OLD).id}"):
        await check_keys(database, stranger.keys)
    await check_keys(database, Vault(database, OTHER, [OLD]).keys)


def test_a_sealed_value_moved_to_another_owner_cannot_be_opened() -> None:
    keys = KeyRing(NEW)
    sealed = keys.present.seal("a value", b"one")
    assert keys.open(sealed, b"one", keys.present.id) == "a value"
    with pytest.raises(UnknownKey):
        keys.open(sealed, b"two", keys.present.id)


async def test_a_number_is_never_given_to_a_second_value(database: Database) -> None:
    vault = Vault(database, NEW)
    conversation = await said(database, vault, f"I am at {EMAIL}")
    async with database.connection() as db:
        await db.execute("delete from personal_values")
    await said(database, vault, "now at other@example.com")
    assert await vault.values(conversation) == {"<EMAIL_2>": "other@example.com"}
