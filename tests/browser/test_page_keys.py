"""The admins' page of API keys, with the running product behind it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Literal

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from app.accounts.identity import Role
from tests.accounts import signed_in
from tests.browser.conftest import serious_issues
from tests.browser.test_page_accessibility import overflow
from tests.server import Server

Opened = Callable[..., AbstractAsyncContextManager[Page]]


@pytest.fixture
def opened(browser: Browser, server: Server) -> Opened:
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
        await page.goto("/admin/keys")
        yield page
        await context.close()
        assert wrong == []

    return open_page


async def session_of(server: Server, role: Role) -> dict[str, str]:
    """The cookie of a new account that has signed in."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(server.url, cookie_jar=jar) as http:
        await signed_in(server, http, role)
        found = {each.key: each.value for each in http.cookie_jar}
    name = "genai_auto_session"
    return {"name": name, "value": found[name], "url": server.url}


async def detects(server: Server, secret: str) -> int:
    headers = {"X-API-Key": secret}
    async with (
        aiohttp.ClientSession(server.url, headers=headers) as http,
        http.post("/detect", json={"llm_response": "Fine."}) as answer,
    ):
        return answer.status


async def make_key(page: Page, name: str) -> str:
    await page.get_by_label("What is it for?").fill(name)
    await page.get_by_role("checkbox", name="detect Have").check()
    await page.get_by_role("button", name="Create key").click()
    return await shown_secret(page)


async def shown_secret(page: Page) -> str:
    await expect(page.locator("#secret")).to_be_focused()
    return await page.locator("#secret-text").inner_text()


async def test_a_key_is_made_rotated_and_revoked(opened: Opened, server: Server) -> None:
    async with opened("admin") as page:
        first = await make_key(page, "Web shop")
        assert await detects(server, first) == 200
        row = page.locator("tbody tr", has_text=first[:12])
        await expect(row).to_contain_text("Web shop")
        await row.get_by_role("button", name="Rotate Web shop").click()
        await page.get_by_role("dialog").get_by_role("button", name="Rotate").click()
        await expect(page.locator("#secret-text")).not_to_have_text(first)
        second = await shown_secret(page)
        assert [await detects(server, each) for each in (first, second)] == [200, 200]
        await expect(row).to_contain_text("Holds until")
        await page.locator("tbody tr", has_text=second[:12]).get_by_text("Revoke").click()
        await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        await expect(page.locator("tbody tr", has_text=second[:12])).to_contain_text("Revoked")
        assert [await detects(server, each) for each in (first, second)] == [200, 401]
        await page.reload()
        await expect(row).to_be_visible()
        assert first not in await page.content()


async def test_what_is_missing_is_said(opened: Opened) -> None:
    async with opened("admin") as page:
        await page.get_by_role("button", name="Create key").click()
        await expect(page.get_by_text("Please give the key a name.")).to_be_visible()
        await expect(page.get_by_label("What is it for?")).to_be_focused()
        await page.get_by_label("What is it for?").fill("Web shop")
        await page.get_by_role("button", name="Create key").click()
        await expect(page.get_by_text("Please choose at least one.")).to_be_visible()
        await expect(page.locator("#secret")).to_be_hidden()


@pytest.mark.parametrize(
    ("role", "heading"),
    [(None, "Please sign in"), ("staff", "This account cannot manage API keys")],
)
async def test_others_are_told_what_to_do(opened: Opened, role: Role | None, heading: str) -> None:
    async with opened(role) as page:
        await expect(page.get_by_role("heading", name=heading)).to_be_visible()
        await expect(page.locator("#create")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_the_page_has_no_serious_issue_and_fits(
    opened: Opened, scheme: Literal["light", "dark"], width: int
) -> None:
    size = {"width": width, "height": 800}
    async with opened("admin", viewport=size, color_scheme=scheme, bypass_csp=True) as page:
        await make_key(page, "A help desk with quite a long name")
        assert await serious_issues(page) == []
        assert await overflow(page) == 0
