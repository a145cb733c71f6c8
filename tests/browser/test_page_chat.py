"""A customer in the chat: from the first question to a rated, cited answer."""

import asyncio

from playwright.async_api import Download, Locator, Page, expect

from tests.browser.page_server import Frame, PageServer, Talk, metadata

QUESTION = "How much can the X1 tow?"


async def ask(page: Page, text: str) -> None:
    await page.get_by_label("Your message").fill(text)
    await page.keyboard.press("Enter")


def answers(page: Page) -> Locator:
    return page.locator(".message.assistant[data-outcome]")


async def test_question_streams_to_a_cited_answer_that_opens_its_passage(
    page: Page, page_server: PageServer
) -> None:
    page_server.progress_seconds, page_server.token_seconds = 0.4, 0.02
    await page.goto("/chat")
    await page.get_by_role("button", name="How much can the X1 tow").click()
    await expect(page.get_by_text("Looking in the X1 manuals")).to_be_visible()
    await expect(page.locator(".running .prose strong")).to_have_text("2,000 kg")
    answer = answers(page)
    await expect(answer.locator("table")).to_be_visible()
    await expect(answer.locator(".badge")).to_have_text("From the manuals")
    await expect(answer.locator(".source").first).to_contain_text("X1 Owner's Manual 2025, p. 29")
    chip = answer.get_by_role("button", name="Open source 1").first
    await chip.click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Page 29 · Towing › Trailer weights · X1 2025")
    marked = "".join(await dialog.locator("mark").all_text_contents())
    assert marked == "The X1 may tow a braked trailer of up to 2,000 kg (4,409 lb)."
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(chip).to_be_focused()


async def test_highlight_of_a_table_row_marks_its_cells(
    page: Page, page_server: PageServer
) -> None:
    page_server.passage = {**page_server.passage, "highlight": "| Unbraked | 750 kg |"}
    await page.goto("/chat")
    await ask(page, QUESTION)
    await page.locator(".source").first.click()
    await expect(page.locator("dialog mark")).to_have_text(["Unbraked", "750 kg"])


async def test_passage_that_cannot_be_opened_offers_another_try(
    page: Page, page_server: PageServer
) -> None:
    page_server.passage_status = 503
    await page.goto("/chat")
    await ask(page, QUESTION)
    await page.locator(".source").first.click()
    await expect(page.get_by_text("The passage could not be opened.")).to_be_visible()
    page_server.passage_status = 200
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("dialog mark").first).to_be_visible()


async def test_stop_sends_cancel_and_keeps_what_was_written(
    page: Page, page_server: PageServer
) -> None:
    cancelled = asyncio.Event()

    async def script(server: PageServer, talk: Talk, accepted: Frame) -> None:
        await server.stream(talk, accepted["turn"], "The X1 may tow a trailer of")
        while not server.of("cancel"):
            await asyncio.sleep(0.01)
        cancelled.set()
        text = "The X1 may tow a trailer of"
        await server.complete(
            talk, accepted, outcome="cancelled", response=text, sources=[], follow_ups=[]
        )

    page_server.script = script
    await page.goto("/chat")
    await ask(page, QUESTION)
    await page.get_by_role("button", name="Stop").click()
    await asyncio.wait_for(cancelled.wait(), 5)
    await expect(answers(page)).to_contain_text("The X1 may tow a trailer of")
    await expect(answers(page)).to_contain_text("Stopped")
    await expect(page.get_by_role("button", name="Stop")).to_be_hidden()


async def test_reset_forgets_the_first_attempt(page: Page, page_server: PageServer) -> None:
    seen = [asyncio.Event(), asyncio.Event()]

    async def script(server: PageServer, talk: Talk, accepted: Frame) -> None:
        turn = accepted["turn"]
        await server.stream(talk, turn, "A wrong beginning")
        await seen[0].wait()
        await talk.tell({"type": "reset", "turn": turn, "attempt": 2})
        late = {"type": "token", "turn": turn, "attempt": 1, "offset": 17, "token": " of old"}
        await talk.tell(late)
        await server.stream(talk, turn, "The right answer", attempt=2)
        await seen[1].wait()
        await server.complete(talk, accepted, response="The right answer", sources=[])

    page_server.script = script
    await page.goto("/chat")
    await ask(page, QUESTION)
    running = page.locator(".running .prose")
    await expect(running).to_have_text("A wrong beginning")
    seen[0].set()
    await expect(running).to_have_text("The right answer")
    seen[1].set()
    await expect(answers(page).locator(".prose")).to_have_text("The right answer")


