"""The whole way of an accident claim: told by a signed webhook, answered at the desk, settled and
rated, in two browsers; and the same while receiver and server fail."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, expect

from tests.bookings import OFFLINE
from tests.browser.desk import at_desk, in_chat, open_row, say, value
from tests.fakes.webhooks import WebhookReceiver
from tests.server import Server

Start = Callable[..., Awaitable[Server]]
SECRET = "whsec_" + base64.b64encode(b"a secret of the help desk").decode()
CLAIM = "I had an accident with your courtesy car last week. Who handles the claim?"
PHONE = "503-555-0163"


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver([SECRET]).serving() as receiver:
        yield receiver


def told_to(receiver: WebhookReceiver) -> dict[str, str]:
    return {
        **OFFLINE,
        "HUMAN_SUPPORT_WEBHOOK": receiver.url(),
        "HUMAN_SUPPORT_WEBHOOK_SECRET": SECRET,
        "WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
    }


async def reference_of(customer: Page, server: Server) -> str:
    """The one the customer reads."""
    line = customer.locator(".event", has_text="Passed on to our team")
    await expect(line).to_have_count(1)
    return (await line.inner_text()).rpartition(" ")[2].strip()


async def answer_and_settle(desk: Page, customer: Page, reference: str) -> None:
    await open_row(desk, reference)
    await desk.get_by_role("button", name="Claim").click()
    await expect(customer.locator("#handoff")).to_contain_text("You are talking to Ana Reis.")
    await expect(customer.locator("#person")).to_be_hidden()
    await desk.get_by_label("Your reply").fill("I am sorry to hear that. May I call you?")
    await desk.keyboard.press("Enter")
    said = customer.locator(".message.staff")
    await expect(said).to_contain_text("May I call you?")
    await expect(said).to_contain_text("Ana Reis")
    await say(customer, f"Yes, at {PHONE}")
    await desk.locator("#transcript .masked").first.click()
    await desk.get_by_label("Why do you need it?").fill("To call about the claim")
    await desk.keyboard.press("Enter")
    await expect(desk.locator("#transcript .revealed").first).to_have_text(PHONE)
    await desk.get_by_role("button", name="Resolve", exact=True).click()
    resolving = desk.get_by_role("dialog", name="Resolve this conversation")
    await resolving.get_by_role("button", name="Resolve").click()
    await expect(customer.locator("#handoff")).to_be_hidden()
    await expect(customer.locator(".event", has_text=f"Settled · {reference}")).to_have_count(1)


async def rate(customer: Page) -> None:
    card = customer.locator(".rating")
    await expect(card).to_have_count(1)
    await card.get_by_label("5 · Great").check()
    await card.get_by_label("Anything you would like to add").fill("Kind and quick")
    await card.get_by_role("button", name="Send").click()
    await expect(card).to_contain_text("Thank you. That helps us.")
    await customer.reload()
    await expect(customer.locator(".event", has_text="Settled")).to_have_count(1)
    await expect(customer.locator(".rating")).to_have_count(0)


async def test_an_accident_claim_from_the_question_to_the_rating(
    browser: Browser, start_server: Start, receiver: WebhookReceiver
) -> None:
    server = await start_server(**told_to(receiver))
    async with at_desk(browser, server) as desk, in_chat(browser, server) as customer:
        await say(customer, CLAIM)
        reference = await reference_of(customer, server)
        await receiver.until(1)
        created = receiver.taken[0].event
        assert created["type"] == "handoff.created"
        assert created["data"]["reason"] == "sensitive_topic"
        assert created["data"]["reference"] == reference
        await answer_and_settle(desk, customer, reference)
        await rate(customer)
        await receiver.until(4)
    assert PHONE not in "".join(each.body for each in receiver.requests)
    assert set(receiver.types) == {
        "handoff.created", "handoff.claimed", "handoff.updated", "handoff.resolved",
    }  # fmt: skip
    entries = "select count(*) from audit_entries where action = 'value_revealed'"
    assert await value(server, entries) == 1
    assert await value(server, "select rating from handoffs") == 5


async def test_the_same_while_the_receiver_is_down_and_the_server_is_killed(
    browser: Browser, start_server: Start, receiver: WebhookReceiver
) -> None:
    receiver.mode = "down"
    server = await start_server(**told_to(receiver))
    async with in_chat(browser, server) as customer:
        await say(customer, CLAIM)
        reference = await reference_of(customer, server)
        while not await value(server, "select count(*) from delivery_attempts"):
            await asyncio.sleep(0.02)
        server.kill()
        await expect(customer.locator("#connection")).to_be_visible()
        await server.start()
        await expect(customer.locator("#connection")).to_be_hidden()
        await expect(customer.locator("#handoff")).to_contain_text(reference)
        async with at_desk(browser, server) as desk:
            await answer_and_settle(desk, customer, reference)
        receiver.mode = "ok"
        due = "update deliveries set next_attempt_at = now(), lease_until = null returning 1"
        while len(set(receiver.types)) < 4:
            await value(server, due)
            await asyncio.sleep(0.2)
        await rate(customer)
    ids = {each.id for each in receiver.taken if each.event["type"] == "handoff.created"}
    assert len(ids) == 1
    assert receiver.types[0] == "handoff.created"
