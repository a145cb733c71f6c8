"""Messages owed to customers: tried again with growing pauses, given up in the end, sent once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from app.db.engine import Database
from app.outbox import MOST_ATTEMPTS, Outbox
from app.privacy.vault import Vault
from app.senders import ConnectedSender
from app.settings import Settings
from tests.fakes.mail import MailServer
from tests.fakes.senders import KeepingSender


def outbox_with(database: Database, sender: Any) -> Outbox:
    return Outbox(database, Vault(database, "k" * 40), sender)


async def owe(database: Database, outbox: Outbox, key: str = "a", channel: str = "sms") -> None:
    async with database.transaction() as db:
        await outbox.owe(db, key, channel, "reminder", "+15550100", "see you tomorrow")


async def all_due(database: Database) -> None:
    async with database.connection() as db:
        await db.execute("update outbox_messages set next_attempt_at = clock_timestamp()")


async def rows(database: Database) -> list[tuple[str, int, int]]:
    """`(state, attempts, seconds until the next one)`"""
    async with database.connection() as db:
        found = await db.fetch(
            "select state, attempts, round(extract(epoch from next_attempt_at"
            " - clock_timestamp()))::int as pause from outbox_messages order by key"
        )
    return [tuple(row.values()) for row in found]


async def test_a_sender_that_fails_and_then_works_sends_once(database: Database) -> None:
    sender = KeepingSender(failures=2)
    outbox = outbox_with(database, sender)
    await owe(database, outbox)
    for attempt, pause in ((1, 30), (2, 60)):
        await outbox.deliver_due()
        await outbox.deliver_due()  # not yet due again
        ((state, attempts, until),) = await rows(database)
        assert (state, attempts) == ("queued", attempt)
        assert abs(until - pause) <= 2
        await all_due(database)
    await outbox.deliver_due()
    await all_due(database)
    await outbox.deliver_due()
    assert [letter.text for letter in sender.letters] == ["see you tomorrow"]
    ((state, attempts, _),) = await rows(database)
    assert (state, attempts) == ("sent", 3)


async def test_what_never_works_ends(database: Database) -> None:
    sender = KeepingSender(failures=1000)
    outbox = outbox_with(database, sender)
    await owe(database, outbox)
    for _ in range(MOST_ATTEMPTS + 3):
        await outbox.deliver_due()
        await all_due(database)
    ((state, attempts, _),) = await rows(database)
    assert (state, attempts) == ("failed", MOST_ATTEMPTS)
    assert 1000 - sender.failures == MOST_ATTEMPTS
    (entry,) = await outbox.entries()
    assert (entry.state, entry.letter) == ("failed", None)


async def test_one_message_that_fails_keeps_no_other_waiting(database: Database) -> None:
    sender = KeepingSender(failures=1)
    outbox = outbox_with(database, sender)
    for key in "ab":
        await owe(database, outbox, key)
    await outbox.deliver_due()
    assert sorted(state for state, *_ in await rows(database)) == ["queued", "sent"]


async def test_one_key_is_owed_once_and_many_deliverers_send_it_once(database: Database) -> None:
    sender = KeepingSender()
    outbox = outbox_with(database, sender)
    for _ in range(3):
        await owe(database, outbox)
    await asyncio.gather(*(outbox.deliver_due() for _ in range(5)))
    assert len(sender.letters) == 1


async def test_what_was_sent_is_forgotten(database: Database) -> None:
    outbox = outbox_with(database, KeepingSender())
    await owe(database, outbox)
    await outbox.deliver_due()
    async with database.connection() as db:
        assert await db.fetchval("select sealed from outbox_messages") == b""


@asynccontextmanager
async def text_service(answers: list[int]) -> AsyncIterator[tuple[str, list[dict[str, str]]]]:
    """A text message service that gives these answers, one after the other, then 200."""
    taken: list[dict[str, str]] = []

    async def take(request: web.Request) -> web.Response:
        status = answers.pop(0) if answers else 200
        if status < 300:
            taken.append(await request.json())
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/", taken
    await runner.cleanup()


@pytest.mark.parametrize("fault", [500, 302, 429])
async def test_a_text_message_service_out_of_order_is_asked_again(
    database: Database, fault: int
) -> None:
    async with text_service([fault]) as (url, taken), aiohttp.ClientSession() as http:
        outbox = outbox_with(
            database, ConnectedSender(Settings(_env_file=None, sms_webhook_url=url), http)
        )
        await owe(database, outbox)
        await outbox.deliver_due()
        assert taken == []
        await all_due(database)
        await outbox.deliver_due()
        assert taken == [{"to": "+15550100", "text": "see you tomorrow"}]


async def test_without_a_mail_server_an_e_mail_is_not_delivered(database: Database) -> None:
    async with aiohttp.ClientSession() as http:
        settings = Settings(_env_file=None, sms_webhook_url="http://127.0.0.1:9/", smtp_url="")
        outbox = outbox_with(database, ConnectedSender(settings, http))
        await owe(database, outbox, "a", "email")
        await owe(database, outbox, "b", "sms")
        await outbox.deliver_due()
    assert [(state, attempts) for state, attempts, _ in await rows(database)] == [("queued", 1)] * 2


async def test_a_mail_server_that_refuses_first_gets_the_mail_later(database: Database) -> None:
    async with MailServer().serving() as mail, aiohttp.ClientSession() as http:
        settings = Settings(_env_file=None, smtp_url=mail.url, mail_from="chat@dealer.test")
        outbox, mail.refusals = outbox_with(database, ConnectedSender(settings, http)), 1
        async with database.transaction() as db:
            await outbox.owe(db, "a", "email", "reminder", "jo@example.com", "Grüße, bis morgen")
        await outbox.deliver_due()
        assert mail.mails == []
        await all_due(database)
        await outbox.deliver_due()
    (sent,) = mail.mails
    assert (sent["To"], sent["From"]) == ("jo@example.com", "chat@dealer.test")
    content = sent.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert content.decode().strip() == "Grüße, bis morgen"
