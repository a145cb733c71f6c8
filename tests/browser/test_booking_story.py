"""Bookings in a real browser with the running product, counted by SQL."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from icalendar import Calendar, Component
from playwright.async_api import Browser, Locator, Page, expect

from app.db.engine import Connection, Database
from app.dealership.demo_data import DOCUMENTS, metadata_of
from app.dealership.demo_workshop import seed_customer
from app.llm.embedders import BundledEmbedder
from rag.documents import Upload
from rag.ingestion import Ingestion
from tests.bookings import ZONE, a_free_day, own_rows, sent_code
from tests.browser.test_page_chat import answers
from tests.conftest import no_progress
from tests.server import Server

AT_ONCE = "(button, moment) => { setTimeout(() => button.click(), moment - Date.now()); }"
PASSWORD = "a long password"
CUSTOMER = "casey@demo.test"


@pytest.fixture
async def price_list(demo_url: str, embedder: BundledEmbedder) -> None:
    """The document that says what services cost."""
    path, database = DOCUMENTS / "service-guide.md", Database(demo_url)
    upload = Upload(path.name, path.read_bytes(), metadata_of(path))
    await Ingestion(database.engine, embedder).ingest(upload, no_progress)
    await database.close()


@pytest.fixture
async def page(browser: Browser, price_list: None, workshop: Server) -> AsyncIterator[Page]:
    """A fresh browser on the chat of the running product."""
    context = await browser.new_context(
        base_url=workshop.url, locale="en-GB", viewport={"width": 1280, "height": 900}
    )
    page = await context.new_page()
    page.set_default_timeout(15_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.goto("/chat")
    yield page
    await context.close()
    assert wrong == []


async def ask(page: Page, text: str) -> Locator:
    """Say it, and wait for its answer."""
    before = await answers(page).count()
    await page.get_by_label("Your message").fill(text)
    await page.keyboard.press("Enter")
    return await next_answer(page, before)


async def press(page: Page, card: Locator, label: str) -> Locator:
    before = await answers(page).count()
    await card.get_by_role("button", name=label, exact=True).first.click()
    return await next_answer(page, before)


async def next_answer(page: Page, before: int) -> Locator:
    await expect(answers(page)).to_have_count(before + 1, timeout=15_000)
    return answers(page).last


def card(page: Page, kind: str) -> Locator:
    return page.locator(f".chat-card[data-kind={kind}]").last


async def state_of(shown: Locator, word: str) -> None:
    await expect(shown.locator(".card-state")).to_have_text(word)


async def calendar_event(page: Page, shown: Locator) -> Component:
    """What the link of a card downloads."""
    async with page.expect_download() as started:
        await shown.get_by_role("link", name="Add to calendar").click()
    file = Path(await (await started.value).path())
    (event,) = Calendar.from_ical(await asyncio.to_thread(file.read_bytes)).walk("VEVENT")
    return event


async def times_booked(store: Connection) -> list[tuple[datetime, str]]:
    rows = await store.fetch(
        "select lower(during) as start, state from appointments as a where exists ("
        " select from appointment_writes as w join pending_actions as p on p.card_id::text = w.key"
        " where w.appointment_id = a.id)"
    )
    return [(row["start"].astimezone(ZONE), row["state"]) for row in rows]


async def test_a_guest_asks_books_moves_and_cancels(
    page: Page, workshop: Server, store: Connection
) -> None:
    day = a_free_day()
    said = await ask(page, "What does a brake fluid change cost for the X1?")
    await expect(said).to_contain_text("$129")
    await ask(page, f"When could you do it on {day.isoformat()}?")
    slots = card(page, "slots")
    await press(page, slots, "9:00 AM")
    booking = card(page, "action")
    await expect(booking.get_by_role("button")).to_have_count(0)
    assert await own_rows(store) == []

    await ask(page, "my e-mail is jo.miller@example.com")
    code = card(page, "code")
    await code.get_by_label("Six-digit code").fill(await sent_code(workshop, store))
    await press(page, code, "Send code")
    await state_of(code, "Confirmed")
    await expect(code.get_by_label("Six-digit code")).to_have_count(0)

    await expect(booking).to_contain_text("Brake fluid change")
    await expect(booking).to_contain_text("$129")
    await press(page, booking, "Book it")
    await state_of(booking, "Confirmed")
    event = await calendar_event(page, booking)
    ((start, state),) = await times_booked(store)
    assert (start.date(), start.hour, state) == (day, 9, "booked")
    assert event.decoded("dtstart") == start

    await ask(page, "same time a day later, please")
    moving = card(page, "action")
    await press(page, moving, "Move it")
    await state_of(moving, "Confirmed")
    ((moved, _),) = await times_booked(store)
    assert moved == start + timedelta(days=1)
    assert (await calendar_event(page, moving)).decoded("dtstart") == moved

    await ask(page, "cancel my appointment")
    await press(page, card(page, "action"), "Cancel the appointment")
    await state_of(card(page, "action"), "Confirmed")
    assert await own_rows(store) == [("brake_fluid", "cancelled")]
    await page.reload()
    await expect(page.locator(".chat-card[data-kind=action]")).to_have_count(3)
    await state_of(card(page, "action"), "Confirmed")


async def sign_in(page: Page, server: Server, store: Connection, url: str) -> None:
    """As a customer with the demo's two cars, by the page's own form."""
    account = {"email": CUSTOMER, "password": PASSWORD, "name": "Casey Customer"}
    async with (
        aiohttp.ClientSession(server.url) as http,
        http.post("/api/v1/auth/register", json=account) as response,
    ):
        assert response.status < 300
    database = Database(url)
    await seed_customer(
        database, await store.fetchval("select id from customers where user_id is not null"),
        datetime.now(ZONE).date(),
    )  # fmt: skip
    await database.close()
    await page.goto("/login?next=/chat")
    form = page.locator("form:visible")
    await form.get_by_label("E-mail address").fill(CUSTOMER)
    await form.get_by_label("Password", exact=True).fill(PASSWORD)
    await form.get_by_role("button", name="Sign in").click()
    await expect(page.locator("#presence")).to_have_text("Here now")


async def test_a_customer_with_a_flashing_lamp_is_stopped_and_books_the_check(
    page: Page, workshop: Server, store: Connection, demo_url: str
) -> None:
    await sign_in(page, workshop, store, demo_url)
    said = await ask(page, "P0301 and the engine lamp is flashing")
    await expect(said).to_contain_text("Do not drive on")
    diagnosis = card(page, "diagnosis")
    await expect(diagnosis.locator(".card-severity")).to_have_text("Stop: do not drive on")
    await press(page, diagnosis, "Book this check")
    first = card(page, "slots").locator(".card-times button").first
    await press(page, card(page, "slots"), await first.inner_text())
    booking = card(page, "action")
    await expect(booking).to_contain_text("Diagnosis")
    await press(page, booking, "Book it")
    await state_of(booking, "Confirmed")
    rows = await store.fetch(
        "select service_code, state, reason from appointments where customer_id ="
        " (select id from customers where user_id is not null)"
    )
    assert [(row["service_code"], row["state"]) for row in rows] == [("diagnosis", "booked")]
    assert "P0301" in rows[0]["reason"]


async def test_two_tabs_confirm_the_same_card_and_one_row_is_there(
    page: Page, workshop: Server, store: Connection
) -> None:
    await ask(page, f"book a tire rotation on {a_free_day().isoformat()} at 9 am")
    await ask(page, "jo.miller@example.com")
    await ask(page, await sent_code(workshop, store))
    other = await page.context.new_page()
    await other.goto(page.url)
    tabs = (page, other)
    for tab in tabs:
        await expect(card(tab, "action").get_by_role("button", name="Book it")).to_be_visible()
    moment = time.time() * 1000 + 500
    for tab in tabs:
        button = card(tab, "action").get_by_role("button", name="Book it")
        await button.evaluate(AT_ONCE, moment)
    for tab in tabs:
        await state_of(card(tab, "action"), "Confirmed")
        await expect(tab.locator(".chat-card[data-kind=action]")).to_have_count(1)
    assert await own_rows(store) == [("tire_rotation", "booked")]


async def test_one_of_two_appointments_is_cancelled_from_the_list(
    page: Page, workshop: Server, store: Connection, demo_url: str
) -> None:
    await sign_in(page, workshop, store, demo_url)
    for service, first in (("tire rotation", 20), ("brake fluid change", 30)):
        await ask(page, f"book a {service} on {a_free_day(first).isoformat()} at 9 am")
        await press(page, card(page, "action"), "Book it")
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("button", name="My appointments").click()
    listed = page.get_by_role("list", name="To come").locator("> li")
    await expect(listed).to_have_count(2)
    await expect(listed.last).to_contain_text("Brake fluid change")
    before = await answers(page).count()
    await listed.last.get_by_role("button", name="Cancel").click()
    await next_answer(page, before)
    await expect(card(page, "action")).to_contain_text("Brake fluid change")
    await press(page, card(page, "action"), "Cancel the appointment")
    assert await own_rows(store) == [("tire_rotation", "booked"), ("brake_fluid", "cancelled")]
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("button", name="My appointments").click()
    past = page.get_by_role("list", name="Over or cancelled")
    await expect(past.locator(".card-state")).to_have_text("Cancelled")


async def test_a_message_with_two_wishes_is_served_in_one_answer(
    page: Page, store: Connection
) -> None:
    said = await ask(page, "Book an oil change for my X1, and how much can it tow?")
    await expect(said).to_contain_text("2,000 kg")
    await expect(said.get_by_role("button", name="1").first).to_be_visible()
    await expect(card(page, "slots")).to_contain_text("Basic service")
    assert await own_rows(store) == []
