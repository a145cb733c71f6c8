"""One message may want several things; a message may wander off and come back."""

from tests.bookings import a_free_day, answer, newest, own_rows, say
from tests.server import Client, Server


def agents(client: Client) -> list[str]:
    return [frame["metadata"]["agent"] for frame in client.of("complete")]


async def test_a_question_and_a_booking_in_one_message_are_both_served(workshop: Server) -> None:
    async with workshop.client() as client:
        told = await say(client, "Book an oil change for my X1, and how much can it tow?")
    assert "2,000 kg" in told["response"]
    assert told["response"].index("2,000 kg") < told["response"].index("Basic service")
    assert [source["n"] for source in told["metadata"]["sources"]] == [1]
    assert newest(client, "slots")["title"].endswith("Basic service")
    shown = "".join(token["token"] for token in client.of("token"))
    assert shown == told["response"]


async def test_a_fault_and_a_visit_in_one_message_begin_a_diagnosis_and_show_times(
    workshop: Server,
) -> None:
    day = a_free_day()
    async with workshop.client() as client:
        first = await say(client, f"my brakes squeal, and can you look at it on {day.isoformat()}?")
        assert "Brakes" in first["response"] or "brake" in first["response"]
        assert day.strftime("%B") in newest(client, "slots")["groups"][0]["label"]
        again = await say(client, "yes")
    assert again["metadata"]["agent"] == "troubleshoot"


async def test_two_messages_at_once_are_both_served(workshop: Server) -> None:
    async with workshop.client() as client:
        await client.say("How much can the X1 tow?")
        await client.say("I need an oil change next week")
        told = await answer(client)
        if "slots" not in [card["kind"] for card in client.of("card")]:
            told = await answer(client)
        texts = " ".join(frame["response"] for frame in client.of("complete"))
    assert "2,000 kg" in texts
    assert newest(client, "slots")["title"].endswith("Basic service"), told


async def test_politeness_around_a_question_is_no_greeting(workshop: Server) -> None:
    async with workshop.client() as client:
        told = await say(client, "Hello! How much can the X1 tow? Thank you very much!")
    assert "2,000 kg" in told["response"]


async def test_a_diagnosis_comes_back_after_another_question(workshop: Server) -> None:
    async with workshop.client() as client:
        asked = await say(client, "My X1 brakes make a noise")
        question = asked["response"].split("\n\n")[-1]
        detour = await say(client, "how much can the X1 tow?")
        assert "2,000 kg" in detour["response"]
        assert detour["response"].endswith(question)
        assert detour["metadata"]["follow_ups"] == asked["metadata"]["follow_ups"]
        await say(client, asked["metadata"]["follow_ups"][0])
    assert agents(client) == ["troubleshoot", "specs", "troubleshoot"]


async def test_a_booking_goes_on_after_another_question(workshop: Server, store: object) -> None:
    day = a_free_day()
    async with workshop.client() as client:
        await say(client, "I need an oil change for my X1")
        await say(client, "how much can the X1 tow?")
        await say(client, f"{day.isoformat()} at 10 am")
        assert newest(client, "action")["kind"] == "action"
    assert agents(client) == ["maintenance", "specs", "maintenance"]
    assert await own_rows(store) == []  # type: ignore[arg-type]


async def test_whoever_is_not_understood_is_asked_once_then_offered_a_person(
    workshop: Server,
) -> None:
    unclear = "it is about that thing"
    async with workshop.client() as client:
        asked = await say(client, unclear)
        offered = asked["metadata"]["follow_ups"]
        assert len(offered) == 3
        chosen = await say(client, offered[1])
        assert chosen["metadata"]["agent"] == "maintenance"
    async with workshop.client() as client:
        await say(client, unclear)
        again = await say(client, unclear)
    assert again["metadata"]["follow_ups"] == ["I would like to talk to a person"]


async def test_a_reference_decides_at_once(workshop: Server) -> None:
    async with workshop.client() as client:
        told = await say(client, "GR-7K3F2")
    assert told["metadata"]["agent"] == "maintenance"
