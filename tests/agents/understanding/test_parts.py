"""A message is taken apart where each piece is surely somebody's, and nowhere else."""

from functools import partial

import pytest

from agents.classifier import TextClassifier
from agents.events import Routed
from agents.router import quick_route
from agents.understanding.parts import clauses_of
from tests.agents.test_classifier import trained

__all__ = ["trained"]


@pytest.mark.parametrize(
    ("text", "routes"),
    [
        ("book an oil change. which oil does the X1 take?", ["maintenance", "specs"]),
        ("P0301, and how much can the X1 tow?", ["troubleshoot", "specs"]),
        ("was passt in den kofferraum? und termin am freitag absagen", ["specs", "maintenance"]),
        ("o carro não pega. e quanto o X1 reboca?", ["troubleshoot", "specs"]),
        ("cancela mi cita del lunes, y cuánto remolca el X1?", ["maintenance", "specs"]),
    ],
)
async def test_each_specialist_gets_its_part(
    trained: TextClassifier, text: str, routes: list[str]
) -> None:
    clauses = await clauses_of(text, partial(quick_route, trained))
    assert [clause.route.route for clause in clauses] == routes


@pytest.mark.parametrize(
    "text",
    [
        "How much can the X1 tow?",
        "what is the length and the width of the T5",
        "it shakes and makes a humming noise at high speed",
        "book an oil change and a tire rotation",
        "",
        "?",
        "word " * 500,
        "a. b. c. d. e. f. g. h. i. j. k.",
    ],
)
async def test_one_wish_stays_whole(trained: TextClassifier, text: str) -> None:
    assert await clauses_of(text, partial(quick_route, trained)) == ()


async def test_politeness_is_left_out(trained: TextClassifier) -> None:
    clauses = await clauses_of(
        "Hello! How much can the X1 tow? Thanks", partial(quick_route, trained)
    )
    assert [clause.text for clause in clauses] == ["How much can the X1 tow?"]


async def test_what_is_unsure_belongs_to_its_neighbour() -> None:
    async def route_of(text: str) -> Routed:
        sure = "surely" in text
        return Routed("specs" if "specs" in text else "maintenance", "classifier", 0.9 * sure)

    clauses = await clauses_of(
        "hm well. this is surely specs. and more. that is surely maintenance. and the rest",
        route_of,
    )
    assert [clause.text for clause in clauses] == [
        "hm well. this is surely specs. and more.",
        "that is surely maintenance. and the rest",
    ]
