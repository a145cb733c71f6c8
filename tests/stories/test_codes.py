"""One-time codes of guests: what proves, what does not, and what their cards become."""

from app.db.engine import Connection
from tests.bookings import a_free_day, newest, press, prove, say, sent_code
from tests.server import Server

WRONG = "000000"


def booking() -> str:
    return f"book a tire rotation on {a_free_day().isoformat()} at 9 am"


async def test_an_accepted_code_closes_the_card_that_asked_for_it(
    workshop: Server, store: Connection
) -> None:
    async with workshop.client() as client:
        await say(client, booking())
        await say(client, "my e-mail is jo.miller@example.com")
        asked = newest(client, "code")
        assert (asked["state"], asked["input"]) == ("open", "code")
        await say(client, await sent_code(workshop, store))
        closed = newest(client, "code")
        assert (closed["state"], closed["input"]) == ("confirmed", None)
        assert closed["card_id"] == asked["card_id"]
        await press(client, newest(client, "action"), "confirm")
        assert newest(client, "code") == closed


async def test_the_card_is_closed_too_when_the_code_leads_on_to_what_was_wished(
    workshop: Server, store: Connection
) -> None:
    async with workshop.client() as client:
        await say(client, "which appointments do I have?")
        await prove(client, workshop, store)
        assert "no appointment" in client.of("complete")[-1]["response"]
        assert newest(client, "code")["state"] == "confirmed"


async def test_a_wrong_code_proves_nothing_and_three_end_it(
    workshop: Server, store: Connection
) -> None:
    async with workshop.client() as client:
        await say(client, booking())
        await say(client, "jo.miller@example.com")
        right = await sent_code(workshop, store)
        for _ in range(2):
            assert "not the code" in (await say(client, WRONG))["response"]
            assert newest(client, "code")["state"] == "open"
        assert "no longer works" in (await say(client, WRONG))["response"]
        assert newest(client, "code")["state"] == "expired"
        await say(client, right)
        assert newest(client, "action")["choices"] == []
    assert (
        await store.fetchval("select count(*) from conversations where proven_until > now()") == 0
    )


async def test_a_newer_code_replaces_the_card_of_the_former(
    workshop: Server, store: Connection
) -> None:
    async with workshop.client() as client:
        await say(client, booking())
        await say(client, "jo.miller@example.com")
        first = newest(client, "code")
        former = await sent_code(workshop, store)
        await say(client, "please send it to jo.miller@example.com again")
        second = newest(client, "code")
        assert second["card_id"] != first["card_id"]
        states = {card["card_id"]: card["state"] for card in client.of("card")}
        assert (states[first["card_id"]], states[second["card_id"]]) == ("replaced", "open")
        newer = await sent_code(workshop, store)
        if former != newer:
            assert "not the code" in (await say(client, former))["response"]
        await say(client, newer)
        assert newest(client, "code")["state"] == "confirmed"


async def test_a_turn_that_is_run_again_hears_of_its_right_code_once_more(
    workshop: Server, store: Connection
) -> None:
    """The proof is committed before the answer: a process may die in between."""
    async with workshop.client() as client:
        await say(client, booking())
        await prove(client, workshop, store)
        code = await sent_code(workshop, store)
        await store.execute('update conversations set thread = thread || \'{"expects": "code"}\'')
        assert "Thank you" in (await say(client, code))["response"]


async def test_cards_stand_in_the_order_they_were_shown_whatever_changed_since(
    workshop: Server, store: Connection
) -> None:
    async with workshop.client() as client:
        await say(client, booking())
        await prove(client, workshop, store)
        shown = list(dict.fromkeys(card["card_id"] for card in client.of("card")))
        word, token = client.session["session_id"], client.token
    async with workshop.client(word, token) as later:
        await later.send(type="resume", after=0)
        await later.until("resumed")
        replayed = later.of("card")
    assert [card["seq"] for card in replayed] == sorted({card["seq"] for card in replayed})
    ordered = sorted(replayed, key=lambda card: card["created_at"])
    assert [card["card_id"] for card in ordered] == shown
    assert len({card["created_at"] for card in replayed}) == len(shown)
