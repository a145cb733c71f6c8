"""The customer's own appointments: to come and past, as a calendar file, moved and cancelled."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import serious_issues
from tests.browser.page_server import Frame, PageServer
from tests.browser.test_page_accessibility import overflow
from tests.browser.test_page_chat import answers


def appointment(number: int, days: int, state: str = "booked", **changed: str) -> Frame:
    """Half past nine in a zone that is not the reader's."""
    day = (datetime.now(UTC) + timedelta(days=days)).date()
    return {
        "id": f"id-{number}", "reference": f"GR-7K3F{number}", "service": "Brake fluid change",
        "start": f"{day}T09:30:00+13:00", "end": f"{day}T10:18:00+13:00", "minutes": 48,
        "vehicle": "X1 2024", "state": state, **changed,
    }  # fmt: skip


SEVERAL = [
    appointment(2, -40, "done"), appointment(3, -2, "cancelled"), appointment(4, 30),
    appointment(6, 60, vehicle="", service="Donaudampfschifffahrtsgesellschaftskapitän" * 2),
]  # fmt: skip


async def opened(page: Page) -> Locator:
    await page.goto("/chat")
    await expect(page.locator("#presence")).to_have_text("Here now")
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("button", name="My appointments").click()
    return page.get_by_role("dialog", name="My appointments")


async def test_appointments_to_come_stand_apart_from_the_past(
    page: Page, page_server: PageServer
) -> None:
    page_server.appointments = SEVERAL
    dialog = await opened(page)
    ahead, past = (
        dialog.get_by_role("list", name="To come"),
        dialog.get_by_role("list", name="Over or cancelled"),
    )
    await expect(ahead.get_by_role("heading").first).to_contain_text("09:30 – 10:18")
    first = ahead.locator("> li").first
    for text in ("Brake fluid change, X1 2024", "Reference GR-7K3F4", "Booked"):
        await expect(first).to_contain_text(text)
    await expect(past.locator(".card-state")).to_have_text(["Cancelled", "Done"])
    await expect(past.get_by_role("button")).to_have_count(0)
    async with page.expect_download():
        await first.get_by_role("link", name="Add to calendar").click()
    assert ("calendar", "id-4") in page_server.calls


@pytest.mark.parametrize(
    ("button", "said"),
    [
        ("Move", "Please move my appointment GR-7K3F4."),
        ("Cancel", "Please cancel my appointment GR-7K3F4."),
    ],
)
async def test_a_change_is_asked_for_in_the_chat(
    page: Page, page_server: PageServer, button: str, said: str
) -> None:
    page_server.appointments = SEVERAL
    dialog = await opened(page)
    await dialog.get_by_role("button", name=button).first.click()
    await expect(dialog).to_be_hidden()
    await expect(page.locator(".bubble")).to_have_text(said)
    await expect(answers(page)).to_have_count(1)
    await expect(page.get_by_label("Your message")).to_be_focused()


async def test_what_has_begun_is_shown_but_not_changed(page: Page, page_server: PageServer) -> None:
    now = datetime.now(UTC)
    times = {
        "start": (now - timedelta(minutes=9)).isoformat(),
        "end": (now + timedelta(hours=1)).isoformat(),
    }
    page_server.appointments = [appointment(5, 0, **times)]
    dialog = await opened(page)
    await expect(dialog.get_by_role("list", name="To come")).to_contain_text("GR-7K3F5")
    await expect(dialog.get_by_role("button", name="Move")).to_have_count(0)


async def test_nobody_elses_are_shown_and_a_guest_is_told_how(
    page: Page, page_server: PageServer
) -> None:
    dialog = await opened(page)
    await expect(dialog).to_contain_text("There are no appointments to show yet.")
    await dialog.get_by_role("button", name="Ask in the chat").click()
    await expect(page.locator(".bubble")).to_have_text("When are my appointments?")


async def test_a_failure_says_so_and_offers_another_try(
    page: Page, page_server: PageServer
) -> None:
    page_server.appointments_status = 503
    dialog = await opened(page)
    await expect(dialog).to_contain_text("could not be loaded")
    page_server.appointments_status, page_server.appointments = 200, SEVERAL
    await dialog.get_by_role("button", name="Try again").click()
    await expect(dialog.locator(".appointment")).to_have_count(len(SEVERAL))


@pytest.mark.parametrize("language", ["en", "pt-BR", "es", "de"])
async def test_every_language_asks_in_its_own_words(
    page: Page, page_server: PageServer, language: str
) -> None:
    page_server.appointments = SEVERAL
    await page.goto(f"/chat?lang={language}")
    await expect(page.locator("#presence[data-state=online]")).to_have_count(1)
    await page.locator("#menu-button").click()
    await page.locator("#open-appointments").click()
    await page.locator(".appointment button").nth(1).click()
    await expect(page.locator(".bubble")).to_contain_text("GR-7K3F4")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_list_fits_the_narrowest_phone_and_has_no_serious_issue(
    page: Page, page_server: PageServer, scheme: str
) -> None:
    page_server.appointments = SEVERAL
    await page.set_viewport_size({"width": 320, "height": 700})
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    dialog = await opened(page)
    await expect(dialog.locator(".appointment")).to_have_count(len(SEVERAL))
    assert await serious_issues(page) == []
    assert await overflow(page) == 0
    wide = await dialog.locator(".sheet-body").evaluate("e => e.scrollWidth - e.clientWidth")
    assert wide == 0


async def test_the_list_is_opened_used_and_closed_by_keyboard(
    page: Page, page_server: PageServer
) -> None:
    page_server.appointments = SEVERAL
    await page.goto("/chat")
    await expect(page.locator("#presence")).to_have_text("Here now")
    await page.locator("#menu-button").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(page.locator("#open-appointments")).to_be_focused()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="My appointments")
    move = dialog.get_by_role("button", name="Move").first
    await expect(move).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await page.locator("#menu-button").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    for _ in range(5):
        await page.keyboard.press("Tab")
        if await move.evaluate("e => e === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Your message")).to_be_focused()
