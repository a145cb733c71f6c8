"""What a question means in its conversation: vehicle, year, and what it leans on."""

import time

import pytest

from agents.followups import (
    Resolved,
    about_vehicle,
    is_follow_up,
    is_small_talk,
    named_model,
    named_models,
    named_year,
    named_years,
    own_words,
    question_before,
    resolve,
    without_placeholders,
    without_vehicle,
)

VEHICLES = {"X1": (2024, 2025), "E3": (2024, 2025), "T5": (2024, 2025)}
TOW = "How much can the X1 2024 tow?"


def asked(
    question: str, *earlier: str, about: tuple[str | None, int | None] = ("X1", 2024)
) -> Resolved:
    return resolve(question, earlier, about, VEHICLES)


@pytest.mark.parametrize("text", ["x 1", "X-1", "x1", "X1s", "the X1's boot", "GenAuto X1"])
def test_a_model_is_found_however_it_is_written(text: str) -> None:
    assert named_model(text, VEHICLES) == "X1"


@pytest.mark.parametrize("text", ["X10", "AX1", "1", "x 1.5 times", "2 adultos e 3 crianças"])
def test_what_only_looks_like_a_model_is_none(text: str) -> None:
    assert named_model(text, VEHICLES) is None


def test_a_letter_that_is_a_word_needs_an_article_or_a_capital() -> None:
    assert named_models("does the e 3 charge?", VEHICLES) == ("E3",)
    assert named_models("E 3 2025", VEHICLES) == ("E3",)
    assert named_models("o e 3 carrega?", VEHICLES) == ("E3",)


def test_all_models_are_named_in_the_order_of_the_text() -> None:
    assert named_models("T5 or X1, rather the T5", VEHICLES) == ("T5", "X1")


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("the 2024", (2024,)),
        ("der 2024er", (2024,)),
        ("MY25", (2025,)),
        ("the '24 model", (2024,)),
        ("2024 vs 2025", (2024, 2025)),
        ("2024?", (2024,)),
        ("2000 kg", ()),
        ("2025 miles", ()),
        ("$2000", ()),
        ("2.024", ()),
        ("call 12024", ()),
    ],
)
def test_model_years_are_told_from_other_numbers(text: str, years: tuple[int, ...]) -> None:
    assert named_years(text) == years
    assert named_year(text) == (years[-1] if years else None)


@pytest.mark.parametrize(
    ("earlier", "question", "query", "vehicle"),
    [
        (TOW, "and the 2023?", "How much can the X1 2023 tow? and the 2023?", ("X1", 2023)),
        (TOW, "what about the T5?", "How much can the T5 tow? what about the T5?", ("T5", None)),
        ("Quanto o X1 2025 pode rebocar?", "E para o de 2024?",
         "Quanto o X1 2024 pode rebocar? E para o de 2024?", ("X1", 2024)),
        ("¿Cuánto puede remolcar el X1?", "¿Y el T5?",
         "¿Cuánto puede remolcar el T5? ¿Y el T5?", ("T5", None)),
        ("Wie viel darf der X1 2025 ziehen?", "Und der 2024er?",
         "Wie viel darf der X1 2024 ziehen? Und der 2024er?", ("X1", 2024)),
        (TOW, "E3 2025", "How much can the E3 2025 tow? E3 2025", ("E3", 2025)),
    ],
)  # fmt: skip
def test_a_vehicle_alone_carries_the_question_over(
    earlier: str, question: str, query: str, vehicle: tuple[str, int | None]
) -> None:
    resolved = asked(question, earlier)
    assert (resolved.query, (resolved.model, resolved.year)) == (query, vehicle)
    assert resolved.follow_up
    assert resolved.named


@pytest.mark.parametrize(
    ("earlier", "question"),
    [
        ("Which oil does the X1 need?", "and how much oil?"),
        ("What is the range of the E3?", "and in winter?"),
        ("What is the tire pressure?", "fully loaded?"),
        (TOW, "without brakes?"),
        (TOW, "and with a trailer without brakes?"),
        ("What does the basic service include?", "how much does it cost?"),
        (TOW, "why?"),
    ],
)
def test_a_condition_or_a_leaning_word_takes_the_question_over(earlier: str, question: str) -> None:
    resolved = asked(question, earlier)
    assert resolved.follow_up
    assert resolved.query.endswith(question)
    assert len(resolved.query) > len(question)


