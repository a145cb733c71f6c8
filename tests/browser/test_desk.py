"""The story of a customer in one browser and of staff in another, with the running product."""

import re

from playwright.async_api import Browser, Page, expect

from tests.browser.desk import (
    ask_for_a_person,
    at_desk,
    in_chat,
    open_row,
    row,
    say,
    value,
)
from tests.server import Server

PHONE = "503-555-0163"


async def claimed(desk: Page, reference: str) -> None:
    await open_row(desk, reference)
    await desk.get_by_role("button", name="Claim").click()
    await expect(desk.locator("#talk-line")).to_contain_text("You are answering")


async def reply(desk: Page, text: str) -> None:
    await desk.get_by_label("Your reply").fill(text)
    await desk.keyboard.press("Enter")
    await expect(desk.locator(".from-staff:not([data-state])", has_text=text)).to_have_count(1)


async def test_staff_and_customer_talk_until_it_is_resolved(
    browser: Browser, desk_server: Server
) -> None:
    async with at_desk(browser, desk_server) as desk, in_chat(browser, desk_server) as customer:
        reference = await ask_for_a_person(
            customer, desk_server, f"My number is {PHONE}. How much can the X1 tow?"
        )
        await expect(row(desk, reference)).to_contain_text("Asked for a person")
        await expect(desk).to_have_title(re.compile(r"^\(1\) Desk"))
        await claimed(desk, reference)
        await expect(desk.locator("#transcript")).to_contain_text("Ana Reis joined")
        await expect(desk).to_have_title(re.compile("^Desk"))

        await reply(desk, "Hello, how can I help?")
        await expect(customer.locator("#transcript")).to_contain_text("Hello, how can I help?")
        await say(customer, "Is the blue one still there?")
        await expect(desk.locator(".from-customer").last).to_contain_text("the blue one")
        await expect(desk.locator("#status")).to_have_text("The customer wrote.")

        await desk.locator("#transcript .masked").first.click()
        dialog = desk.get_by_role("dialog", name="Show Phone number 1")
        await dialog.get_by_role("button", name="Show", exact=True).click()
        await expect(dialog.get_by_text("Please choose or write a reason.")).to_be_visible()
        await dialog.get_by_label("Call the customer back").check()
        await dialog.get_by_role("button", name="Show", exact=True).click()
        await expect(desk.locator("#transcript .revealed").first).to_have_text(PHONE)
        await expect(desk.locator("#status")).to_contain_text(PHONE)
        reason = await value(desk_server, LAST_REASON)
        assert reason == "Call the customer back"

        await desk.get_by_role("button", name="Note to colleagues").click()
        await desk.get_by_label("Your note").fill("Wants the blue one, be generous.")
        await desk.keyboard.press("Enter")
        await expect(desk.locator("#transcript .from-note")).to_contain_text("be generous")
        await desk.get_by_role("button", name="Reply", exact=True).click()

        await desk.get_by_role("button", name="Resolve", exact=True).click()
        resolving = desk.get_by_role("dialog", name="Resolve this conversation")
        await resolving.get_by_label("Call back agreed").check()
        await resolving.get_by_label("What was agreed?").fill("We call on Monday.")
        await resolving.get_by_role("button", name="Resolve").click()
        await expect(desk.locator("#talk-line")).to_contain_text("Call back agreed")
        await expect(row(desk, reference)).to_have_count(0)
        await expect(desk.locator("#context")).to_contain_text("We call on Monday.")
        await desk.get_by_role("button", name="Resolved").click()
        await expect(row(desk, reference)).to_contain_text("Call back agreed")

        await expect(customer.locator("#transcript")).not_to_contain_text("be generous")
        await customer.reload()
        await expect(customer.locator("#transcript")).to_contain_text("Hello, how can I help?")
        assert "be generous" not in await customer.content()
        assert "We call on Monday." not in await customer.content()


LAST_REASON = """
select detail ->> 'reason' from audit_entries where action = 'value_revealed'
order by created_at desc limit 1
"""


async def test_a_value_is_hidden_again_when_the_conversation_is_left(
    browser: Browser, desk_server: Server
) -> None:
    async with at_desk(browser, desk_server) as desk, in_chat(browser, desk_server) as customer:
        reference = await ask_for_a_person(customer, desk_server, f"Call me at {PHONE} please")
        await open_row(desk, reference)
        await desk.locator("#transcript .masked").first.click()
        await desk.get_by_label("Why do you need it?").fill("To call back")
        await desk.keyboard.press("Enter")
        await expect(desk.locator("#transcript .revealed")).to_have_text([PHONE])
        await desk.keyboard.press("Escape")
        await expect(desk.locator("#talk-none")).to_be_visible()
        await open_row(desk, reference)
        await expect(desk.locator("#transcript .masked")).to_have_count(1)
        assert PHONE not in await desk.content()


async def test_who_looks_on_sees_live_who_answers(browser: Browser, desk_server: Server) -> None:
    async with (
        at_desk(browser, desk_server) as ana,
        at_desk(browser, desk_server, "Ben Cole") as ben,
        in_chat(browser, desk_server) as customer,
    ):
        reference = await ask_for_a_person(customer, desk_server)
        await open_row(ben, reference)
        await claimed(ana, reference)
        await expect(ben.locator("#talk-line")).to_contain_text("Ana Reis is answering")
        await expect(ben.get_by_role("button", name="Claim")).to_be_hidden()
        await expect(ben.locator("#composer-hint")).to_contain_text("Ana Reis is answering")
        await expect(ben.get_by_role("button", name="Reply", exact=True)).to_be_disabled()
        await expect(row(ben, reference)).to_contain_text("Ana Reis")
        await ana.get_by_label("Your reply").press_sequentially("One moment")
        await expect(ben.locator("#typing")).to_have_text("Ana Reis is typing")
        await expect(ana.locator("#typing")).to_be_hidden()
        await ben.get_by_label("Your note").fill("I know this customer.")
        await ben.keyboard.press("Enter")
        await expect(ben.locator(".from-note")).to_contain_text("Ben Cole")


async def test_two_clicks_at_once_have_one_winner(browser: Browser, desk_server: Server) -> None:
    async with (
        at_desk(browser, desk_server) as ana,
        at_desk(browser, desk_server, "Ben Cole") as ben,
        in_chat(browser, desk_server) as customer,
    ):
        reference = await ask_for_a_person(customer, desk_server)
        for desk in (ana, ben):
            await open_row(desk, reference)
            await expect(desk.get_by_role("button", name="Claim")).to_be_visible()
        for desk in (ana, ben):
            await desk.evaluate("document.getElementById('claim').click()")
        holder = re.compile("(You are|is) answering")
        for desk in (ana, ben):
            await expect(desk.locator("#talk-line")).to_have_text(holder)
        lines = [await desk.locator("#talk-line").inner_text() for desk in (ana, ben)]
        assert sorted("You are" in line for line in lines) == [False, True]
        loser = next(
            desk for desk, line in zip((ana, ben), lines, strict=True) if "You" not in line
        )
        await expect(loser.locator("#talk-problem")).to_contain_text("was first and is answering.")
