"""The first story in a real browser, with the running product."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.fakes.llm import Reply, ScriptedLLM
from tests.server import Server

CHROMIUM = "/usr/bin/chromium"
QUESTION = "How much can the X1 tow, and where does the manual say so?"


@pytest.fixture
async def page(server: Server) -> AsyncIterator[Page]:
    """A fresh browser on the chat; a request to any other origin fails the test."""
    foreign: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-background-networking", "--disable-gpu"],
        )
        page = await browser.new_page()
        page.on(
            "request",
            lambda r: (
                foreign.append(r.url)
                if not r.url.startswith((server.url, "data:", server.url.replace("http", "ws")))
                else None
            ),
        )
        await page.goto(f"{server.url}/chat")
        yield page
        await browser.close()
    assert foreign == []


async def test_a_cited_answer_streams_in_and_its_citation_opens_the_passage(
    page: Page, llm: ScriptedLLM
) -> None:
    llm.reply_to = lambda body: Reply(
        "The 2025 X1 may tow **2,000 kg** with brakes [1].", token_seconds=0.05
    )
    await page.get_by_role("textbox").fill(QUESTION)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log").get_by_text("may tow")).to_be_visible(timeout=15_000)
    await page.get_by_role("button", name="Owner's Manual, p. 29").first.click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.locator("mark").first).to_contain_text("2,000 kg", timeout=10_000)
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def test_the_transcript_is_there_after_a_reload(page: Page, llm: ScriptedLLM) -> None:
    await page.get_by_role("textbox").fill(QUESTION)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log").get_by_text("The hitch carries")).to_be_visible(
        timeout=15_000
    )
    await page.reload()
    await expect(page.get_by_role("log").get_by_text("The hitch carries")).to_be_visible(
        timeout=15_000
    )
    await expect(page.get_by_role("log").get_by_text(QUESTION)).to_be_visible()


async def test_a_person_is_one_click_away(page: Page, llm: ScriptedLLM) -> None:
    await page.get_by_role("button", name="Talk to a person").click()
    await expect(page.get_by_role("log").get_by_text("Passed on to our team")).to_be_visible(
        timeout=15_000
    )
    await expect(page.locator("#handoff")).to_contain_text("Reference H-")
    assert llm.requests == []
