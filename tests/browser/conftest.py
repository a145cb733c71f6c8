"""A real Chromium, and the pages with a scripted wire behind them."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.bookings import OFFLINE
from tests.browser.page_server import PageServer
from tests.conftest import Shared
from tests.server import Server

ARGUMENTS = [
    "--no-sandbox", "--disable-background-networking", "--disable-gpu", "--disable-quic",
]  # fmt: skip
# The headless shell is the same engine without a browser's own windows, and takes a third less.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"


@pytest.fixture(autouse=True)
def needs_chromium(request: pytest.FixtureRequest) -> None:
    """Where there is no Chromium, the tests that drive it say so."""
    if {"browser", "page"} & set(request.fixturenames) and CHROMIUM is None:
        pytest.skip("chromium is not installed")


@pytest.fixture
async def page_server() -> AsyncIterator[PageServer]:
    async with PageServer().serving() as server:
        yield server


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for the whole run; each test has contexts of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def whole_browser() -> AsyncIterator[Browser]:
    """With what the headless shell has not: permission for notifications."""
    if (chromium := shutil.which("chromium")) is None:
        pytest.skip("chromium is not installed, and its headless shell shows no notifications")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser, page_server: PageServer) -> AsyncIterator[Page]:
    """A page that fails the test on any script error, and on any request to another origin."""
    context = await browser.new_context(
        base_url=page_server.url, viewport={"width": 1280, "height": 800}, locale="en-GB",
        reduced_motion="reduce",
    )  # fmt: skip
    page = await context.new_page()
    page.set_default_timeout(8_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: wrong.extend(foreign(request.url, page_server)))
    page.on("console", lambda told: wrong.extend(violation(told.text)))
    yield page
    await context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def desk_server(shared_server: Shared) -> Iterator[Server]:
    """The running product without a language model, with a queue of its own for one module."""
    with shared_server("desk", **OFFLINE) as started:
        yield started


def foreign(url: str, server: PageServer) -> list[str]:
    own = url.startswith((server.url, "data:", "blob:", server.url.replace("http", "ws")))
    return [] if own else [f"foreign request: {url}"]


def violation(text: str) -> list[str]:
    return [text] if "Content Security Policy" in text else []


async def serious_issues(page: Page) -> list[str]:
    """What axe-core finds serious or critical on the page as it is now."""
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {[node['target'] for node in each['nodes']]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]
