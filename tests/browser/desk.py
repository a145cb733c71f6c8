"""Staff at the desk and customers in the chat, each in a browser of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import asyncpg
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from app.accounts.identity import Role
from tests.accounts import signed_in
from tests.server import Server

WIDE: ViewportSize = {"width": 1440, "height": 900}
PERSON = "I would like to talk to a person"
SCHEMES = ("light", "dark")
WIDTHS = (320, 768, 1440)


@asynccontextmanager
async def opened(
    browser: Browser, server: Server, address: str, cookie: Any = None, **options: Any
) -> AsyncIterator[Page]:
    """A page of a fresh browser, which fails on any script error."""
    context = await browser.new_context(
        base_url=server.url, locale="en-GB",
        **{"viewport": WIDE, "reduced_motion": "reduce", **options},
    )  # fmt: skip
    if cookie is not None:
        await context.add_cookies([cookie])
    page = await context.new_page()
    page.set_default_timeout(12_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.goto(address)
    yield page
    await context.close()
    assert wrong == []


async def session_of(server: Server, name: str, role: Role = "staff") -> dict[str, str]:
    """The cookie of a new account that has signed in."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(server.url, cookie_jar=jar) as http:
        await signed_in(server, http, role, name)
        found = {each.key: each.value for each in http.cookie_jar}
    word = "genai_auto_session"
    return {"name": word, "value": found[word], "url": server.url}


@asynccontextmanager
async def at_desk(
    browser: Browser, server: Server, name: str = "Ana Reis", address: str = "/desk", **options: Any
) -> AsyncIterator[Page]:
    """Staff with the desk open and listening."""
    cookie = await session_of(server, name)
    async with opened(browser, server, address, cookie, **options) as page:
        await expect(page.locator("#queue-list .queue-skeleton")).to_have_count(0)
        yield page


@asynccontextmanager
async def in_chat(browser: Browser, server: Server, **options: Any) -> AsyncIterator[Page]:
    """A guest with the chat open."""
    async with opened(browser, server, "/chat", **options) as page:
        await expect(page.locator("#presence")).to_have_text("Here now")
        yield page


async def say(customer: Page, text: str) -> None:
    await customer.get_by_label("Your message").fill(text)
    await customer.keyboard.press("Enter")


async def ask_for_a_person(customer: Page, server: Server, *before: str) -> str:
    """Say these things and ask for a person. The handoff's reference."""
    answers = customer.locator(".message.assistant:not(.running)")
    for number, text in enumerate((*before, PERSON)):
        await say(customer, text)
        await expect(answers).to_have_count(number + 1)
    session = await customer.evaluate("localStorage.getItem('genai-auto.session')")
    return str(await value(server, REFERENCE, session))


REFERENCE = """
select reference from handoffs as h join conversations as c on c.id = h.conversation_id
where c.session_id = $1 order by opened_at desc limit 1
"""


async def value(server: Server, sql: str, *values: Any) -> Any:
    """One value of that server's store."""
    connection = await asyncpg.connect(server.environment["DATABASE_URL"])
    try:
        return await connection.fetchval(sql, *values)
    finally:
        await connection.close()


def row(desk: Page, reference: str) -> Locator:
    return desk.locator(".row", has_text=reference)


async def open_row(desk: Page, reference: str) -> None:
    await row(desk, reference).click()
    await expect(desk.locator("#talk-title")).to_contain_text(reference)