async def test_tokens_twice_or_out_of_place_change_nothing(
    page: Page, page_server: PageServer
) -> None:
    async def script(server: PageServer, talk: Talk, accepted: Frame) -> None:
        token = {"type": "token", "turn": accepted["turn"], "attempt": 1}
        pieces = ((0, "Cars 🚗"), (6, " and"), (6, " and"), (99, " lost"), (10, " vans"))
        for offset, text in pieces:
            await talk.tell({**token, "offset": offset, "token": text})
        await asyncio.Event().wait()

    page_server.script = script
    await page.goto("/chat")
    await ask(page, QUESTION)
    await expect(page.locator(".running .prose")).to_have_text("Cars 🚗 and vans")


async def test_thumb_down_takes_a_reason_and_may_be_changed(
    page: Page, page_server: PageServer
) -> None:
    await page.goto("/chat")
    await ask(page, QUESTION)
    await page.get_by_role("button", name="Not right?").click()
    await page.get_by_label("Out of date").check()
    await page.get_by_label("Anything to add?").fill("The 2025 manual says more.")
    await page.get_by_role("button", name="Send feedback").click()
    await expect(page.get_by_text("Your feedback is saved.")).to_be_visible()
    sent = page_server.of("feedback")[-1]
    assert (sent["rating"], sent["reason"]) == ("down", "outdated")
    assert sent["comment"] == "The 2025 manual says more."
    await page.get_by_role("button", name="Helpful").click()
    await expect(page.get_by_role("button", name="Helpful")).to_have_attribute(
        "aria-pressed", "true"
    )
    await expect(page.get_by_text("Your feedback is saved.")).to_be_visible()
    assert page_server.of("feedback")[-1]["rating"] == "up"
    await page.reload()
    await expect(page.get_by_role("button", name="Helpful")).to_have_attribute(
        "aria-pressed", "true"
    )


async def test_follow_ups_stand_under_the_newest_answer_only(
    page: Page, page_server: PageServer
) -> None:
    await page.goto("/chat")
    await ask(page, QUESTION)
    await page.get_by_role("button", name="And the 2024 X1?").click()
    await expect(answers(page)).to_have_count(2)
    await expect(page.locator(".follow-ups")).to_have_count(1)
    assert page_server.of("message")[-1]["message"] == "And the 2024 X1?"


async def test_person_is_one_click_away(page: Page, page_server: PageServer) -> None:
    page_server.metadata = metadata(
        agent="general", escalation="user_request", sources=[], follow_ups=[]
    )
    page_server.answer = "I have noted that."
    await page.goto("/chat")
    await page.get_by_role("button", name="Talk to a person").click()
    await expect(answers(page)).to_contain_text("I have noted that.")
    assert page_server.of("message")[0]["message"] == "I would like to talk to a person"
    await expect(page.get_by_role("link", name="Call +1 555 0100")).to_be_visible()


async def test_safety_concern_is_an_unmistakable_card(page: Page, page_server: PageServer) -> None:
    page_server.answer = "**Please stop driving now.**"
    page_server.metadata = metadata(
        agent="troubleshoot", escalation="safety_concern", sources=[], follow_ups=[]
    )
    await page.goto("/chat")
    await ask(page, "My brakes do not work")
    card = page.get_by_role("region", name="Your safety comes first")
    await expect(card).to_contain_text("Please stop driving now.")
    await expect(card.get_by_role("link", name="Call +1 555 0100")).to_have_attribute(
        "href", "tel:+15550100"
    )


