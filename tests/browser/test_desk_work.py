"""What staff do at the desk beside talking: canned replies, snooze, transfer, return, alerts."""

import re

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.browser.desk import (
    ask_for_a_person,
    at_desk,
    in_chat,
    open_row,
    opened,
    row,
    session_of,
)
from tests.server import Server

HEAR = """() => {
  window.told = [];
  window.Notification = class extends EventTarget {
    static permission = "granted";
    static async requestPermission() { return "granted"; }
    constructor(title, { body }) { super(); window.told.push([title, body]); }
  };
}"""
HOURS = "We are open Monday to Friday, 8:00 to 18:00."


async def choose_more(desk: Page, what: str) -> None:
    await desk.get_by_role("button", name="More").click()
    await desk.locator("#more-menu").get_by_role("button", name=what).click()


async def choose_in_menu(desk: Page, what: str) -> None:
    await desk.get_by_role("button", name="Menu").click()
    await desk.locator("#menu").get_by_role("button", name=what).click()


async def claim(desk: Page, reference: str) -> None:
    await open_row(desk, reference)
    await desk.locator("#claim").click()
    await expect(desk.locator("#talk-line")).to_contain_text("You are answering")


def mine(desk: Page) -> Locator:
    return desk.locator(".from-staff:not([data-state])")


async def test_everything_goes_by_keyboard(browser: Browser, desk_server: Server) -> None:
    async with at_desk(browser, desk_server) as desk, in_chat(browser, desk_server) as customer:
        reference = await ask_for_a_person(customer, desk_server)
        await choose_in_menu(desk, "Canned replies")
        await desk.get_by_label("Shortcut").fill("hours")
        await desk.locator("#canned-words").fill(HOURS)
        await desk.keyboard.press("Tab")
        await desk.keyboard.press("Enter")
        await expect(desk.locator(".canned-list")).to_contain_text("/hours")
        await desk.keyboard.press("Escape")

        await expect(row(desk, reference)).to_be_visible()
        await desk.keyboard.press("/")
        await expect(desk.locator("#find")).to_be_focused()
        await desk.keyboard.type(reference)
        await expect(desk.locator(".row")).to_have_count(1)
        await desk.keyboard.press("Escape")
        await desk.keyboard.press("j")
        await expect(row(desk, reference)).to_be_focused()
        await desk.keyboard.press("Enter")
        await expect(desk.locator("#talk-title")).to_contain_text(reference)
        await desk.keyboard.press("c")
        await expect(desk.get_by_label("Your reply")).to_be_focused()
        await desk.keyboard.type("/hou")
        await expect(desk.locator("#canned-menu [role=option]")).to_have_count(1)
        await desk.keyboard.press("ArrowDown")
        await desk.keyboard.press("Enter")
        await expect(desk.get_by_label("Your reply")).to_have_value(HOURS)
        await desk.keyboard.press("Enter")
        await expect(mine(desk)).to_contain_text(HOURS)
        await expect(customer.locator("#transcript")).to_contain_text(HOURS)
        await desk.keyboard.press("Escape")
        await desk.keyboard.press("n")
        await desk.keyboard.type("Knows when we are open. c e j")
        await desk.keyboard.press("Enter")
        await expect(desk.locator(".from-note")).to_contain_text("c e j")
        await desk.keyboard.press("Escape")
        await desk.keyboard.press("?")
        await expect(desk.get_by_role("dialog", name="Keyboard")).to_be_visible()
        await desk.keyboard.press("Escape")
        await desk.keyboard.press("e")
        await expect(desk.get_by_role("dialog", name="Resolve")).to_be_visible()
        await desk.keyboard.press("Enter")
        await expect(desk.locator("#talk-line")).to_contain_text("Solved")
        await desk.keyboard.press("Escape")
        await expect(desk.locator("#talk-none")).to_be_visible()


