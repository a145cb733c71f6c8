"""A guest asks, and an admin sees what the conversation did and cost, down to one answer."""

import csv
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import serious_issues, violation
from tests.browser.desk import WIDTHS, in_chat, opened, say, session_of
from tests.browser.test_page_accessibility import overflow
from tests.conftest import Shared, run_sql
from tests.fakes.llm import ANSWER, ScriptedLLM
from tests.figures import PRICES, TOWING, ask_all, chosen
from tests.server import Server

PLACES = (
    "/admin", "/admin/usage", "/admin/conversations", "/admin/questions", "/admin/audit",
)  # fmt: skip
# More than one page of each, at different moments.
MANY = """
insert into audit_entries (actor, action, record)
  select 'command', 'data_exported', 'customer:' || n from generate_series(1, 60) as n;
with guest as (insert into guests (id) values (gen_random_uuid()) returning id),
made as (
  insert into conversations (guest_id, session_id, updated_at)
  select id, 'many-' || n, clock_timestamp() - n * interval '1 second'
  from guest, generate_series(1, 60) as n returning id
)
insert into turns (conversation_id, number, state) select id, 1, 'answered' from made
"""
SECRET = "My number is 503-555-0163. What does an oil change cost?"


@pytest.fixture(scope="module")
def server(shared_server: Shared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    prices: Path = tmp_path_factory.mktemp("prices") / "prices.yaml"
    prices.write_text(PRICES)
    with shared_server("admin", LLM_PRICES_FILE=str(prices)) as started:
        yield started


@asynccontextmanager
async def as_admin(
    browser: Browser, server: Server, address: str = "/admin", **options: Any
) -> AsyncIterator[Page]:
    """Fails on what the policy refuses too, unless it is passed by for axe."""
    cookie = await session_of(server, "Ada Ops", "admin")
    refused: list[str] = []
    async with opened(browser, server, "/login", cookie, **options) as page:
        page.on("console", lambda told: refused.extend(violation(told.text)))
        await page.goto(address)
        yield page
    assert refused == []


async def asked(browser: Browser, server: Server, *questions: str) -> None:
    async with in_chat(browser, server) as customer:
        for number, question in enumerate(questions):
            await say(customer, question)
            answers = customer.locator(".message.assistant:not(.running)")
            await expect(answers).to_have_count(number + 1)


async def exported(page: Page, link: str) -> list[dict[str, str]]:
    async with page.expect_download() as download:
        await page.locator(link).click()
    path = await (await download.value).path()
    return list(csv.DictReader(StringIO(path.read_text())))


async def test_what_the_last_conversation_did_and_cost_is_seen_down_to_one_answer(
    browser: Browser, server: Server, llm_server: ScriptedLLM
) -> None:
    async with as_admin(browser, server) as page:
        await expect(page.get_by_text("Nobody has asked anything yet.")).to_be_visible()
    llm_server.reset()
    llm_server.reply_to = chosen
    await asked(browser, server, SECRET, TOWING)
    dollars = (3 * 100 + 15 * len(ANSWER.split(" "))) / 1_000_000
    async with as_admin(browser, server) as page:
        last = page.locator("#last")
        await expect(last).to_contain_text(TOWING)
        await expect(last.locator(".facts")).to_contain_text(f"${dollars:f}")
        await expect(last.locator(".facts")).to_contain_text("100 in, 19 out")
        await expect(last.locator(".source-list")).to_contain_text("Owner's Manual, p. 29")
        bars = last.locator(".waterfall-bar")
        widths = await bars.evaluate_all("all => all.map(each => each.offsetWidth)")
        assert len(widths) >= 3
        assert max(widths) > 20
        await expect(page.locator("#tiles .tile").first).to_contain_text("2 questions")
        await last.get_by_role("link", name="Everything about this answer").click()
        await expect(page.locator("#calls")).to_contain_text("scripted")
        await expect(page).to_have_url(re.compile(r"/admin/turns/[0-9a-f-]{36}$"))
        await page.locator("#back").click()
        rows = page.locator("#found tbody tr")
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text("[Phone number 1]")
        assert "0163" not in await page.content()
        await page.get_by_role("button", name="Confidence").click()
        await expect(page.get_by_role("columnheader", name="Confidence")).to_have_attribute(
            "aria-sort", "descending"
        )
        await expect(rows.first).to_contain_text(TOWING)


async def test_lists_filter_and_export_what_they_show(
    browser: Browser, server: Server, llm_server: ScriptedLLM
) -> None:
    llm_server.reset()
    llm_server.reply_to = chosen
    await ask_all(server, "=1+1", "I would like to talk to a person")
    async with as_admin(browser, server, "/admin/conversations") as page:
        row = page.locator("#found tbody tr", has_text="=1+1")
        await expect(row).to_have_count(1)
        count = await page.locator("#found tbody tr").count()
        await page.get_by_label("Passed on").select_option("user_request")
        await expect(page).to_have_url(re.compile("escalation=user_request"))
        await expect(page.locator("#found tbody tr")).to_have_count(1)
        assert count >= 1
        assert [each["first_question"] for each in await exported(page, "#export")] == ["'=1+1"]
        await page.get_by_label("From").fill("2020-01-01")
        await expect(page.get_by_text("These filters do not fit")).to_be_visible()
        await page.get_by_role("link", name="Without filters").click()
        await expect(row).to_have_count(1)
        await page.goto("/admin/usage")
        await expect(page.locator("#chart canvas")).to_be_visible()
        await expect(page.locator("#chart table")).to_contain_text("$0.00")
        await page.locator("#measure").select_option("tokens")
        await expect(page.locator("#models")).to_contain_text("scripted")
        await page.goto("/admin/audit")
        await page.get_by_label("Action").select_option("user_created")
        await expect(page.locator("#found tbody tr").first).to_contain_text("Account created")
        assert {each["action"] for each in await exported(page, "#export")} == {"user_created"}


@pytest.mark.parametrize("role", [None, "staff", "editor"])
async def test_others_are_told_what_to_do(browser: Browser, server: Server, role: Any) -> None:
    cookie = await session_of(server, "Sam", role) if role else None
    async with opened(browser, server, "/admin", cookie) as page:
        heading = "This account is no admin's" if role else "Sign in"
        await expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        await expect(page.locator("#admin")).to_have_count(0 if role is None else 1)
        await expect(page.locator("#tiles")).to_be_hidden()


async def test_what_is_not_there_and_what_cannot_be_reached_has_a_next_step(
    browser: Browser, server: Server
) -> None:
    async with as_admin(browser, server, "/admin/turns/nothing") as page:
        await expect(page.get_by_role("alert")).to_contain_text("There is nothing here")
        await expect(page.locator("#calls-card")).to_be_hidden()
        await page.route("**/api/v1/audit*", lambda route: route.abort())
        await page.goto("/admin/audit")
        await expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
        await page.unroute("**/api/v1/audit*")
        await page.get_by_role("button", name="Try again").click()
        await expect(page.locator("#found tbody tr").first).to_be_visible()
        await expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("place", ["conversations", "audit"])
async def test_a_long_list_comes_page_by_page_also_after_a_failure(
    browser: Browser, server: Server, place: str
) -> None:
    await run_sql(server.environment["DATABASE_URL"], MANY)
    async with as_admin(browser, server, f"/admin/{place}") as page:
        rows, more = page.locator("#found tbody tr"), page.locator("#more")
        await expect(rows).to_have_count(50)
        await page.route(re.compile("before="), lambda route: route.abort())
        await more.click()
        await expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
        await page.unroute_all()
        await page.get_by_role("button", name="Try again").click()
        await expect(page.get_by_role("alert")).to_have_count(0)
        while await more.is_visible():
            before = await rows.count()
            await more.click()
            await expect(rows.nth(before)).to_be_visible()
        assert await rows.count() >= 60


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_page_has_a_serious_issue_or_scrolls_sideways(
    browser: Browser, server: Server, llm_server: ScriptedLLM, scheme: str
) -> None:
    llm_server.reset()
    llm_server.reply_to = chosen
    await ask_all(server, TOWING)
    options = {"color_scheme": scheme, "bypass_csp": True}
    async with as_admin(browser, server, **options) as page:
        await expect(page.locator("#last")).to_contain_text(TOWING)
        turn = await page.locator("#last a", has_text="Everything").get_attribute("href")
        talk = await page.locator("#last a", has_text="whole").get_attribute("href")
        for address in (*PLACES, turn, talk):
            await page.goto(str(address))
            await expect(page.locator("#admin[data-loaded]")).to_be_visible()
            for width in WIDTHS:
                await page.set_viewport_size({"width": width, "height": 800})
                assert await overflow(page) == 0, (address, width)
            assert await serious_issues(page) == [], address


@pytest.mark.parametrize("language", ["de", "pt-BR", "es"])
async def test_other_languages_fit_a_phone(browser: Browser, server: Server, language: str) -> None:
    phone = {"width": 320, "height": 640}
    async with as_admin(browser, server, f"/admin?lang={language}", viewport=phone) as page:
        for address in PLACES:
            await page.goto(address)
            await expect(page.locator("#admin[data-loaded]")).to_be_visible()
            assert await overflow(page) == 0, address
