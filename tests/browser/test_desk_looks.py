"""The desk's pages for everybody: axe, both schemes, narrow and wide, and other languages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import serious_issues
from tests.browser.desk import (
    WIDTHS,
    ask_for_a_person,
    at_desk,
    in_chat,
    open_row,
    value,
)
from tests.browser.test_page_accessibility import overflow
from tests.server import Server

Scheme = Literal["light", "dark"]
DIALOGS = {
    "resolve": "#resolving",
    "return": "#returning",
    "transfer": "#transferring",
    "snooze": "#snoozing",
}
PHONE: ViewportSize = {"width": 320, "height": 640}


async def sound(page: Page) -> None:
    assert await serious_issues(page) == []
    assert await overflow(page) == 0


async def sound_everywhere(page: Page) -> None:
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        await sound(page)


@asynccontextmanager
async def looked_at(
    browser: Browser, server: Server, scheme: Scheme, address: str = "/desk", **options: Any
) -> AsyncIterator[Page]:
    """Axe is put into the page past its policy."""
    async with at_desk(
        browser, server, address=address, color_scheme=scheme, bypass_csp=True, **options
    ) as page:
        yield page


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_queue_conversation_and_dialogs(
    browser: Browser, desk_server: Server, scheme: Scheme
) -> None:
    async with (
        looked_at(browser, desk_server, scheme) as desk,
        in_chat(browser, desk_server) as customer,
    ):
        await sound_everywhere(desk)
        reference = await ask_for_a_person(
            customer, desk_server, "My number is 503-555-0163. How much can the X1 tow?"
        )
        await expect(desk.locator(".row")).not_to_have_count(0)
        await sound_everywhere(desk)
        await open_row(desk, reference)
        await sound_everywhere(desk)
        await desk.locator("#claim").click()
        await desk.get_by_role("button", name="Note to colleagues").click()
        await desk.get_by_label("Your note").fill("A note.")
        await desk.keyboard.press("Enter")
        await expect(desk.locator(".from-note")).to_have_count(1)
        await sound_everywhere(desk)
        await desk.set_viewport_size(PHONE)
        await desk.locator("#to-context").click()
        await sound(desk)
        await desk.locator("#to-talk").click()
        for button, dialog in DIALOGS.items():
            if button != "resolve":
                await desk.locator("#more").click()
                await sound(desk)
            await desk.locator(f"#{button}").click()
            await expect(desk.locator(dialog)).to_be_visible()
            await sound(desk)
            await desk.keyboard.press("Escape")
        await desk.locator("#transcript .masked").first.click()
        await sound(desk)
        await desk.keyboard.press("Escape")
        await desk.set_viewport_size({"width": 1440, "height": 900})
        wrong = desk.get_by_role("button", name="This answer was wrong").first
        await wrong.focus()
        await desk.keyboard.press("Enter")
        await sound(desk)
        await desk.get_by_label("What would have been right?").fill("2,200 kg.")
        await desk.get_by_role("button", name="Add to the list").click()
        await expect(desk.locator("#status")).to_have_text("Added to the knowledge gaps.")
        await desk.get_by_role("button", name="Menu").click()
        await sound(desk)
        await desk.get_by_role("button", name="Canned replies").click()
        await sound_everywhere(desk)


@pytest.mark.parametrize("language", ["de", "pt-BR", "es"])
async def test_other_languages_fit(browser: Browser, desk_server: Server, language: str) -> None:
    async with at_desk(
        browser,
        desk_server,
        address=f"/desk?lang={language}",
        viewport=PHONE,
    ) as desk:
        await expect(desk.locator(".row, .queue-empty")).not_to_have_count(0)
        assert await overflow(desk) == 0
        for address in ("/desk/overview", "/desk/feedback", "/desk/feedback?show=gaps"):
            await desk.goto(address)
            await expect(desk.locator("#overview, #feedback")).to_be_visible()
            assert await overflow(desk) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_overview_counts_and_leads_to_the_lists(
    browser: Browser, desk_server: Server, scheme: Scheme
) -> None:
    waiting = await value(desk_server, "select count(*) from handoffs where state = 'open'")
    async with in_chat(browser, desk_server) as customer:
        await ask_for_a_person(customer, desk_server)
        async with looked_at(browser, desk_server, scheme, "/desk/overview") as page:
            tile = page.locator(".tile").filter(has_text="Open the queue")
            await expect(tile.locator("strong")).to_have_text(str(waiting + 1))
            await expect(page.locator("#reasons")).to_contain_text("Asked for a person")
            await expect(page.locator("#days svg text").last).to_be_visible()
            await sound_everywhere(page)
            await page.get_by_role("button", name="Refresh").click()
            await expect(page.locator("#status")).to_contain_text("Updated at")
            await page.get_by_role("link", name="Show the resolved").click()
            resolved = page.get_by_role("button", name="Resolved")
            await expect(resolved).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_feedback_and_gaps_are_read_with_what_they_are_about(
    browser: Browser, desk_server: Server, scheme: Scheme
) -> None:
    async with in_chat(browser, desk_server) as customer:
        reference = await ask_for_a_person(customer, desk_server, "How much can the X1 tow?")
        thumb = customer.get_by_role("button", name="Helpful").first
        await thumb.click()
        await expect(customer.get_by_text("Your feedback is saved.").first).to_be_visible()
        async with looked_at(browser, desk_server, scheme) as desk:
            await open_row(desk, reference)
            await desk.get_by_role("button", name="This answer was wrong").first.focus()
            await desk.keyboard.press("Enter")
            await desk.get_by_label("What would have been right?").fill(f"2,200 kg, {scheme}.")
            await desk.get_by_role("button", name="Add to the list").click()
            await expect(desk.locator("#status")).to_have_text("Added to the knowledge gaps.")
            await desk.get_by_role("link", name="Feedback").click()
            entry = desk.locator(".entry").first
            await expect(entry).to_contain_text("How much can the X1 tow?")
            await entry.get_by_text("Passages it drew on").click()
            await expect(entry.locator(".passages")).to_contain_text("2,000 kg")
            await sound_everywhere(desk)
            await desk.get_by_role("button", name="Ratings").click()
            await expect(desk.get_by_text("No feedback of this kind yet.")).to_be_visible()
            await desk.get_by_role("button", name="Knowledge gaps").click()
            gap = desk.locator(".entry", has_text=f"2,200 kg, {scheme}.")
            await expect(gap).to_contain_text("Reported by Ana Reis")
            await sound_everywhere(desk)
            await gap.get_by_role("button", name="Close").click()
            await expect(gap).to_have_count(0)
            await desk.get_by_role("button", name="Closed").click()
            await expect(gap).to_be_visible()


async def test_targets_are_large_enough_for_a_finger(browser: Browser, desk_server: Server) -> None:
    touch = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    async with in_chat(browser, desk_server) as customer:
        reference = await ask_for_a_person(customer, desk_server, "How much can the X1 tow?")
        async with at_desk(browser, desk_server, **touch) as phone:
            await open_row(phone, reference)
            small = await phone.locator("button:visible, a:visible, select:visible").evaluate_all(
                SMALL
            )
            assert small == []


SMALL = """all => all.filter(e => !e.matches('.masked, .skip') &&
Math.min(e.offsetWidth, e.offsetHeight) < 44).map(e => e.outerHTML.slice(0, 80))"""
