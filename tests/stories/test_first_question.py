"""A customer asks; a cited answer streams back."""

import re
from collections.abc import Awaitable, Callable

import aiohttp

from tests.fakes.llm import Reply, ScriptedLLM, question_in
from tests.server import Server

Start = Callable[..., Awaitable[Server]]
QUESTION = "How much can the X1 tow, and where does the manual say so?"


async def test_offline_model_quotes_the_manual_and_its_page(start_server: Start) -> None:
    server = await start_server(LLM_PROVIDER="offline")
    async with server.client() as customer:
        assert customer.session["model"] == "offline"
        complete = await customer.ask(QUESTION)
    quoted = re.search(r"2,000 kg \(4,409 lb\)\. \[(\d)\]", complete["response"])
    assert quoted is not None
    assert complete["metadata"]["notice"] == "offline"
    source = next(s for s in complete["metadata"]["sources"] if s["n"] == int(quoted[1]))
    assert (source["model"], source["year"], source["page"]) == ("X1", 2025, 29)
    assert complete["metadata"]["follow_ups"] == ["And the 2024 X1?"]


async def test_endpoint_answer_streams_while_the_model_still_speaks(
    server: Server, llm: ScriptedLLM
) -> None:
    llm.reply_to = lambda body: Reply(token_seconds=0.05)
    async with server.client() as customer:
        complete = await customer.ask(QUESTION)
        tokens = customer.of("token")
    assert len(tokens) >= 10
    assert tokens[0]["offset"] == 0
    assert "".join(token["token"] for token in tokens) == complete["response"]
    assert [frame["step"] for frame in customer.of("progress")] == [
        "routing", "searching", "answering",
    ]  # fmt: skip
    assert len(llm.requests) == 1


async def test_citation_opens_the_passage_for_its_owner_alone(
    server: Server, llm: ScriptedLLM
) -> None:
    async with server.client() as customer:
        complete = await customer.ask(QUESTION)
    address = f"{server.url}/api/v1/chat/passages/{complete['message_id']}/1"
    async with aiohttp.ClientSession() as http:
        own = await http.get(address, headers={"X-Guest-Token": customer.token})
        passage = await own.json()
        async with http.get(address, headers={"X-Guest-Token": "nobody"}) as foreign:
            assert foreign.status == 404
    assert passage["page"] == 29
    assert "2,000 kg" in passage["highlight"]
    assert passage["highlight"] in passage["text"]


async def test_citation_of_a_passage_that_was_not_retrieved_is_dropped(
    server: Server, llm: ScriptedLLM
) -> None:
    llm.reply_to = lambda body: Reply("It tows 2,000 kg [1] or so [9], they say [42].")
    async with server.client() as customer:
        complete = await customer.ask(QUESTION)
        shown = "".join(token["token"] for token in customer.of("token"))
    assert complete["response"] == "It tows 2,000 kg [1] or so, they say."
    assert shown == complete["response"]
    assert [source["n"] for source in complete["metadata"]["sources"]] == [1]


async def test_follow_up_takes_the_question_over_to_another_year(
    server: Server, llm: ScriptedLLM
) -> None:
    async with server.client() as customer:
        await customer.ask("How heavy a braked trailer may the X1 tow?")
        await customer.ask("and the 2024?")
    assert "tow" in question_in(llm.requests[1])
    prompt = llm.requests[1]["messages"][-1]["content"]
    assert "1,800 kg" in prompt
    assert 'year="2025"' not in prompt


async def test_question_outside_the_manuals_is_answered_honestly_without_a_call(
    server: Server, llm: ScriptedLLM
) -> None:
    async with server.client() as customer:
        complete = await customer.ask("How many people fit in the flux capacitor of the X1 2019?")
    assert "no documents for the 2019 X1" in complete["response"]
    assert llm.requests == []


async def test_rest_answers_the_guide_s_own_example(start_server: Start) -> None:
    server = await start_server(LLM_PROVIDER="offline")
    async with aiohttp.ClientSession() as http:
        reply = await http.post(
            f"{server.url}/api/v1/chat", json={"message": "What services do you offer?"}
        )
        body = await reply.json()
        history = await http.get(
            f"{server.url}/api/v1/chat/history/{body['session_id']}",
            headers={"X-Guest-Token": body["guest_token"]},
        )
        messages = (await history.json())["messages"]
    assert reply.status == 200
    assert body["response"]
    assert [message["author"] for message in messages] == ["customer", "assistant"]
    assert messages[1]["text"] == body["response"]