@pytest.mark.parametrize(
    "question",
    [
        "and how much oil?",
        "And roof load?",
        "and what are your opening hours?",
        "What is the tire pressure?",
        "at what time do you open?",
        "and book a service for me please",
        "my car does not start",
        "thanks",
        "My car has P0301",
    ],
)
def test_a_new_topic_is_not_glued_to_the_question_before(question: str) -> None:
    resolved = asked(question, TOW)
    assert resolved.query == question
    assert not resolved.follow_up
    assert (resolved.model, resolved.year) == ("X1", 2024)


def test_a_chain_of_follow_ups_goes_back_to_the_question_that_stood_alone() -> None:
    resolved = asked("and the 2025?", "How much can the X1 tow?", "what about the T5?",
                     about=("T5", None))  # fmt: skip
    assert resolved.query == "How much can the T5 tow? and the 2025?"
    assert (resolved.model, resolved.year) == ("T5", 2025)


def test_a_vehicle_after_a_condition_keeps_the_condition() -> None:
    resolved = asked("and the T5?", "What is the tire pressure of the X1?", "and fully loaded?")
    assert resolved.query == "What is the tire pressure of the T5? and fully loaded? and the T5?"


def test_a_condition_after_a_condition_replaces_it() -> None:
    resolved = asked("and at the rear?", "What is the tire pressure?", "at the front?")
    assert resolved.query == "What is the tire pressure? and at the rear?"


def test_thanks_in_between_do_not_break_the_chain() -> None:
    assert asked("and the 2025?", TOW, "thanks a lot!").query.startswith("How much can the X1 2025")


def test_after_a_new_topic_a_follow_up_leans_on_that() -> None:
    resolved = asked("and the T5?", TOW, "Which oil does the X1 need?")
    assert resolved.query == "Which oil does the T5 need? and the T5?"


def test_two_models_in_one_question_leave_the_search_open() -> None:
    resolved = asked("Which tows more, the X1 or the T5?")
    assert (resolved.model, resolved.year) == (None, None)
    assert (resolved.models, resolved.named) == (("X1", "T5"), True)


def test_two_years_in_one_question_are_both_told() -> None:
    resolved = asked("X1 oil, 2024 or 2025?", about=(None, None))
    assert (resolved.model, resolved.year, resolved.years) == ("X1", 2025, (2024, 2025))


def test_placeholders_never_enter_the_query() -> None:
    resolved = asked("and <VIN_1>?", "How much can my <LICENSE_PLATE_2> tow, <PERSON_1>?")
    assert "<" not in resolved.query
    assert "VIN" not in resolved.query
    assert without_placeholders("call <PHONE_NUMBER_12> now") == "call now"


def test_the_first_question_stands_alone_whatever_it_says() -> None:
    assert asked("and the 2023?", about=(None, None)) == Resolved(
        "and the 2023?", None, 2023, named=True, follow_up=False, years=(2023,)
    )
    assert question_before("and the 2023?", [], VEHICLES) is None


def test_another_model_forgets_the_year_and_the_same_model_keeps_it() -> None:
    assert asked("How big is the trunk of the T5?").year is None
    assert asked("How big is the trunk of the X1?").year == 2024


def test_the_helpers_say_what_is_left() -> None:
    assert without_vehicle("and the 2024 X-1?", VEHICLES) == "and the ?"
    assert own_words("and the 2024 X1 oil?", VEHICLES) == ["oil"]
    assert about_vehicle("the X1 2024", "T5", None, VEHICLES) == "the T5"
    assert is_small_talk("ok, thanks!")
    assert not is_small_talk("ok, and the oil?")
    assert is_follow_up("and the T5?", VEHICLES)


def test_a_long_conversation_is_quick() -> None:
    started = time.perf_counter()
    resolve(("and the X1 " * 400)[:4000], ["how much <VIN_1> " * 200] * 50, ("X1", 2024), VEHICLES)
    assert time.perf_counter() - started < 0.2
