"""Which language a text is in, and when a conversation changes it."""

import time

import pytest

from agents.classifier import load_examples
from agents.language import detect, supported


@pytest.mark.parametrize(
    ("tag", "language"),
    [("pt-BR", "pt"), ("de_AT", "de"), ("EN", "en"), ("fr", None), ("", None), (None, None)],
)
def test_a_tag_is_one_of_our_languages_or_none(tag: str | None, language: str | None) -> None:
    assert supported(tag) == language


def test_nearly_every_customer_utterance_is_recognised() -> None:
    examples = load_examples("train")
    wrong = [each for each in examples if detect(each.text) != each.language]
    assert len(wrong) <= 0.03 * len(examples), [each.text for each in wrong]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hola", "es"),
        ("oi", "pt"),
        ("hallo!", "de"),
        ("Dachlast", "de"),
        ("pressão", "pt"),
        ("X1 2025", "en"),
        ("", "en"),
    ],
)
def test_short_texts_are_told_by_greetings_letters_and_compounds(text: str, language: str) -> None:
    assert detect(text) == language


def test_a_few_words_do_not_change_the_language_of_a_conversation() -> None:
    assert detect("X1 2024?", "de") == "de"
    assert detect("ok thanks", "de") == "de"
    assert detect("und der T5?", "en") == "en"


def test_a_whole_sentence_changes_the_language_of_a_conversation() -> None:
    assert detect("Wie viel darf der T5 ziehen?", "en") == "de"
    assert detect("And how much can the T5 tow then?", "de") == "en"


def test_a_long_text_is_quick() -> None:
    detect("warm up")
    started = time.perf_counter()
    detect(("wie das ist " * 400)[:4000])
    assert time.perf_counter() - started < 0.1