async def test_degraded_answers_and_the_offline_model_say_so(
    page: Page, page_server: PageServer
) -> None:
    page_server.metadata = metadata(notice="degraded")
    page_server.model = "offline"
    await page.goto("/chat")
    await expect(page.get_by_text("The offline model is answering.")).to_be_visible()
    await ask(page, QUESTION)
    await expect(answers(page).locator(".caution")).to_contain_text("did not respond")


async def test_an_answer_of_little_confidence_says_so_and_offers_a_person(
    page: Page, page_server: PageServer
) -> None:
    page_server.metadata = metadata(escalation="low_confidence", confidence=0.31)
    await page.goto("/chat")
    await ask(page, QUESTION)
    note = answers(page).get_by_role("note")
    await expect(note).to_contain_text("I am not sure")
    await note.get_by_role("button", name="Talk to a person").click()
    await expect(page.locator(".bubble").last).to_have_text("I would like to talk to a person")


async def test_failed_turn_can_be_asked_again(page: Page, page_server: PageServer) -> None:
    page_server.metadata = metadata(outcome="failed", agent="general", sources=[], follow_ups=[])
    await page.goto("/chat")
    await ask(page, QUESTION)
    again = page.get_by_role("button", name="Ask again")
    await expect(again).to_be_visible()
    page_server.metadata = metadata()
    await again.click()
    await expect(answers(page)).to_have_count(2)
    assert [each["message"] for each in page_server.of("message")] == [QUESTION, QUESTION]


async def test_conversation_is_there_after_a_reload_with_answers_under_their_questions(
    page: Page, page_server: PageServer
) -> None:
    async def script(server: PageServer, talk: Talk, accepted: Frame) -> None:
        if accepted["turn"] == 2:
            first, second = talk.events[0], accepted
            await server.complete(talk, first, response="Answer one", sources=[], follow_ups=[])
            await server.complete(talk, second, response="Answer two", sources=[], follow_ups=[])

    page_server.script = script
    await page.goto("/chat")
    await ask(page, "Question one")
    await ask(page, "Question two")
    await expect(answers(page)).to_have_count(2)
    shown = ["Question one", "Answer one", "Question two", "Answer two"]
    await expect(page.locator(".bubble, .transcript .prose")).to_have_text(shown)
    await page.reload()
    await expect(page.locator(".bubble, .transcript .prose")).to_have_text(shown)
    assert page_server.of("resume")[-1]["after"] == 0


async def test_message_from_another_tab_appears(page: Page, page_server: PageServer) -> None:
    await page.goto("/chat")
    await ask(page, QUESTION)
    await expect(answers(page)).to_have_count(1)
    other = await page.context.new_page()
    await other.goto("/chat")
    await expect(answers(other)).to_have_count(1)
    await ask(other, "And from here?")
    await expect(page.locator(".bubble")).to_have_text([QUESTION, "And from here?"])
    await expect(answers(page)).to_have_count(2)


AT_THE_END = """() => {
    const e = document.querySelector("#scroller");
    return e.scrollTop + e.clientHeight > e.scrollHeight - 80;
}"""


async def test_new_message_pill_when_the_reader_is_elsewhere(
    page: Page, page_server: PageServer
) -> None:
    await page.set_viewport_size({"width": 700, "height": 420})
    await page.goto("/chat")
    for number in range(4):
        await ask(page, f"Question {number}")
        await expect(answers(page)).to_have_count(number + 1)
    scroller = page.locator("#scroller")
    await page.wait_for_function(AT_THE_END)
    await scroller.evaluate("e => { e.scrollTop = 0 }")
    await page.wait_for_timeout(100)
    word = next(iter(page_server.talks))
    other = {"client_message_id": "other", "message": "From another tab", "type": "accepted"}
    await page_server.talk(word).store(
        {**other, "turn": 5, "message_id": "10000000-0000-4000-8000-000000000005"}
    )
    pill = page.get_by_role("button", name="New message")
    await expect(pill).to_be_visible()
    assert await scroller.evaluate("e => e.scrollTop") == 0
    await pill.click()
    await expect(pill).to_be_hidden()
    await expect(page.get_by_text("From another tab")).to_be_in_viewport()