async def test_a_reply_that_did_not_get_there_stays_and_is_said_once(
    browser: Browser, desk_server: Server
) -> None:
    async with at_desk(browser, desk_server) as desk, in_chat(browser, desk_server) as customer:
        await claim(desk, await ask_for_a_person(customer, desk_server))

        async def lose(route: Route) -> None:
            """It arrives, but nobody hears of it."""
            await route.fetch()
            await route.abort()

        await desk.route("**/messages", lose, times=1)
        await desk.get_by_label("Your reply").fill("Your car is ready.")
        await desk.keyboard.press("Enter")
        await expect(desk.locator("#transcript")).to_contain_text("Your car is ready.")
        await expect(mine(desk)).to_have_count(1)
        await desk.route("**/messages", lambda route: route.abort(), times=1)
        await desk.get_by_label("Your reply").fill("Come whenever you like.")
        await desk.keyboard.press("Enter")
        failed = desk.locator("[data-state=failed]")
        await expect(failed).to_contain_text("Come whenever you like.")
        await failed.get_by_role("button", name="Try again").click()
        await expect(failed).to_have_count(0)
        await expect(mine(desk)).to_have_count(2)
        seen = customer.locator("#transcript").get_by_text("Come whenever you like.")
        await expect(seen).to_have_count(1)


async def test_drafts_stay_with_their_conversation(browser: Browser, desk_server: Server) -> None:
    async with (
        at_desk(browser, desk_server) as desk,
        in_chat(browser, desk_server) as one,
        in_chat(browser, desk_server) as other,
    ):
        first = await ask_for_a_person(one, desk_server)
        second = await ask_for_a_person(other, desk_server)
        await open_row(desk, first)
        await desk.get_by_label("Your reply").fill("Half a sentence")
        await open_row(desk, second)
        await expect(desk.get_by_label("Your reply")).to_have_value("")
        await open_row(desk, first)
        await expect(desk.get_by_label("Your reply")).to_have_value("Half a sentence")


async def test_put_off_and_back(browser: Browser, desk_server: Server) -> None:
    async with at_desk(browser, desk_server) as desk, in_chat(browser, desk_server) as customer:
        reference = await ask_for_a_person(customer, desk_server)
        await claim(desk, reference)
        await choose_more(desk, "Snooze")
        dialog = desk.get_by_role("dialog", name="Snooze until")
        await dialog.get_by_label("Another time").check()
        await dialog.get_by_role("button", name="Snooze").click()
        await expect(dialog.get_by_text("Please choose a time to come.")).to_be_visible()
        await dialog.get_by_label("Tomorrow at 9:00").check()
        await dialog.get_by_role("button", name="Snooze").click()
        await expect(row(desk, reference)).to_have_count(0)
        await desk.get_by_role("button", name="Snoozed").click()
        await expect(row(desk, reference)).to_contain_text(re.compile("until .*0?9:00"))
        await choose_more(desk, "Wake now")
        await expect(row(desk, reference)).to_have_count(0)
        await desk.get_by_role("button", name="Waiting and mine").click()
        await expect(row(desk, reference)).to_be_visible()


async def test_passed_on_to_a_colleague_who_is_there(browser: Browser, desk_server: Server) -> None:
    async with (
        at_desk(browser, desk_server) as ana,
        at_desk(browser, desk_server, "Cem Kaya") as cem,
        in_chat(browser, desk_server) as customer,
    ):
        reference = await ask_for_a_person(customer, desk_server)
        await claim(ana, reference)
        await choose_more(ana, "Transfer")
        dialog = ana.get_by_role("dialog", name="Transfer")
        await dialog.get_by_role("button", name="Transfer").click()
        await expect(dialog.get_by_text("Please choose who gets it.")).to_be_visible()
        there = dialog.locator(".option", has_text="Cem Kaya")
        await expect(there).to_contain_text("Here now")
        await there.locator("input").check()
        await dialog.get_by_label("Note for them").fill("Speaks Turkish.")
        await dialog.get_by_role("button", name="Transfer").click()
        await expect(row(cem, reference)).to_contain_text("For Cem Kaya")
        await claim(cem, reference)
        await expect(cem.locator(".from-note")).to_contain_text("Speaks Turkish.")
        await expect(ana.locator("#talk-line")).to_contain_text("Cem Kaya is answering")


