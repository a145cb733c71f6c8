"""Emergencies and the wish for a person are heard at once; everything else stays quiet."""

import time
from pathlib import Path

import pytest
import yaml

import agents.guardrails.screening as screening
from agents.classifier import load_examples
from agents.guardrails.screening import folded_sentences, screen

PHRASES = Path(screening.__file__).parents[1] / "examples" / "screening.yaml"
EXPECTED = {"emergency": "safety_concern", "person": "user_request", "calm": None}


def heard(text: str) -> str | None:
    screened = screen(text)
    return screened.escalation if screened else None


def labelled(*kinds: str) -> list[tuple[str, str]]:
    data = yaml.safe_load(PHRASES.read_text("utf-8"))
    return [(kind, text) for kind in kinds for texts in data[kind].values() for text in texts]


def test_the_list_of_phrases_is_long_enough() -> None:
    assert len(labelled("emergency", "person", "calm")) >= 150


def test_at_most_one_in_a_hundred_calls_is_missed() -> None:
    cases = labelled("emergency", "person")
    missed = [text for kind, text in cases if heard(text) != EXPECTED[kind]]
    assert len(missed) <= 0.01 * len(cases), missed


def test_at_most_one_in_a_hundred_calm_messages_raises_an_alarm() -> None:
    cases = [text for _, text in labelled("calm")]
    alarms = [text for text in cases if heard(text)]
    assert len(alarms) <= 0.01 * len(cases), alarms


def test_ordinary_questions_raise_no_alarm() -> None:
    assert [each.text for each in load_examples("train") if heard(each.text)] == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my brakes failed", "en"),
        ("os freios não funcionam", "pt"),
        ("los frenos no funcionan", "es"),
        ("die Bremsen funktionieren nicht", "de"),
        ("ich möchte mit einem Menschen sprechen", "de"),
    ],
)
def test_the_language_of_the_words_is_told(text: str, language: str) -> None:
    screened = screen(text)
    assert screened is not None
    assert screened.language == language


@pytest.mark.parametrize(
    ("alarm", "calm"),
    [
        ("there is smoke", "there is no smoke"),
        ("smoke is coming out of the hood", "smoke is coming out of the exhaust"),
        ("my car is on fire", "my car is not on fire"),
        ("mein Auto brennt", "mein Auto brennt nicht"),
        ("brakes not working", "brake light not working"),
        ("no brakes", "no brakes noise any more"),
        ("the brakes failed", "what happens if the brakes failed?"),
        ("the car won't stop", "the car won't stop beeping"),
        ("my child is locked in the car", "my child seat is locked in the car"),
    ],
)
def test_a_denial_or_another_part_makes_the_difference(alarm: str, calm: str) -> None:
    assert heard(alarm) == "safety_concern"
    assert heard(calm) is None


def test_a_denial_holds_for_its_own_clause_only() -> None:
    assert heard("no, smoke is coming out of the hood") == "safety_concern"
    assert heard("There is no noise. Smoke is coming out of the hood.") == "safety_concern"
    assert heard("not sure why but the brakes failed") == "safety_concern"


def test_a_calm_sentence_does_not_hide_an_alarming_one() -> None:
    calm = "What happens if the airbag fires? How do I book a service? "
    assert heard(calm + "My brakes failed.") == "safety_concern"


def test_what_to_do_in_a_fire_is_answered_as_an_emergency() -> None:
    assert heard("What should I do if the engine is on fire?") == "safety_concern"


def test_an_emergency_comes_before_the_wish_for_a_person() -> None:
    assert heard("let me talk to a person, my car is on fire") == "safety_concern"


@pytest.mark.parametrize("text", ["", " ", "/", "|||", "...", "\u0301", "<PERSON_1>", "\x00"])
def test_odd_input_is_let_pass(text: str) -> None:
    assert screen(text) is None


def test_separators_in_the_text_do_not_forge_a_sentence() -> None:
    assert folded_sentences("a/b|c. D, e") == " / a b c / d | e / "


@pytest.mark.parametrize(
    "text",
    ["brakes ", "brakes smoke car steering airbag fuel ", "talk to ", "mit ", "no ", "brakes\n",
     "brakes. ", "i had ", "no smoke coming ", "my steering is locked parked ", "ä́", "'", "a ",
     "freio fumaca carro ", "bremse rauch auto mit ", "x"],
)  # fmt: skip
def test_hostile_messages_take_a_few_milliseconds(text: str) -> None:
    message = (text * 4000)[:4000]
    times = []
    for _ in range(5):
        started = time.perf_counter()
        screen(message)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.02  # 3 ms on an idle core
