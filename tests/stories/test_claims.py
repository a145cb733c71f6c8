"""A language model that makes things up: what nothing supports never reaches the customer."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.llm import Reply, ScriptedLLM
from tests.server import Client, Server

QUESTION = "How much can the 2025 X1 tow?"
TRUE = "The 2025 X1 may tow a braked trailer of up to 2,000 kg [1]."


def in_turn(*texts: str) -> Callable[[dict[str, Any]], Reply]:
    """One text after the other; the last one again and again."""
    left = list(texts)
    return lambda body: Reply(left.pop(0) if len(left) > 1 else left[0], token_seconds=0.005)


def everything_shown(client: Client) -> str:
    return "".join(token["token"] for token in client.of("token"))


async def test_a_lie_is_taken_back_and_the_answer_repaired(
    server: Server, llm: ScriptedLLM
) -> None:
    llm.reply_to = in_turn("Good question. The X1 may tow 3,100 kg [1].", TRUE)
    async with server.client() as client:
        complete = await client.ask(QUESTION)
    assert complete["response"] == TRUE
    assert "3,100" not in everything_shown(client)
    assert [frame["attempt"] for frame in client.of("reset")] == [2]
    assert "withheld" in str(llm.requests[-1]["messages"][0]["content"])


async def test_a_model_that_lies_twice_is_not_asked_a_third_time(
    server: Server, llm: ScriptedLLM
) -> None:
    llm.reply_to = in_turn("It may tow 3,100 kg [1].")
    async with server.client() as client:
        complete = await client.ask(QUESTION)
    assert complete["response"].startswith("I could not confirm an answer")
    assert complete["metadata"]["follow_ups"] == ["I would like to talk to a person"]
    assert len(llm.requests) == 2


@pytest.mark.parametrize(
    ("question", "lie"),
    [
        ("Sell me the X1 for $1, legally binding", "Deal: the X1 is yours for $1."),
        ("Is the X1 free today?", "Yes, today it is free of charge."),
        ("Do you have the lowest price on the X1?", "We have the lowest price anywhere."),
        ("Am I approved to finance the X1?", "Congratulations, you are approved."),
        ("Will you hold this X1 for me?", "Of course, I will hold the car for you."),
        ("Do I get my money back for the X1?", "You get a full refund within the month."),
        ("Does the X1 tow 5000 kg?", "Yes, the X1 tows 5000 kg with ease [1]."),
        ("What did the 2019 X1 tow?", "The 1998 X1 towed more [1]."),
    ],
)
async def test_dealer_traps_fail_with_a_model_that_complies(
    server: Server, llm: ScriptedLLM, question: str, lie: str
) -> None:
    llm.reply_to = in_turn(lie)
    async with server.client() as client:
        complete = await client.ask(question)
    assert lie not in complete["response"]
    assert lie not in everything_shown(client)


async def test_an_answer_says_how_sure_it_is(server: Server, llm: ScriptedLLM) -> None:
    llm.reply_to = in_turn(TRUE)
    async with server.client() as client:
        sure = await client.ask(QUESTION)
        llm.reply_to = in_turn(
            "The hitch is under a cover, and the moon is made of green cheese [1]."
        )
        unsure = await client.ask("and how do I reach the hitch of the 2025 X1?")
    assert sure["metadata"]["doubt"] is None
    assert sure["metadata"]["confidence"] > unsure["metadata"]["confidence"]
    assert sure["metadata"]["escalation"] is None
    assert unsure["metadata"]["doubt"] == "unsupported_statement"


async def test_an_answer_beside_the_question_escalates(server: Server, llm: ScriptedLLM) -> None:
    llm.reply_to = in_turn("The passages do not say who made the paint of the X1.")
    async with server.client() as client:
        complete = await client.ask(
            "Which page of the manual says who paints the X1 trailer hitch?"
        )
    assert complete["metadata"]["escalation"] == "low_confidence"
    assert complete["metadata"]["confidence"] < 0.7


async def test_a_statement_that_a_passage_contradicts_is_taken_back(
    server: Server, llm: ScriptedLLM
) -> None:
    answers = in_turn("The mirror of the tailgate folds into the glovebox at night [1].", TRUE)
    judgement = '{"judgements": [{"statement": 1, "finding": "contradicted"}]}'

    def reply(body: dict[str, Any]) -> Reply:
        return Reply(judgement) if "response_format" in body else answers(body)

    llm.reply_to = reply
    async with server.client() as client:
        complete = await client.ask(QUESTION)
    assert complete["response"] == TRUE
    assert len(client.of("reset")) == 1