async def test_given_back_the_assistant_answers_again(
    browser: Browser, desk_server: Server
) -> None:
    async with at_desk(browser, desk_server) as desk, in_chat(browser, desk_server) as customer:
        reference = await ask_for_a_person(customer, desk_server)
        await claim(desk, reference)
        await choose_more(desk, "Return to the assistant")
        dialog = desk.get_by_role("dialog", name="Return to the assistant")
        await dialog.get_by_label("What was agreed?").fill("The loan car is reserved.")
        await dialog.get_by_role("button", name="Return it").click()
        await expect(desk.locator("#transcript")).to_contain_text("Returned to the assistant")
        await expect(desk.locator("#talk-line")).to_contain_text("Back with the assistant")
        await customer.get_by_label("Your message").fill("How much can the X1 tow?")
        await customer.keyboard.press("Enter")
        await expect(desk.locator(".from-assistant").last).to_contain_text("2,000 kg")


async def test_a_suggestion_is_used_edited_or_dismissed(
    browser: Browser, desk_server: Server
) -> None:
    async with at_desk(browser, desk_server) as desk, in_chat(browser, desk_server) as customer:
        await claim(desk, await ask_for_a_person(customer, desk_server))
        await customer.get_by_label("Your message").fill("How much can the X1 tow?")
        await customer.keyboard.press("Enter")
        await expect(desk.locator(".from-customer").last).to_contain_text("tow")
        box = desk.get_by_role("region", name="Suggested by the assistant")
        await choose_more(desk, "Suggest a reply")
        await expect(box).to_contain_text("2,000 kg")
        await box.get_by_role("button", name="Dismiss").click()
        await expect(box).to_be_hidden()
        await choose_more(desk, "Suggest a reply")
        await box.get_by_role("button", name="Edit").click()
        await expect(desk.get_by_label("Your reply")).to_have_value(re.compile("2,000 kg"))
        await desk.get_by_label("Your reply").fill("")
        await choose_more(desk, "Suggest a reply")
        await box.get_by_role("button", name="Use and send").click()
        await expect(mine(desk)).to_contain_text("2,000 kg")
        await expect(customer.locator("#transcript .message").last).to_contain_text("2,000 kg")


async def test_alerts_are_off_until_chosen_and_remembered(
    whole_browser: Browser, browser: Browser, desk_server: Server
) -> None:
    async with at_desk(whole_browser, desk_server, permissions=["notifications"]) as desk:
        await desk.evaluate(HEAR)
        await desk.get_by_role("button", name="Menu").click()
        for name in ("Sound", "Notifications"):
            await expect(desk.get_by_role("switch", name=name)).not_to_be_checked()
        await desk.get_by_role("switch", name="Notifications").check()
        await desk.keyboard.press("Escape")
        async with in_chat(browser, desk_server) as customer:
            reference = await ask_for_a_person(customer, desk_server, "My name is Jo Miller.")
            await expect(row(desk, reference)).to_be_visible()
        assert await desk.evaluate("window.told") == [
            ["Somebody is waiting", f"Asked for a person · {reference}"]
        ]
        await desk.reload()
        await desk.get_by_role("button", name="Menu").click()
        await expect(desk.get_by_role("switch", name="Notifications")).to_be_checked()


async def test_the_queue_says_when_it_cannot_be_read(browser: Browser, desk_server: Server) -> None:
    async with at_desk(browser, desk_server) as desk:
        await desk.route("**/api/v1/handoffs?*", lambda route: route.abort())
        await desk.get_by_role("button", name="Resolved").click()
        problem = desk.locator(".queue-problem")
        await expect(problem).to_contain_text("The queue could not be read.")
        await desk.unroute("**/api/v1/handoffs?*")
        await problem.get_by_role("button", name="Try again").click()
        await expect(problem).to_have_count(0)
        await desk.get_by_label("Reference or words").fill("H-NOSUCH")
        await expect(desk.get_by_text("Nothing matches that")).to_be_visible()
        await desk.get_by_role("button", name="Clear the search").click()
        await expect(desk.get_by_label("Reference or words")).to_have_value("")


@pytest.mark.parametrize("address", ["/desk", "/desk/overview", "/desk/feedback"])
async def test_strangers_sign_in_and_customers_are_told(
    browser: Browser, desk_server: Server, address: str
) -> None:
    async with opened(browser, desk_server, address) as page:
        await page.wait_for_url(re.compile(r"/login\?next=%2Fdesk"))
    cookie = await session_of(desk_server, "Casey", "customer")
    async with opened(browser, desk_server, address, cookie) as page:
        heading = page.get_by_role("heading", name="This account cannot open the desk")
        await expect(heading).to_be_visible()
        await expect(page.locator(".row, .tile, .entry")).to_have_count(0)
