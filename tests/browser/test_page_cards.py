"""The cards of the chat: drawn, pressed, changed, replayed, and safe whatever stands on them."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import serious_issues
from tests.browser.page_server import Frame, PageServer, Script, Talk
from tests.browser.test_page_accessibility import overflow, tab_back_to
from tests.browser.test_page_chat import answers, ask

SLOTS: Frame = {
    "card_id": "00000000-0000-4000-8000-00000000000a",
    "kind": "slots",
    "state": "open",
    "title": "Free times for the first service",
    "facts": [],
    "sections": [],
    "groups": [
        {"label": "Tuesday 12 May", "choices": [
            {"choice": "slot:2026-05-12T09:00", "label": "09:00", "style": "plain"},
            {"choice": "slot:2026-05-12T10:30", "label": "10:30", "style": "plain"},
        ]},
        {"label": "Wednesday 13 May", "choices": [
            {"choice": f"slot:2026-05-13T{hour:02}:00", "label": f"{hour:02}:00", "style": "plain"}
            for hour in range(8, 16)
        ]},
    ],
    "choices": [], "severity": None, "note": None, "input": None,
}  # fmt: skip
BOOKING: Frame = {
    "card_id": "00000000-0000-4000-8000-00000000000b",
    "kind": "action",
    "state": "open",
    "title": "Book the first service?",
    "facts": [
        {"label": "Service", "value": "First service"},
        {"label": "Vehicle", "value": "X1 2024"},
        {"label": "When", "value": "Tuesday 12 May, 10:30"},
        {"label": "Price", "value": "€189, parts extra"},
    ],
    "choices": [
        {"choice": "confirm", "label": "Book it", "style": "primary"},
        {"choice": "change", "label": "Another time", "style": "plain"},
        {"choice": "decline", "label": "No, thank you", "style": "plain"},
    ],
    "note": "You can cancel until the day before.",
}
CODE: Frame = {
    "card_id": "00000000-0000-4000-8000-00000000000c",
    "kind": "code",
    "state": "open",
    "title": "Your code",
    "note": "We have sent six digits to your e-mail address.",
    "input": "code",
}
APPOINTMENTS: Frame = {
    "card_id": "00000000-0000-4000-8000-00000000000d",
    "kind": "appointments",
    "state": "open",
    "title": "Your appointments",
    "sections": [
        {
            "title": "Tuesday 12 May, 10:30",
            "items": ["First service, X1 2024", "Reference: K7M2"],
            "choices": [
                {"choice": "move:77", "label": "Move", "style": "plain"},
                {"choice": "cancel:77", "label": "Cancel", "style": "danger"},
            ],
            "download": "77",
        }
    ],
}  # fmt: skip
DIAGNOSIS: Frame = {
    "card_id": "00000000-0000-4000-8000-00000000000e",
    "kind": "diagnosis",
    "state": "open",
    "severity": "stop",
    "title": "The brake warning light is on",
    "facts": [{"label": "Light", "value": "Red brake symbol"}],
    "sections": [{"title": "What to do", "items": ["Stop where it is safe.", "Do not drive on."]}],
}


def script_of(*steps: list[Frame]) -> Script:
    """Turn n is answered, then its cards are sent; a card seen before keeps its turn."""
    turns: dict[Any, int] = {}

    async def script(server: PageServer, talk: Talk, accepted: Frame) -> None:
        turn = accepted["turn"]
        text = f"Answer {turn}"
        await server.complete(talk, accepted, response=text, sources=[], follow_ups=[])
        for card in steps[turn - 1] if turn <= len(steps) else []:
            home = turns.setdefault(card.get("card_id"), turn)
            await server.card(talk, home, **card)

    return script


def card_named(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


async def open_with(page: Page, server: PageServer, *steps: list[Frame]) -> None:
    server.script = script_of(*steps)
    await page.goto("/chat")
    await ask(page, "I need a service")
    await expect(answers(page)).to_have_count(1)


async def test_free_time_is_pressed_and_confirmed(page: Page, page_server: PageServer) -> None:
    replaced = {**SLOTS, "state": "replaced"}
    confirmed = {**BOOKING, "state": "confirmed", "choices": []}
    await open_with(page, page_server, [SLOTS], [replaced, BOOKING], [confirmed])
    slots = card_named(page, "Free times for the first service")
    day = slots.get_by_role("list", name="Tuesday 12 May")
    await expect(day.get_by_role("listitem")).to_have_text(["09:00", "10:30"])
    await day.get_by_role("button", name="10:30").click()
    await expect(page.locator(".bubble")).to_have_text(["I need a service", "10:30"])
    await expect(answers(page)).to_have_count(2)
    pressed = page_server.of("action")[0]
    assert (pressed["card_id"], pressed["choice"]) == (SLOTS["card_id"], "slot:2026-05-12T10:30")
    assert pressed["client_message_id"]

    booking = card_named(page, "Book the first service?")
    await expect(booking.locator("dt")).to_have_text(["Service", "Vehicle", "When", "Price"])
    await expect(booking.locator("dd").nth(2)).to_have_text("Tuesday 12 May, 10:30")
    await expect(booking.locator(".button.primary")).to_have_text("Book it")
    await booking.get_by_role("button", name="Book it").click()
    await expect(booking.locator(".card-state")).to_have_text("Confirmed")
    await expect(booking.get_by_role("button")).to_have_count(0)
    await expect(booking).to_contain_text("X1 2024")
    assert [each["choice"] for each in page_server.of("action")][1:] == ["confirm"]
    assert page_server.of("message")[1:] == []


async def test_cards_stand_under_their_answer_and_come_back_after_a_reload(
    page: Page, page_server: PageServer
) -> None:
    later = {**SLOTS, "state": "replaced"}
    await open_with(page, page_server, [SLOTS, CODE], [later, BOOKING])
    await ask(page, "Tuesday at 10:30")
    order = ["Answer 1", "Free times", "Your code", "Answer 2", "Book the first"]

    async def expect_order() -> None:
        entries = page.locator(".transcript > .assistant, .transcript > .chat-card")
        await expect(entries).to_have_count(5)
        for number, text in enumerate(order):
            await expect(entries.nth(number)).to_contain_text(text)

    await expect_order()
    await page.reload()
    await expect_order()
    await expect(card_named(page, SLOTS["title"]).locator("details")).to_have_count(1)
    await ask(page, "And then?")
    await expect(answers(page)).to_have_count(3)
    assert page_server.of("resume")[-1]["after"] == 0


async def test_card_sent_before_its_answer_waits_for_it(
    page: Page, page_server: PageServer
) -> None:
    release = asyncio.Event()

    async def script(server: PageServer, talk: Talk, accepted: Frame) -> None:
        await server.card(talk, accepted["turn"], **SLOTS)
        await server.progress(talk, accepted["turn"])
        await release.wait()
        await server.complete(talk, accepted, response="Done", sources=[], follow_ups=[])

    page_server.script = script
    await page.goto("/chat")
    await ask(page, "I need a service")
    await expect(page.locator(".running .progress")).to_contain_text("Looking")
    await expect(page.locator(".chat-card")).to_have_count(0)
    release.set()
    await expect(page.locator(".assistant + .chat-card")).to_be_visible()


async def test_replaced_card_is_one_line_that_opens(page: Page, page_server: PageServer) -> None:
    await open_with(page, page_server, [{**SLOTS, "state": "replaced"}])
    card = card_named(page, SLOTS["title"])
    await expect(card.locator("summary")).to_contain_text("Replaced")
    assert await card.evaluate("e => e.offsetHeight") < 60
    page_server.script = script_of([], [{**BOOKING, "state": "replaced"}])
    await ask(page, "Again")
    booking = card_named(page, BOOKING["title"])
    await expect(booking.locator("dl")).to_be_hidden()
    await booking.locator("summary").click()
    await expect(booking.locator("dl")).to_be_visible()
    await expect(booking.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("working", "Waiting for the workshop's calendar"),
        ("confirmed", "Confirmed"),
        ("declined", "Declined"),
        ("expired", "Expired"),
        ("failed", "Did not work"),
    ],
)
async def test_settled_cards_say_so_and_have_no_live_buttons(
    page: Page, page_server: PageServer, state: str, word: str
) -> None:
    cards = [{**each, "state": state} for each in (SLOTS, BOOKING, CODE, APPOINTMENTS)]
    await open_with(page, page_server, cards)
    await expect(page.locator(".card-state")).to_have_text([word] * 4)
    await expect(page.locator(".card-state .icon")).to_have_count(4)
    await expect(page.locator(".chat-card :is(button, input)")).to_have_count(0)


async def test_pressed_card_waits_for_the_answer_and_lives_again(
    page: Page, page_server: PageServer
) -> None:
    release = asyncio.Event()

    async def script(server: PageServer, talk: Talk, accepted: Frame) -> None:
        if accepted["turn"] > 1:
            await release.wait()
        await server.complete(talk, accepted, response="Yes", sources=[], follow_ups=[])
        if accepted["turn"] == 1:
            await server.card(talk, 1, **BOOKING)

    page_server.script = script
    await page.goto("/chat")
    await ask(page, "I need a service")
    card = card_named(page, BOOKING["title"])
    another = card.get_by_role("button", name="Another time")
    await another.click()
    await expect(another).to_have_attribute("aria-busy", "true")
    await expect(another).to_be_focused()
    await expect(card.locator("button[aria-disabled=true]")).to_have_count(3)
    await card.get_by_role("button", name="Book it").dispatch_event("click")
    release.set()
    await expect(card.locator("button[aria-disabled]")).to_have_count(0)
    await expect(another).to_be_focused()
    assert [each["choice"] for each in page_server.of("action")] == ["change"]


async def test_refused_press_says_so_and_can_be_repeated(
    page: Page, page_server: PageServer
) -> None:
    await open_with(page, page_server, [BOOKING], [{**BOOKING, "state": "confirmed"}])
    page_server.errors = [{"code": "NotFound", "error": "Nothing."}]
    card = card_named(page, BOOKING["title"])
    await card.get_by_role("button", name="Book it").click()
    refused = page.locator(".message[data-state=failed]")
    await expect(refused).to_contain_text("This button is not available any more.")
    await expect(card.locator("button[aria-disabled]")).to_have_count(0)
    await refused.get_by_role("button", name="Remove").click()
    await expect(refused).to_have_count(0)
    await expect(page.get_by_label("Your message")).to_have_value("")
    await card.get_by_role("button", name="Book it").click()
    await expect(card.locator(".card-state")).to_have_text("Confirmed")


async def test_press_while_the_line_is_down_is_queued_and_sent_once(
    page: Page, page_server: PageServer
) -> None:
    await open_with(page, page_server, [BOOKING], [{**BOOKING, "state": "confirmed"}])
    card = card_named(page, BOOKING["title"])
    await expect(card).to_be_visible()
    page_server.close_with = 1012
    await page_server.cut(next(iter(page_server.talks.values())), 1012)
    await expect(page.locator("#presence")).to_have_text("Reconnecting")
    await card.get_by_role("button", name="Book it").click()
    queued = page.locator(".message[data-state=queued]")
    await expect(queued).to_contain_text("Book it")
    await expect(queued).to_contain_text("Waiting to be sent")
    await expect(card.locator("button[aria-disabled=true]")).to_have_count(3)
    page_server.close_with = None
    await expect(card.locator(".card-state")).to_have_text("Confirmed", timeout=15_000)
    await expect(queued).to_have_count(0)
    assert len(page_server.of("action")) == 1


async def test_press_outlives_a_reload(page: Page, page_server: PageServer) -> None:
    await open_with(page, page_server, [BOOKING], [{**BOOKING, "state": "confirmed"}])
    takes = page_server.take

    async def lose(websocket: object, talk: Talk, frame: Frame) -> None:
        page_server.take = takes  # type: ignore[method-assign]

    page_server.take = lose  # type: ignore[method-assign]
    card = card_named(page, BOOKING["title"])
    await card.get_by_role("button", name="Book it").click()
    await expect(page.locator(".message[data-state=sending]")).to_have_count(1)
    await page.reload()
    await expect(card.locator(".card-state")).to_have_text("Confirmed")
    first, second = page_server.of("action")
    assert (first["client_message_id"], first["choice"]) == (
        second["client_message_id"], second["choice"],
    )  # fmt: skip


async def test_card_that_changed_while_away_leaves_no_gap(
    page: Page, page_server: PageServer
) -> None:
    await open_with(page, page_server, [BOOKING])
    card = card_named(page, BOOKING["title"])
    await expect(card).to_be_visible()
    talk = next(iter(page_server.talks.values()))
    await page_server.cut(talk)
    await page_server.card(talk, 1, **{**BOOKING, "state": "working"})
    await page_server.card(talk, 1, **{**BOOKING, "state": "confirmed"})
    await expect(card.locator(".card-state")).to_have_text("Confirmed")
    await ask(page, "Thank you")
    await expect(answers(page)).to_have_count(2)
    await page.reload()
    await expect(card.locator(".card-state")).to_have_text("Confirmed")
    await ask(page, "Goodbye")
    await expect(answers(page)).to_have_count(3)


async def test_refused_replay_is_asked_for_again(page: Page, page_server: PageServer) -> None:
    await open_with(page, page_server, [BOOKING])
    await expect(card_named(page, BOOKING["title"])).to_be_visible()
    replay = page_server.resume

    async def refuse(websocket: Any, talk: Talk, after: int) -> None:
        page_server.resume = replay  # type: ignore[method-assign]
        await websocket.send_json(
            {"type": "error", "code": "TooManyRequests", "error": "Too many.", "retry_after": 0.2}
        )

    page_server.resume = refuse  # type: ignore[method-assign]
    await page.reload()
    await expect(card_named(page, BOOKING["title"])).to_be_visible()
    await ask(page, "Thank you")
    await expect(answers(page)).to_have_count(2)


async def test_redrawn_card_keeps_focus_and_what_was_typed(
    page: Page, page_server: PageServer
) -> None:
    await open_with(page, page_server, [BOOKING, CODE])
    talk = next(iter(page_server.talks.values()))
    field = page.get_by_label("Six-digit code")
    await field.fill("12")
    await page_server.card(talk, 1, **{**CODE, "note": "A new code is on its way."})
    await expect(card_named(page, "Your code")).to_contain_text("A new code")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("12")
    booking = card_named(page, BOOKING["title"])
    await booking.get_by_role("button", name="Another time").focus()
    await page_server.card(talk, 1, **{**BOOKING, "state": "expired"})
    await expect(booking.locator(".card-state")).to_have_text("Expired")
    await expect(booking).to_be_focused()
    await page.get_by_label("Your message").focus()
    await page_server.card(talk, 1, **{**BOOKING, "state": "failed"})
    await expect(booking.locator(".card-state")).to_have_text("Did not work")
    await expect(page.get_by_label("Your message")).to_be_focused()


async def test_code_is_typed_and_sent_as_a_message(page: Page, page_server: PageServer) -> None:
    await open_with(page, page_server, [CODE])
    field = page.get_by_label("Six-digit code")
    await expect(field).to_have_attribute("inputmode", "numeric")
    await expect(field).to_have_attribute("autocomplete", "one-time-code")
    await field.press_sequentially("12a3")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Please enter all six digits.")).to_be_visible()
    await expect(field).to_be_focused()
    await field.fill("123 456")
    await expect(field).to_have_value("123456")
    await page.get_by_role("button", name="Send code").click()
    await expect(answers(page)).to_have_count(2)
    assert page_server.of("message")[-1]["message"] == "123456"
    assert page_server.of("action") == []
    await expect(field).to_have_value("")
    await expect(field).to_be_editable()


async def test_appointment_has_its_buttons_and_its_calendar_file(
    page: Page, page_server: PageServer
) -> None:
    await open_with(page, page_server, [APPOINTMENTS])
    card = card_named(page, "Your appointments")
    await expect(card.get_by_role("heading", name="Tuesday 12 May, 10:30")).to_be_visible()
    await expect(card).to_contain_text("Reference: K7M2")
    link = card.get_by_role("link", name="Add to calendar")
    await expect(link).to_have_attribute("href", "/api/v1/appointments/77.ics")
    async with page.expect_download():
        await link.click()
    assert ("calendar", "77") in page_server.calls
    await expect(card.locator(".danger")).to_have_text("Cancel")
    await card.get_by_role("button", name="Move").click()
    await expect(answers(page)).to_have_count(2)
    assert page_server.of("action")[0]["choice"] == "move:77"


@pytest.mark.parametrize(
    ("severity", "word"),
    [
        ("info", "Good to know"),
        ("soon", "Have it checked soon"),
        ("urgent", "Urgent"),
        ("stop", "Stop: do not drive on"),
    ],
)
async def test_severity_is_a_word_a_sign_and_a_colour(
    page: Page, page_server: PageServer, severity: str, word: str
) -> None:
    await open_with(page, page_server, [{**DIAGNOSIS, "severity": severity}])
    card = card_named(page, DIAGNOSIS["title"])
    await expect(card.locator(".card-severity")).to_have_text(word)
    await expect(card.locator(".card-severity .icon")).to_have_count(1)
    await expect(card).to_have_attribute("data-severity", severity)
    first = await card.evaluate("e => e.firstElementChild.className")
    assert (first == "card-severity") == (severity == "stop")


ODD: list[Frame] = [
    {"card_id": "odd-1"},
    {"card_id": "odd-2", "kind": "hologram", "state": "melted", "title": "A new kind"},
    {"card_id": "odd-3", "kind": "constructor", "state": "open", "severity": "toString",
     "title": None, "facts": "many", "sections": [None, 3, {"items": "x"}, {"items": [None, {}]}],
     "groups": [{"label": "Empty"}, {"choices": [{"choice": "no label"}]}], "input": "iris",
     "choices": {"choice": "a"}, "note": {"a": 1}},
    {"card_id": "odd-4", "kind": "action", "state": "open", "title": "Three main ones",
     "choices": [{"choice": c, "label": c, "style": "primary"} for c in "abc"]},
    {"kind": "slots", "state": "open", "title": "Nobody's card"},
]  # fmt: skip


async def test_unknown_kinds_and_missing_fields_break_nothing(
    page: Page, page_server: PageServer
) -> None:
    await open_with(page, page_server, [*ODD, BOOKING])
    await expect(card_named(page, BOOKING["title"])).to_be_visible()
    await expect(page.locator(".chat-card h2")).to_have_text(
        ["Details", "A new kind", "Details", "Three main ones", BOOKING["title"]]
    )
    await expect(card_named(page, "Three main ones").locator(".primary")).to_have_count(1)
    talk = next(iter(page_server.talks.values()))
    await talk.tell({"type": "card", "card_id": "odd-6", "title": "Without a number"})
    await expect(page.locator(".chat-card").last).to_contain_text("Without a number")
    await ask(page, "Still there?")
    await expect(answers(page)).to_have_count(2)


async def test_hostile_text_stays_text(page: Page, page_server: PageServer) -> None:
    bad = "<img src=x onerror=alert(1)><script>alert(1)</script>[1] **x**"
    choice = {"choice": f"'\"]{bad}", "label": bad, "style": f"primary {bad}"}
    card = {
        "card_id": f"id {bad}", "kind": bad, "state": "open", "title": bad, "note": bad,
        "facts": [{"label": bad, "value": bad}], "severity": bad, "choices": [choice],
        "groups": [{"label": bad, "choices": [choice]}],
        "sections": [
            {"title": bad, "items": [bad], "choices": [choice], "download": f"../../x?{bad}#"}
        ],
    }  # fmt: skip
    await open_with(page, page_server, [card])
    shown = page.locator(".chat-card")
    await expect(shown.locator("h2")).to_have_text(bad)
    await expect(shown.locator("dd")).to_have_text(bad)
    await expect(shown.locator(".card-note")).to_have_text(bad)
    assert await shown.locator("img, script, strong").count() == 0
    href = await shown.locator("a").get_attribute("href")
    assert href is not None
    assert href.startswith("/api/v1/appointments/..%2F..%2Fx%3F")
    await shown.locator("button").first.click()
    await expect(page.locator(".bubble").last).to_have_text(bad)
    assert page_server.of("action")[0]["choice"] == choice["choice"]
    await page.wait_for_timeout(100)
    assert await page.locator("main img, main script").count() == 0


async def test_booking_by_keyboard_alone(page: Page, page_server: PageServer) -> None:
    await open_with(
        page, page_server,
        [SLOTS], [{**SLOTS, "state": "replaced"}, BOOKING], [{**BOOKING, "state": "confirmed"}],
    )  # fmt: skip
    await expect(page.get_by_label("Your message")).to_be_focused()
    await tab_back_to(page, "[data-key='choice slot:2026-05-12T10:30']")
    await page.keyboard.press("Enter")
    booking = card_named(page, BOOKING["title"])
    await expect(booking).to_be_visible()
    slots = card_named(page, SLOTS["title"])
    await expect(slots).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(slots.locator("summary")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(slots.locator("details")).to_have_attribute("open", "")
    # From the folded card on to the main button of the next one.
    for _ in range(10):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.dataset.key === 'choice confirm'"):
            break
    await page.keyboard.press("Space")
    await expect(booking.locator(".card-state")).to_have_text("Confirmed")
    await expect(booking).to_be_focused()


async def test_states_are_heard_after_the_answer(page: Page, page_server: PageServer) -> None:
    await open_with(page, page_server, [BOOKING], [{**BOOKING, "state": "confirmed"}])
    status = page.locator("#status")
    await expect(status).to_have_text("Answer 1 Book the first service?")
    await page.get_by_role("button", name="Book it").click()
    await expect(status).to_have_text("Answer 2 Book the first service?: Confirmed")
    await page.reload()
    await expect(page.locator(".card-state")).to_have_text("Confirmed")
    await expect(status).to_have_text("")


TOO_WIDE = """all => all.filter(e => e.scrollWidth > e.clientWidth)
.map(e => e.outerHTML.slice(0, 80))"""
ALL: list[Frame] = [
    {**SLOTS, "card_id": "gone", "state": "replaced"}, SLOTS, BOOKING, CODE, APPOINTMENTS,
    *({**BOOKING, "card_id": f"booking-{state}", "state": state}
      for state in ("working", "confirmed", "declined", "expired", "failed")),
    *({**DIAGNOSIS, "card_id": f"diagnosis-{severity}", "severity": severity}
      for severity in ("info", "soon", "urgent", "stop")),
    {**BOOKING, "card_id": "long", "title": "Donaudampfschifffahrtsgesellschaftskapitän" * 3},
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_cards_have_no_serious_issue_and_fit(
    page: Page, page_server: PageServer, scheme: str, width: int
) -> None:
    await page.set_viewport_size({"width": width, "height": 700})
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    await open_with(page, page_server, ALL)
    await expect(page.locator(".chat-card")).to_have_count(len(ALL))
    assert await serious_issues(page) == []
    for _ in ("folded", "open"):
        assert await overflow(page) == 0
        assert await page.locator("#scroller, .chat-card").evaluate_all(TOO_WIDE) == []
        await page.locator("summary").click()


async def test_buttons_are_large_enough_for_a_finger(page: Page, page_server: PageServer) -> None:
    browser = page.context.browser
    assert browser is not None
    context = await browser.new_context(
        base_url=page_server.url, viewport={"width": 320, "height": 740}, has_touch=True,
        is_mobile=True, locale="en-GB",
    )  # fmt: skip
    phone = await context.new_page()
    await open_with(phone, page_server, ALL)
    await expect(phone.locator(".chat-card")).to_have_count(len(ALL))
    small = await phone.locator(".chat-card :is(button, a, input, summary):visible").evaluate_all(
        """all => all.filter(e => Math.min(e.offsetWidth, e.offsetHeight) < 44)
        .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert small == []
    await context.close()
