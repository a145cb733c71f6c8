"""The staff's page of what was sent to customers."""

from datetime import UTC, datetime

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import serious_issues
from tests.browser.page_server import Frame, PageServer
from tests.browser.test_page_accessibility import overflow


def message(**changed: object) -> Frame:
    return {
        "id": "1", "channel": "email", "purpose": "identity_code", "state": "sent", "attempts": 1,
        "created_at": datetime.now(UTC).isoformat(), "to": "jo@example.com",
        "text": "Your code is 123456.", **changed,
    }  # fmt: skip


MESSAGES = [
    message(),
    message(state="failed", attempts=8, to=None, text=None, purpose="reminder", channel="sms"),
    message(purpose="recall", text="<img src=x onerror=alert(1)> " + "long" * 40),
]


@pytest.fixture
def staff(page_server: PageServer) -> PageServer:
    page_server.name, page_server.account_role = "Sam", "staff"
    return page_server


async def test_messages_are_listed_and_read_again(page: Page, staff: PageServer) -> None:
    staff.outbox = MESSAGES[:2]
    await page.goto("/desk/outbox")
    rows = page.locator("tbody tr")
    await expect(rows).to_have_count(2)
    for text in ("One-time code by e-mail", "jo@example.com", "Your code is 123456.", "Sent"):
        await expect(rows.first).to_contain_text(text)
    for text in ("Reminder by text message", "not shown", "Given up", "8"):
        await expect(rows.last).to_contain_text(text)
    staff.outbox = MESSAGES
    await page.get_by_role("button", name="Refresh").click()
    await expect(rows).to_have_count(3)
    await expect(rows.last).to_contain_text("recall by e-mail")
    await expect(page.get_by_role("button", name="Refresh")).to_be_focused()


async def test_nothing_sent_and_no_answer_are_told_apart(page: Page, staff: PageServer) -> None:
    await page.goto("/desk/outbox")
    await expect(page.get_by_text("No message has been sent yet.")).to_be_visible()
    staff.outbox = None
    await page.get_by_role("button", name="Refresh").click()
    await expect(page.locator("#list .empty")).to_be_visible()
    staff.outbox = MESSAGES
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("tbody tr")).to_have_count(3)


@pytest.mark.parametrize(
    ("name", "heading"),
    [(None, "Please sign in"), ("Eli", "This account cannot see the messages")],
)
async def test_others_are_told_what_to_do(
    page: Page, page_server: PageServer, name: str | None, heading: str
) -> None:
    page_server.name, page_server.outbox = name, MESSAGES
    await page.goto("/desk/outbox")
    await expect(page.get_by_role("heading", name=heading)).to_be_visible()
    await expect(page.locator("tbody")).to_have_count(0)
    link = page.locator("#denied-link")
    await expect(link).to_have_attribute("href", "/login?next=/desk/outbox")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_the_page_has_no_serious_issue_and_fits(
    page: Page, staff: PageServer, scheme: str, width: int
) -> None:
    staff.outbox = MESSAGES
    await page.set_viewport_size({"width": width, "height": 700})
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    await page.goto("/desk/outbox")
    await expect(page.locator("tbody tr")).to_have_count(3)
    assert await serious_issues(page) == []
    assert await overflow(page) == 0
