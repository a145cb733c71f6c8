"""My data in a real browser with the running product: a customer leaves, and so does the data."""

import asyncio
import json
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect

from app.db.engine import Connection
from tests.bookings import a_free_day, own_rows
from tests.browser.test_page_chat import answers
from tests.server import Server

PASSWORD, EMAIL, PHONE = "a long password", "casey@demo.test", "503-555-0163"


async def ask(page: Page, text: str) -> None:
    before = await answers(page).count()
    await page.get_by_label("Your message").fill(text)
    await page.keyboard.press("Enter")
    await expect(answers(page)).to_have_count(before + 1, timeout=15_000)


async def opened(page: Page) -> Locator:
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("button", name="My data").click()
    return page.get_by_role("dialog", name="My data")


async def registered(page: Page) -> None:
    await page.goto("/login?next=/chat")
    await page.get_by_role("tab", name="Create account").click()
    form = page.locator("form:visible")
    await form.get_by_label("Name").fill("Casey Customer")
    await form.get_by_label("E-mail address").fill(EMAIL)
    await form.get_by_label("Password", exact=True).fill(PASSWORD)
    await form.locator("button[type=submit]").click()
    await expect(page.locator("#presence")).to_have_text("Here now")


async def downloaded(page: Page, dialog: Locator) -> str:
    async with page.expect_download() as started:
        await dialog.get_by_role("link", name="Download my data").click()
    file = Path(await (await started.value).path())
    return await asyncio.to_thread(file.read_text)


async def test_a_customer_downloads_everything_deletes_it_and_is_a_new_guest(
    browser: Browser, workshop: Server, store: Connection
) -> None:
    page = await browser.new_page(base_url=workshop.url, locale="en-GB")
    page.set_default_timeout(15_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await registered(page)
    await ask(page, f"My phone is {PHONE}")
    await ask(page, f"book a tire rotation on {a_free_day().isoformat()} at 9 am")
    card = page.locator(".chat-card[data-kind=action]").last
    await card.get_by_role("button", name="Book it").click()
    await expect(card.locator(".card-state")).to_have_text("Confirmed")

    dialog = await opened(page)
    document = json.loads(await downloaded(page, dialog))
    assert PHONE in str(document["conversations"])
    assert document["accounts"][0]["email"] == EMAIL
    await dialog.get_by_role("button", name="Delete my data").click()
    question = page.get_by_role("dialog", name="Delete all of your data?")
    await question.get_by_label("Your password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(question.get_by_role("alert")).to_contain_text("An appointment is still ahead")
    await question.get_by_label("Cancel my coming appointments too").check()
    address = page.url
    await question.get_by_role("button", name="Delete my data").click()
    await page.wait_for_url(lambda url: url != address)

    await expect(page.locator("#presence")).to_have_text("Here now")
    await expect(answers(page)).to_have_count(0)
    await page.get_by_role("button", name="Menu").click()
    await expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert PHONE not in await page.evaluate("JSON.stringify(localStorage)")
    for table in ("users", "personal_values", "contacts"):
        assert await store.fetchval(f"select count(*) from {table}") == 0, table
    assert await own_rows(store) == [("tire_rotation", "cancelled")]
    await page.keyboard.press("Escape")
    await ask(page, "How much can the X1 tow?")
    await page.close()
    assert wrong == []
