"""Text that would like to be a program stays text."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.page_server import SOURCES, PageServer, metadata
from tests.browser.test_page_chat import QUESTION, answers, ask

FORBIDDEN = "script, img, svg, iframe, form, style, link, input"
PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/x.png)",
    "![x](x.png)<svg onload=alert(1)>",
    "[click](javascript:alert(1)) and [two](data:text/html,<script>alert(1)</script>)",
    "[away](https://evil.example/) and https://evil.example/auto and <https://evil.example>",
    "[mail](mailto:a@evil.example) [rel](//evil.example/x)",
    "<iframe src=https://evil.example></iframe><form action=https://evil.example><input></form>",
    "<style>@import 'https://evil.example/x.css'</style><link rel=stylesheet href=//evil.example>",
    "<a href='/chat' onclick=alert(1) style='position:fixed;inset:0' id=message>over</a>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "`<img src=x onerror=alert(1)>` and | a |\n|---|\n| <img src=x onerror=alert(1)> |",
    '[1]: https://evil.example/ "t"\n\nA claim [1] with a definition [1][1]',
]


async def test_payloads_in_answers_do_nothing(page: Page, page_server: PageServer) -> None:
    await page.goto("/chat")
    for number, payload in enumerate(PAYLOADS):
        page_server.answer = f"Before\n\n{payload}\n\nAfter"
        await ask(page, QUESTION)
        await expect(answers(page)).to_have_count(number + 1)
        prose = answers(page).last.locator(".prose")
        await expect(prose).to_contain_text("After")
        await page.wait_for_timeout(50)
        assert await unsafe_parts(prose, page_server.url) == set(), payload


async def unsafe_parts(prose: Locator, origin: str) -> set[str]:
    """Elements, attributes and link targets that have no place in an answer."""
    tags = await prose.locator(FORBIDDEN).evaluate_all("all => all.map(e => e.tagName)")
    names = await prose.locator("*").evaluate_all("all => all.flatMap(e => e.getAttributeNames())")
    origins = await prose.locator("a").evaluate_all("links => links.map(link => link.origin)")
    attributes = {"style", "onclick", "onerror", "onload", "src"} & set(names)
    return {*tags, *attributes, *(set(origins) - {origin})}


async def test_payload_in_titles_passages_and_questions_does_nothing(
    page: Page, page_server: PageServer
) -> None:
    bad = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    page_server.metadata = metadata(
        sources=[{**SOURCES[0], "title": bad, "heading": bad}], follow_ups=[bad]
    )
    page_server.passage = {
        **page_server.passage, "title": bad, "heading": bad, "text": f"Text {bad}",
        "highlight": bad,
    }  # fmt: skip
    await page.goto("/chat")
    await ask(page, bad)
    await expect(page.locator(".bubble")).to_have_text(bad)
    await expect(page.locator(".follow-up")).to_have_text(bad)
    await page.locator(".source").click()
    await expect(page.locator("#passage-title")).to_have_text(bad)
    await expect(page.locator("#passage-text")).to_contain_text("Text")
    await page.wait_for_timeout(150)
    assert await page.locator("main img, dialog img, main script, dialog script").count() == 0


async def test_links_of_this_site_remain_links(page: Page, page_server: PageServer) -> None:
    page_server.answer = "See [the documents](/knowledge)."
    await page.goto("/chat")
    await ask(page, QUESTION)
    await expect(answers(page).get_by_role("link")).to_have_attribute("href", "/knowledge")


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:1"])
async def test_sign_in_goes_nowhere_else(page: Page, page_server: PageServer, wanted: str) -> None:
    await page.goto(f"/login?next={wanted}")
    await page.get_by_label("E-mail address").first.fill("jane@dealer.test")
    await page.locator("#login-password").fill("a good password")
    await page.locator("#login [type=submit]").click()
    await page.wait_for_url("**/chat")
