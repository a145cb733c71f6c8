"""The page of webhooks, with the running product behind it and a receiver beside it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Literal

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from app.accounts.identity import Role
from app.db.engine import Database
from app.handoff.deliveries import Deliveries
from tests.browser.conftest import serious_issues
from tests.browser.test_page_accessibility import overflow
from tests.browser.test_page_keys import session_of
from tests.fakes.webhooks import WebhookReceiver
from tests.server import Server

Opened = Callable[..., AbstractAsyncContextManager[Page]]


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver().serving() as receiver:
        yield receiver


@pytest.fixture
async def database(server: Server) -> AsyncIterator[Database]:
    """The store of the running product, without webhooks before and after."""
    database = Database(server.environment["DATABASE_URL"])
    async with database.connection() as db:
        await db.execute("delete from webhook_endpoints")
    yield database
    async with database.connection() as db:
        await db.execute("delete from webhook_endpoints")
    await database.close()


@pytest.fixture
def opened(browser: Browser, server: Server, database: Database) -> Opened:
    """The page of a browser that is signed in with this role."""

    @asynccontextmanager
    async def open_page(role: Role | None, **options: object) -> AsyncIterator[Page]:
        context = await browser.new_context(base_url=server.url, locale="en-GB", **options)
        if role is not None:
            await context.add_cookies([await session_of(server, role)])
        page = await context.new_page()
        page.set_default_timeout(8_000)
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        await page.goto("/desk/deliveries")
        yield page
        await context.close()
        assert wrong == []

    return open_page


async def make_endpoint(page: Page, receiver: WebhookReceiver, name: str = "Help desk") -> Locator:
    await page.get_by_role("button", name="New endpoint").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Name").fill(name)
    await form.get_by_label("Address (URL)").fill(receiver.url())
    await form.get_by_role("checkbox", name="Feedback on an answer").check()
    await form.get_by_role("button", name="Save").click()
    await expect(page.locator("#secret")).to_be_focused()
    receiver.secrets.append(await page.locator("#secret-text").inner_text())
    return page.locator(".endpoint", has_text=name)


async def owe(database: Database, **data: str) -> None:
    async with database.transaction() as db:
        await Deliveries(database).owe(db, "feedback.created", data)


async def test_an_endpoint_is_made_tested_rotated_changed_and_deleted(
    opened: Opened, receiver: WebhookReceiver
) -> None:
    async with opened("admin") as page:
        endpoint = await make_endpoint(page, receiver)
        await endpoint.get_by_role("button", name="Test: Help desk").click()
        await expect(page.locator("#endpoints-told")).to_contain_text("took the test: 200")
        await expect(endpoint.get_by_role("button", name="Test: Help desk")).to_be_focused()
        receiver.mode = "500"
        await endpoint.get_by_role("button", name="Test: Help desk").click()
        await expect(page.get_by_role("alert").first).to_contain_text("the answer was 500")
        await endpoint.get_by_role("button", name="Rotate secret").click()
        await page.get_by_role("dialog").get_by_role("button", name="Rotate").click()
        await expect(page.locator("#secret-text")).not_to_have_text(receiver.secrets[0])
        await endpoint.get_by_role("button", name="Change").click()
        await page.get_by_role("dialog").get_by_label("Enabled").uncheck()
        await page.get_by_role("dialog").get_by_role("button", name="Save").click()
        await expect(endpoint).to_contain_text("Disabled")
        await endpoint.get_by_role("button", name="Delete").click()
        await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        await expect(page.locator("#endpoints-title")).to_be_focused()
        await expect(page.locator(".endpoint")).to_have_count(0)
    assert receiver.types == ["webhook.test"]


async def test_what_is_missing_or_refused_is_said_where_it_is(
    opened: Opened, receiver: WebhookReceiver
) -> None:
    async with opened("admin") as page:
        await page.get_by_role("button", name="New endpoint").click()
        form = page.get_by_role("dialog")
        await form.get_by_role("button", name="Save").click()
        await expect(form.get_by_label("Name")).to_be_focused()
        await form.get_by_label("Name").fill("Inside")
        await form.get_by_label("Address (URL)").fill("http://10.0.0.8/")
        await form.get_by_role("button", name="Save").click()
        await expect(form.get_by_role("alert")).to_contain_text("private network")
        await form.get_by_label("Format").select_option("chatwoot")
        await form.get_by_label("Address (URL)").fill(receiver.url())
        await form.get_by_label("Account id").fill("1")
        await form.get_by_label("Inbox id").fill("2")
        await form.get_by_role("button", name="Save").click()
        await expect(form.get_by_role("alert")).to_contain_text("access token")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="New endpoint")).to_be_focused()


async def test_staff_see_every_webhook_and_send_it_again(
    opened: Opened, receiver: WebhookReceiver, database: Database
) -> None:
    async with opened("admin") as page:
        await make_endpoint(page, receiver)
    receiver.mode = "410"
    await owe(database, comment="<b>Thank you</b>")
    async with opened("staff") as page:
        await expect(page.locator("#endpoints-card")).to_be_hidden()
        row = page.locator("tbody tr")
        async with database.connection() as db:
            while not await db.fetchval("select true from deliveries where state = 'dead'"):
                pass
            await db.execute("update webhook_endpoints set enabled = true, disabled_why = null")
        await page.get_by_role("button", name="Refresh").click()
        await expect(row).to_contain_text("Given up: the receiver is gone (410)")
        await row.get_by_role("button", name="Details").click()
        await expect(page.locator("#attempts")).to_contain_text("the answer was 410")
        await expect(page.locator("#body")).to_contain_text('"comment": "<b>Thank you</b>"')
        await page.keyboard.press("Escape")
        receiver.mode = "ok"
        await row.get_by_role("button", name="Send again").click()
        await receiver.until(1)
        async with database.connection() as db:
            while not await db.fetchval("select true from deliveries where state = 'delivered'"):
                pass
        await page.get_by_role("button", name="Refresh").click()
        await expect(row).to_contain_text("Delivered")
        await page.get_by_label("State", exact=True).select_option("dead")
        await expect(page.locator("#list")).to_contain_text("There is nothing here.")


@pytest.mark.parametrize(
    ("role", "heading"),
    [(None, "Please sign in"), ("customer", "This account cannot see webhooks")],
)
async def test_others_are_told_what_to_do(opened: Opened, role: Role | None, heading: str) -> None:
    async with opened(role) as page:
        await expect(page.get_by_role("heading", name=heading)).to_be_visible()
        await expect(page.locator("#deliveries")).to_be_hidden()


@pytest.mark.parametrize(
    ("width", "scheme"), [(320, "light"), (320, "dark"), (768, "light"), (1440, "dark")]
)
async def test_the_page_has_no_serious_issue_and_fits(
    opened: Opened,
    receiver: WebhookReceiver,
    database: Database,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    size = {"width": width, "height": 800}
    async with opened("admin", viewport=size, color_scheme=scheme, bypass_csp=True) as page:
        await make_endpoint(page, receiver, "A help desk with quite a long name " + "x" * 40)
        receiver.mode = "500"
        await owe(database, comment="y" * 400)
        await page.get_by_role("button", name="Test: A help desk").click()
        await expect(page.locator("tbody tr")).to_have_count(2)
        assert await serious_issues(page) == []
        assert await overflow(page) == 0
        await page.get_by_role("button", name="Details").first.click()
        assert await serious_issues(page) == []
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Change").click()
        await page.get_by_role("dialog").get_by_label("Format").select_option("chatwoot")
        assert await serious_issues(page) == []
        assert await overflow(page) == 0
