"""What is stored, told in plain words; downloaded; deleted, and the page begins anew."""

import asyncio
import json
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import serious_issues
from tests.browser.page_server import PageServer
from tests.browser.test_page_accessibility import overflow


async def opened(page: Page) -> Locator:
    await page.goto("/chat")
    await expect(page.locator("#presence")).to_have_text("Here now")
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("button", name="My data").click()
    return page.get_by_role("dialog", name="My data")


async def question(page: Page) -> Locator:
    dialog = await opened(page)
    await dialog.get_by_role("button", name="Delete my data").click()
    return page.get_by_role("dialog", name="Delete all of your data?")


async def test_it_says_what_is_kept_how_long_and_hands_it_out(page: Page) -> None:
    dialog = await opened(page)
    for told in ("365 days after the last message", "90 days after", "Kept until you delete them"):
        await expect(dialog).to_contain_text(told)
    async with page.expect_download() as started:
        await dialog.get_by_role("link", name="Download my data").click()
    file = Path(await (await started.value).path())
    assert json.loads(await asyncio.to_thread(file.read_text)) == {"version": 1}


async def test_a_guest_confirms_and_begins_anew(page: Page, page_server: PageServer) -> None:
    dialog = await question(page)
    await page.evaluate("localStorage.setItem('genai-auto.draft.web-1', 'my secret')")
    address = page.url
    await expect(dialog.get_by_label("Your password")).to_be_hidden()
    await dialog.get_by_role("button", name="Delete my data").click()
    await page.wait_for_url(lambda url: url != address)
    await expect(page.locator("#presence")).to_have_text("Here now")
    assert page_server.uploads == [{"password": "", "appointments": "keep"}]
    assert "my secret" not in await page.evaluate("JSON.stringify(localStorage)")


async def test_cancel_deletes_nothing(page: Page, page_server: PageServer) -> None:
    dialog = await question(page)
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(dialog).to_be_hidden()
    assert page_server.uploads == []


async def test_a_customer_gives_the_password_and_may_cancel_appointments(
    page: Page, page_server: PageServer
) -> None:
    page_server.name = "Jane"
    page_server.erasures = ["WrongPassword", "AppointmentsAhead", "BookingUnderWay", "Strange"]
    dialog = await question(page)
    password, alert = dialog.get_by_label("Your password"), dialog.get_by_role("alert")
    delete = dialog.get_by_role("button", name="Delete my data")
    await expect(password).to_be_focused()
    await password.fill("wrong")
    await page.keyboard.press("Enter")
    await expect(alert).to_contain_text("not your password")
    await expect(password).to_be_focused()
    await password.fill("right")
    await page.keyboard.press("Enter")
    await expect(alert).to_contain_text("An appointment is still ahead")
    cancel = dialog.get_by_label("Cancel my coming appointments too")
    await expect(cancel).to_be_focused()
    await page.keyboard.press("Space")
    await delete.click()
    await expect(alert).to_contain_text("A booking is being made")
    await delete.click()
    await expect(alert).to_contain_text("Nothing was deleted")
    address = page.url
    await delete.click()
    await page.wait_for_url(lambda url: url != address)
    assert page_server.uploads[-1] == {"password": "right", "appointments": "cancel"}


@pytest.mark.parametrize("language", ["en", "pt-BR", "es", "de"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_the_narrowest_phone_and_has_no_serious_issue(
    page: Page, page_server: PageServer, scheme: str, language: str
) -> None:
    page_server.name, page_server.erasures = "Jane", ["AppointmentsAhead"]
    await page.set_viewport_size({"width": 320, "height": 700})
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    await page.goto(f"/chat?lang={language}")
    await expect(page.locator("#presence[data-state=online]")).to_have_count(1)
    await page.locator("#menu-button").click()
    await page.locator("#open-my-data").click()
    assert await serious_issues(page) == []
    for part in (".sheet-body", "footer"):
        body = page.locator(f"#my-data {part}")
        assert await body.evaluate("e => e.scrollWidth - e.clientWidth") == 0
    await page.locator("#erase-open").click()
    await page.locator("#erase-password").fill("right")
    await page.keyboard.press("Enter")
    await expect(page.locator("#erase-problem")).not_to_be_empty()
    assert await serious_issues(page) == []
    assert await overflow(page) == 0
    assert await page.locator("#erase").evaluate("e => e.scrollWidth - e.clientWidth") == 0


async def test_it_is_opened_used_and_closed_by_keyboard(page: Page) -> None:
    await page.goto("/chat")
    await expect(page.locator("#presence")).to_have_text("Here now")
    await page.locator("#open-my-data").evaluate(
        "e => { document.getElementById('menu').showPopover(); e.focus(); }"
    )
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="My data")
    delete = dialog.get_by_role("button", name="Delete my data")
    for _ in range(5):
        await page.keyboard.press("Tab")
        if await delete.evaluate("e => e === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    asked = page.get_by_role("dialog", name="Delete all of your data?")
    await expect(asked).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(asked).to_be_hidden()
    await expect(delete).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
