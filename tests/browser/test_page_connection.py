"""Nothing typed is lost: cuts, refusals, restarts and endings as the page lives through them."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.browser.page_server import ANSWER, Frame, PageServer, Talk
from tests.browser.test_page_chat import QUESTION, answers, ask


async def test_cut_in_mid_answer_ends_with_one_answer(page: Page, page_server: PageServer) -> None:
    async def script(server: PageServer, talk: Talk, accepted: Frame) -> None:
        await server.stream(talk, accepted["turn"], ANSWER, upto=8)
        await asyncio.sleep(0.2)
        await server.cut(talk)
        while not talk.listeners:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        await server.complete(talk, accepted)

    page_server.script = script
    await page.goto("/chat")
    await ask(page, QUESTION)
    await expect(answers(page)).to_have_count(1)
    await expect(page.locator(".message.assistant")).to_have_count(1)
    await expect(page.locator(".bubble")).to_have_text([QUESTION])
    assert page_server.opened == 2
    assert page_server.of("resume")[-1]["after"] == 1
    assert len(page_server.of("message")) == 1


async def test_answer_that_ended_meanwhile_is_replayed_once(
    page: Page, page_server: PageServer
) -> None:
    async def script(server: PageServer, talk: Talk, accepted: Frame) -> None:
        await server.stream(talk, accepted["turn"], ANSWER, upto=8)
        await asyncio.sleep(0.1)
        await server.cut(talk)
        complete = await server.complete(talk, accepted)
        while not talk.listeners:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        await talk.tell(complete)

    page_server.script = script
    await page.goto("/chat")
    await ask(page, QUESTION)
    await expect(answers(page)).to_have_count(1)
    await asyncio.sleep(0.5)
    await expect(page.locator(".message")).to_have_count(2)


async def test_message_without_acknowledgement_is_sent_again_with_the_same_id(
    page: Page, page_server: PageServer
) -> None:
    takes = page_server.take

    async def lose_first(websocket: object, talk: Talk, frame: Frame) -> None:
        if len(page_server.of("message")) == 1:
            await page_server.cut(talk)
        else:
            await takes(websocket, talk, frame)  # type: ignore[arg-type]

    page_server.take = lose_first  # type: ignore[method-assign]
    await page.goto("/chat")
    await ask(page, QUESTION)
    await expect(answers(page)).to_have_count(1)
    first, second = page_server.of("message")
    assert first["client_message_id"] == second["client_message_id"]
    await expect(page.locator(".bubble")).to_have_text([QUESTION])


async def test_message_outlives_a_reload_while_the_server_is_away(
    page: Page, page_server: PageServer
) -> None:
    page_server.close_with = 1012
    await page.goto("/chat")
    await ask(page, "Written while away")
    waiting = page.locator(".message[data-state=queued]")
    await expect(waiting).to_contain_text("Waiting to be sent")
    await page.reload()
    await expect(waiting).to_contain_text("Written while away")
    await expect(page.locator("#connection")).to_be_visible()
    page_server.close_with = None
    await expect(answers(page)).to_have_count(1, timeout=15_000)
    await expect(page.locator("#connection")).to_be_hidden()
    assert len(page_server.of("message")) == 1


async def test_server_that_restarts_says_when_to_come_back(
    page: Page, page_server: PageServer
) -> None:
    await page.goto("/chat")
    await ask(page, QUESTION)
    await expect(answers(page)).to_have_count(1)
    talk = next(iter(page_server.talks.values()))
    await talk.tell({"type": "reconnect", "after_ms": 1800})
    await page_server.cut(talk, 1012)
    await expect(page.locator("#connection")).to_contain_text("being updated")
    assert page_server.opened == 1
    await expect(page.locator("#presence")).to_have_text("Here now")
    assert page_server.opened == 2


async def test_refused_message_keeps_its_text_and_can_be_edited(
    page: Page, page_server: PageServer
) -> None:
    page_server.errors = [{"code": "EmptyMessage", "error": "The message is empty."}]
    await page.goto("/chat")
    await ask(page, "An unreadable message")
    await expect(page.locator(".message[data-state=failed]")).to_contain_text("no readable text")
    await page.reload()
    await expect(page.locator(".message[data-state=failed]")).to_contain_text("unreadable message")
    await page.get_by_role("button", name="Edit").click()
    await expect(page.get_by_label("Your message")).to_have_value("An unreadable message")
    await expect(page.locator(".message")).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(answers(page)).to_have_count(1)


async def test_rate_limit_sends_again_by_itself(page: Page, page_server: PageServer) -> None:
    page_server.errors = [{"code": "TooManyRequests", "error": "Too many.", "retry_after": 1}]
    await page.goto("/chat")
    await ask(page, QUESTION)
    await expect(page.locator(".message[data-state=retrying]")).to_contain_text("in a moment")
    await expect(answers(page)).to_have_count(1)
    first, second = page_server.of("message")
    assert first["client_message_id"] == second["client_message_id"]


async def test_missing_events_are_asked_for(page: Page, page_server: PageServer) -> None:
    await page.goto("/chat")
    await ask(page, QUESTION)
    await expect(answers(page)).to_have_count(1)
    talk = next(iter(page_server.talks.values()))
    listeners, talk.listeners = talk.listeners, set()
    frame = {"type": "accepted", "client_message_id": "x", "turn": 2, "message": "Missed",
             "message_id": "10000000-0000-4000-8000-000000000002"}  # fmt: skip
    await talk.store(frame)
    talk.listeners = listeners
    await page_server.complete(talk, frame, response="Seen", sources=[], follow_ups=[])
    await expect(page.locator(".bubble")).to_have_text([QUESTION, "Missed"])
    await expect(answers(page).last).to_contain_text("Seen")
    assert page_server.of("resume")[-1]["after"] == 2


@pytest.mark.parametrize(
    ("code", "title", "step"),
    [
        (4401, "You have been signed out", "Sign in"),
        (4403, "The chat cannot be opened from this address", "Call +1 555 0100"),
        (4404, "This conversation is not available", "New conversation"),
    ],
)
async def test_endings_are_designed_and_final(
    page: Page, page_server: PageServer, code: int, title: str, step: str
) -> None:
    page_server.close_with = code
    await page.goto("/chat?session=somewhere")
    card = page.get_by_role("region", name=title)
    await expect(card).to_contain_text(step)
    await asyncio.sleep(1.5)
    assert page_server.opened == 1


async def test_deleted_elsewhere_clears_the_page(page: Page, page_server: PageServer) -> None:
    await page.goto("/chat")
    await ask(page, QUESTION)
    await expect(answers(page)).to_have_count(1)
    talk = next(iter(page_server.talks.values()))
    talk.events.clear()
    await talk.tell({"type": "deleted"})
    await expect(page.locator("#start")).to_be_visible()
    await ask(page, "Begin again")
    await expect(page.locator(".bubble")).to_have_text(["Begin again"])


async def test_works_without_storage_and_without_a_secure_context(
    page: Page, page_server: PageServer
) -> None:
    await page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('off') }});"
        "delete Crypto.prototype.randomUUID;"
    )
    await page.goto("/chat")
    await ask(page, QUESTION)
    await expect(answers(page)).to_have_count(1)
