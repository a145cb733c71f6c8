"""The editors' page: upload and follow, list, search, delete."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.page_server import PageServer

DROP = """async (drop) => {
    const files = new DataTransfer();
    files.items.add(new File(["text"], "dropped.md"));
    files.items.add(new File(["text"], "movie.mp4"));
    drop.dispatchEvent(new DragEvent("drop", {dataTransfer: files, bubbles: true}));
}"""


@pytest.fixture
async def knowledge(page: Page, page_server: PageServer) -> Page:
    page_server.name = "Eli"
    await page.goto("/knowledge")
    await expect(page.locator("#list tbody tr")).to_have_count(3)
    return page


def file_named(name: str) -> dict[str, object]:
    return {"name": name, "mimeType": "application/pdf", "buffer": b"%PDF-"}


async def test_upload_is_followed_until_it_is_in_the_list(
    knowledge: Page, page_server: PageServer
) -> None:
    await knowledge.get_by_label("Type").select_option("manual")
    await knowledge.locator("#model").fill("X1")
    await knowledge.locator("#year").fill("2025")
    await knowledge.get_by_label("Cut into passages by").select_option("markdown")
    await knowledge.set_input_files("#files", [file_named("x1.pdf")])  # type: ignore[list-item]
    job = knowledge.locator(".job")
    await expect(job).to_contain_text("12 of 30 passages")
    await expect(job).to_contain_text("Ready")
    await expect(knowledge.locator("#list tbody tr").first).to_contain_text("New manual")
    assert page_server.uploads == [
        {"name": "x1.pdf", "type": "manual", "model": "X1", "year": 2025, "chunker": "markdown"}
    ]


async def test_dropped_files_are_taken_and_wrong_kinds_named(
    knowledge: Page, page_server: PageServer
) -> None:
    await knowledge.locator("#drop").evaluate(DROP)
    await expect(knowledge.locator(".job")).to_contain_text("Ready")
    await expect(knowledge.get_by_role("alert").first).to_contain_text("movie.mp4 is not a PDF")
    assert [each["name"] for each in page_server.uploads] == ["dropped.md"]


async def test_refused_file_says_why(knowledge: Page, page_server: PageServer) -> None:
    await knowledge.set_input_files("#files", [file_named("locked.pdf")])  # type: ignore[list-item]
    await expect(knowledge.locator(".job")).to_contain_text("protected by a password")
    await knowledge.get_by_role("button", name="Remove locked.pdf from this list").click()
    await expect(knowledge.locator(".job")).to_have_count(0)


async def test_year_that_is_none_is_said_beside_the_field(
    knowledge: Page, page_server: PageServer
) -> None:
    await knowledge.locator("#year").fill("soon")
    await knowledge.set_input_files("#files", [file_named("x1.pdf")])  # type: ignore[list-item]
    await expect(knowledge.locator("#year-problem")).to_have_text("A year from 1950 to 2100.")
    assert page_server.uploads == []


async def test_delete_asks_first(knowledge: Page, page_server: PageServer) -> None:
    await knowledge.get_by_role("button", name="Delete X1 Spec Sheet").click()
    await expect(knowledge.get_by_role("dialog")).to_contain_text("X1 Spec Sheet")
    await knowledge.keyboard.press("Escape")
    await expect(knowledge.locator("#list tbody tr")).to_have_count(3)
    await knowledge.get_by_role("button", name="Delete X1 Spec Sheet").click()
    await knowledge.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(knowledge.locator("#list tbody tr")).to_have_count(2)
    await expect(knowledge.locator("#status")).to_have_text("“X1 Spec Sheet” was deleted.")


async def test_search_and_find(knowledge: Page, page_server: PageServer) -> None:
    await knowledge.get_by_label("Question").fill("towing")
    await knowledge.keyboard.press("Enter")
    await expect(knowledge.locator(".passages li")).to_contain_text("Relevance 82%")
    await expect(knowledge.locator(".passages strong", has_text="braked")).to_be_visible()
    assert page_server.uploads == [{"query": "towing"}]
    await knowledge.get_by_label("Find in this list").fill("service")
    await expect(knowledge.locator("#list tbody tr")).to_have_count(1)


async def test_empty_list_names_the_next_step(page: Page, page_server: PageServer) -> None:
    page_server.name, page_server.documents = "Eli", []
    await page.goto("/knowledge")
    await expect(page.get_by_text("No documents yet.")).to_be_visible()


async def test_other_accounts_see_why_and_what_next(page: Page, page_server: PageServer) -> None:
    page_server.name, page_server.account_role = "Jane", "customer"
    await page.goto("/knowledge")
    await expect(page.get_by_role("heading", name="cannot open the documents")).to_be_visible()
    link = page.get_by_role("link", name="Sign in with another account")
    await expect(link).to_have_attribute("href", "/login?next=/knowledge")
