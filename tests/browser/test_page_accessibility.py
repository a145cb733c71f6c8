"""The pages by keyboard, by screen reader's rules, and on the narrowest phone."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import serious_issues
from tests.browser.page_server import Frame, PageServer, Talk, metadata
from tests.browser.test_page_chat import QUESTION, answers, ask


async def overflow(page: Page) -> int:
    """How far the page can be scrolled sideways."""
    script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(await page.evaluate(script))


async def long_conversation(page: Page, server: PageServer) -> None:
    kinds = (
        metadata(),
        metadata(escalation="safety_concern", sources=[], follow_ups=[]),
        metadata(notice="degraded"),
        metadata(outcome="failed", sources=[], follow_ups=[]),
        metadata(escalation="user_request", sources=[]),
    )
    for number, kind in enumerate(kinds):
        server.metadata = kind
        await ask(page, f"Question {number}")
        await expect(answers(page)).to_have_count(number + 1)
    server.errors = [{"code": "EmptyMessage", "error": "Empty."}]
    await ask(page, "Refused")
    await expect(page.locator("[data-state=failed]")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_chat_has_no_serious_issue(
    page: Page, page_server: PageServer, scheme: str, width: int
) -> None:
    await page.set_viewport_size({"width": width, "height": 700})
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    await page.goto("/chat")
    await expect(page.locator("#presence")).to_have_text("Here now")
    assert await serious_issues(page) == []
    await long_conversation(page, page_server)
    assert await serious_issues(page) == []
    assert await overflow(page) == 0
    await page.locator(".source").first.click()
    await expect(page.locator("mark").first).to_be_visible()
    assert await serious_issues(page) == []
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Menu").click()
    assert await serious_issues(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["/login", "/login?setup=word", "/knowledge", "/nothing"])
async def test_other_pages_have_no_serious_issue_and_fit_a_phone(
    page: Page, page_server: PageServer, scheme: str, address: str
) -> None:
    page_server.name = "Eli" if address == "/knowledge" else None
    await page.set_viewport_size({"width": 320, "height": 700})
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    await page.goto(address)
    await expect(page.get_by_role("heading", level=1).locator("visible=true")).to_have_count(1)
    await page.wait_for_load_state("networkidle")
    assert await serious_issues(page) == []
    assert await overflow(page) == 0


async def test_whole_conversation_by_keyboard(page: Page, page_server: PageServer) -> None:
    await page.goto("/chat")
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Your message")).to_be_focused()
    await page.keyboard.type(QUESTION)
    await page.keyboard.press("Enter")
    await expect(answers(page)).to_have_count(1)
    await expect(page.get_by_label("Your message")).to_be_focused()
    await tab_back_to(page, ".chip")
    await page.keyboard.press("Enter")
    await expect(page.locator("#passage-title")).to_be_focused()
    await page.keyboard.press("Escape")
    await tab_back_to(page, "#menu-button")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.locator("#open-history")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#menu-button")).to_be_focused()


async def tab_back_to(page: Page, selector: str) -> None:
    for _ in range(40):
        await page.keyboard.press("Shift+Tab")
        if await page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"The keyboard does not reach {selector}.")


async def test_screen_reader_hears_the_answer_once_it_is_whole(
    page: Page, page_server: PageServer
) -> None:
    release = asyncio.Event()

    async def script(server: PageServer, talk: Talk, accepted: Frame) -> None:
        await server.stream(talk, accepted["turn"], server.answer, upto=5)
        await release.wait()
        await server.complete(talk, accepted)

    page_server.script = script
    await page.goto("/chat")
    log, status = page.get_by_role("log"), page.locator("#status")
    await expect(log).to_have_attribute("aria-busy", "false")
    await ask(page, QUESTION)
    await expect(log).to_have_attribute("aria-busy", "true")
    await expect(status).to_have_text("The assistant is answering")
    release.set()
    await expect(status).to_contain_text("may tow a braked trailer")
    await expect(log).to_have_attribute("aria-busy", "false")
    await page.reload()
    await expect(answers(page)).to_have_count(1)
    await expect(status).to_have_text("")


async def test_targets_are_large_enough_for_a_finger(page: Page, page_server: PageServer) -> None:
    browser = page.context.browser
    assert browser is not None
    context = await browser.new_context(
        base_url=page_server.url, viewport={"width": 360, "height": 740}, has_touch=True,
        is_mobile=True, locale="en-GB",
    )  # fmt: skip
    phone = await context.new_page()
    await phone.goto("/chat")
    await ask(phone, QUESTION)
    await expect(answers(phone)).to_have_count(1)
    small = await phone.locator("button:visible, a:visible, select:visible").evaluate_all(
        """all => all.filter(e => !e.matches('.chip, .skip') &&
        Math.min(e.offsetWidth, e.offsetHeight) < 44).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert small == []
    await context.close()


async def test_page_without_script_names_the_telephone(page: Page, page_server: PageServer) -> None:
    browser = page.context.browser
    assert browser is not None
    context = await browser.new_context(
        base_url=page_server.url, java_script_enabled=False, locale="en-GB"
    )
    plain = await context.new_page()
    await plain.goto("/chat")
    assert "You can also call us at +1 555 0100." in await plain.locator("body").inner_text()
    await context.close()
