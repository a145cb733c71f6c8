"""The customer's words in those of the English manuals."""

import time

import pytest
import yaml

from agents.glossary import DATA, expand, fold


@pytest.mark.parametrize(
    ("query", "language", "expected"),
    [
        ("Reifendruck", "de", "tire pressure"),
        ("Anhängelast", "de", "towing capacity trailer"),
        ("rebocar", "pt", "tow"),
        ("presión de los neumáticos", "es", "tire pressure"),
        ("pastilhas de freio", "pt", "brake pads"),
        ("batería de la llave", "es", "key battery"),
        ("die Wischerblätter", "de", "wiper blades"),
        ("Welches Oel?", "de", "engine oil"),
        ("cuántos litros de aceite", "es", "how many liters engine oil"),
        ("la luz se encendió", "es", "came on"),
    ],
)
def test_other_languages_are_replaced_by_english(query: str, language: str, expected: str) -> None:
    assert expected in expand(query, language)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Bremsflüssigkeitswechsel", "brake fluid change"),
        ("Scheibenwischersicherung", "wiper blades fuse"),
        ("Reifendruckwarnleuchte", "tire pressure warning lamp"),
    ],
)
def test_german_compounds_are_read_by_their_parts(query: str, expected: str) -> None:
    assert expand(query, "de") == expected


def test_names_numbers_and_unknown_words_stay() -> None:
    found = expand("Braucht der X1 2024 0W-20 oder Bluetooth Kram mit 5,1 Liter?", "de").split()
    assert {"X1", "2024", "0W-20", "Kram", "5,1", "liters"} <= set(found)


def test_function_words_are_dropped() -> None:
    assert "der" not in expand("Wie hoch ist der Reifendruck beim X1?", "de").split()
    assert "los" not in expand("presión de los neumáticos", "es").split()


@pytest.mark.parametrize(
    ("query", "added"),
    [
        ("How big is the boot?", "trunk"),
        ("bonnet", "hood"),
        ("what tyre pressure", "tire"),
        ("petrol tank", "gasoline fuel"),
        ("windscreen", "windshield"),
        ("tongue load", "nose weight"),
        ("handbrake stuck", "parking brake"),
        ("bulb of the indicator", "turn signal"),
    ],
)
def test_english_keeps_its_words_and_gains_those_of_the_manuals(query: str, added: str) -> None:
    assert expand(query, "en").startswith(query)
    assert expand(query, "en").endswith(added)


def test_english_without_a_known_word_stays_as_it_is() -> None:
    assert expand("who are you", "en") == "who are you"


def test_a_language_without_glossary_and_an_empty_query_stay_as_they_are() -> None:
    assert expand("combien", "fr") == "combien"
    assert expand("", "de") == ""
    assert expand("die der das", "de") == "die der das"


def test_each_language_knows_two_hundred_terms() -> None:
    data = yaml.safe_load(DATA.read_text("utf-8"))
    for language in ("pt", "es", "de"):
        assert sum(len(phrases.split(",")) for phrases in data[language].values()) >= 200


def test_phrases_are_listed_folded_so_that_they_can_be_found() -> None:
    data = yaml.safe_load(DATA.read_text("utf-8"))
    odd = [
        phrase
        for terms in data.values()
        for phrases in terms.values()
        for phrase in phrases.split(",")
        if fold(phrase) != phrase
    ]
    assert odd == []


@pytest.mark.parametrize("text", ["a " * 2000, "x" * 4000, "aue" * 1333, "wie " * 1000])
def test_hostile_queries_are_quick(text: str) -> None:
    expand("warm up", "de")
    started = time.perf_counter()
    expand(text, "de")
    assert time.perf_counter() - started < 0.2