async def test_history_new_conversation_and_delete(page: Page, page_server: PageServer) -> None:
    await page.goto("/chat")
    await ask(page, QUESTION)
    await expect(answers(page)).to_have_count(1)
    await page.get_by_role("button", name="New conversation").click()
    await expect(page.locator("#recent")).to_contain_text(QUESTION)
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("button", name="Earlier conversations").click()
    await page.get_by_role("dialog").get_by_role("link", name=QUESTION).click()
    await expect(answers(page)).to_have_count(1)
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("button", name="Delete this conversation").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Cancel").click()
    assert page_server.calls == []
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("button", name="Delete this conversation").click()
    await dialog.get_by_role("button", name="Delete").click()
    await expect(answers(page)).to_have_count(0)
    await expect(page.locator("#start")).to_be_visible()
    await expect(page.locator("#notice")).to_have_text("The conversation was deleted.")
    await ask(page, "A new beginning")
    await expect(answers(page)).to_have_count(1)


async def test_transcript_downloads_as_text(page: Page, page_server: PageServer) -> None:
    await page.goto("/chat")
    await ask(page, QUESTION)
    await expect(answers(page)).to_have_count(1)
    await page.get_by_role("button", name="Menu").click()
    async with page.expect_download() as expected:
        await page.get_by_role("button", name="Download this conversation").click()
    download: Download = await expected.value
    path = await download.path()
    text = path.read_text("utf-8")
    assert QUESTION in text
    assert "[1] X1 Owner's Manual 2025, p. 29" in text
    assert download.suggested_filename.endswith(".txt")


async def test_language_and_appearance_are_remembered(page: Page, page_server: PageServer) -> None:
    await page.goto("/chat")
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_label("Appearance").select_option("dark")
    await expect(page.locator("html")).to_have_attribute("data-appearance", "dark")
    await page.get_by_label("Language").select_option("pt-BR")
    await expect(page.get_by_label("Sua mensagem")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("data-appearance", "dark")
    await expect(page.locator("html")).to_have_attribute("lang", "pt-BR")


async def test_too_long_a_message_is_counted_and_kept(page: Page, page_server: PageServer) -> None:
    await page.goto("/chat")
    box = page.get_by_label("Your message")
    await box.fill("x" * 3900)
    await expect(page.locator("#counter")).to_have_text("100 characters left")
    await box.fill("x" * 4001)
    await expect(page.locator("#counter")).to_contain_text("1 characters too many")
    await page.keyboard.press("Enter")
    await expect(box).to_have_value("x" * 4001)
    assert page_server.of("message") == []


async def test_shift_enter_breaks_the_line_and_the_draft_outlives_a_reload(
    page: Page, page_server: PageServer
) -> None:
    await page.goto("/chat")
    box = page.get_by_label("Your message")
    await box.press_sequentially("One")
    await page.keyboard.press("Shift+Enter")
    await box.press_sequentially("two")
    await expect(box).to_have_value("One\ntwo")
    await page.reload()
    await expect(box).to_have_value("One\ntwo")


async def test_passage_keeps_the_lines_of_its_page(page: Page, page_server: PageServer) -> None:
    text = (
        "The X1 may tow a braked trailer of up to 2,000 kg. A trailer\n"
        "without brakes may weigh 750 kg.\nTowing capacity\nWith brakes 2,000 kg\nWithout 750 kg"
    )
    page_server.passage = {**page_server.passage, "text": text, "highlight": "With brakes 2,000 kg"}
    await page.goto("/chat")
    await ask(page, QUESTION)
    await page.locator(".source").first.click()
    await expect(page.locator("dialog mark")).to_have_text("With brakes 2,000 kg")
    assert (await page.locator("#passage-text").inner_text()).split("\n") == [
        "The X1 may tow a braked trailer of up to 2,000 kg. A trailer "
        "without brakes may weigh 750 kg.",
        "Towing capacity",
        "With brakes 2,000 kg",
        "Without 750 kg",
    ]
