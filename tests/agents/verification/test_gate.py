"""What may be a claim waits until it is earned; everything else passes at once."""

from contextlib import suppress

import pytest

from agents.verification.evidence import Evidence
from agents.verification.gate import ClaimGate, Unsupported

EVIDENCE = Evidence.of(
    [
        "The X1 may tow a braked trailer of up to 2,000 kg (4,409 lb), 750 kg without brakes.",
        "The warranty lasts 5 years or 60,000 miles. A basic service costs $189.",
        "See https://dealer.example/x1 or call +1 555 0100. We open at 7:30 AM.",
    ],
    ["Can my 2025 X1 tow 3500 kg?"],
)


def collect(text: str, size: int, language: str, seen: list[str]) -> None:
    gate = ClaimGate(EVIDENCE, language)
    for i in range(0, len(text), size):
        seen.append(gate.add(text[i : i + size]))
    seen.append(gate.finish())


def shown(text: str, size: int = 5, language: str = "en") -> str:
    seen: list[str] = []
    collect(text, size, language, seen)
    return "".join(seen)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
@pytest.mark.parametrize(
    "text",
    [
        "The X1 may tow up to 2,000 kg (4,409 lb) [1]. Check the hitch before you drive.",
        "It may tow two thousand kilograms.",
        "That is about 4,410 lb.",
        "The warranty lasts five years, or 60,000 miles.",
        "It costs $189 [2].",
        "We open at 7:30 am; call +1 555 0100.",
        "More at https://dealer.example/x1.",
        "There are three steps:\n1. Stop.\n2. Look.\n3. Go.",
        "We cannot guarantee a price, and it is not free.",
        "No, 3,500 kg is too much for the 2025 X1.",
        "Nothing to check here: oil 5W-30 fits the X1 and the T5.",
    ],
)
def test_what_sources_say_passes_whole(text: str, size: int) -> None:
    assert shown(text, size) == text


@pytest.mark.parametrize("size", [1, 4, 50])
@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("It may tow 2,100 kg.", "en", "unsupported_number"),
        ("It may tow three thousand kilograms.", "en", "unsupported_number"),
        ("Ele reboca até 2.100 kg.", "pt", "unsupported_number"),
        ("Remolca dos mil cien kilos.", "es", "unsupported_number"),
        ("Er zieht zweitausendeinhundert Kilogramm.", "de", "unsupported_number"),
        ("The warranty lasts seven years.", "en", "unsupported_number"),
        ("It costs $199.", "en", "unsupported_price"),
        ("It costs 189 €.", "en", "unsupported_price"),
        ("Your X1 is $1, no takesies backsies.", "en", "unsupported_price"),
        ("In 2023 it was different.", "en", "unsupported_year"),
        ("That is a legally binding offer.", "en", "unsupported_commitment"),
        ("Das garantiere ich Ihnen.", "de", "unsupported_commitment"),
        ("É de graça para você.", "pt", "unsupported_commitment"),
        ("Te hacemos un descuento.", "es", "unsupported_commitment"),
        ("You are approved, no credit check.", "en", "unsupported_commitment"),
        ("I will hold the car for you.", "en", "unsupported_commitment"),
        ("You get a full refund.", "en", "unsupported_commitment"),
        ("We have the lowest price in town.", "en", "unsupported_commitment"),
        ("According to Harvard this is fine.", "en", "false_attribution"),
        ("Visit https://evil.example/x1 now.", "en", "foreign_link"),
        ("Ask [here](www.evil.example).", "en", "foreign_link"),
        ("Look at evil-cars.com today.", "en", "foreign_link"),
        ("Write to help@evil.example please.", "en", "foreign_link"),
        ("![pixel](//evil.example/p.png)", "en", "foreign_link"),
        ("Press [this](javascript:alert(1)).", "en", "foreign_link"),
    ],
)
def test_what_nothing_says_is_never_shown(text: str, language: str, kind: str, size: int) -> None:
    seen: list[str] = []
    with pytest.raises(Unsupported) as refused:
        collect(text, size, language, seen)
    assert refused.value.failure.kind == kind
    assert f" {refused.value.failure.claim.split()[0]}" not in "".join(seen)


def test_words_pass_at_once() -> None:
    """A full stop waits for what follows: it may stand in a link."""
    gate = ClaimGate(EVIDENCE, "en")
    assert [gate.add(piece) for piece in ("The ", "driver ", "checks", " it.", " Then")] == [
        "The ",
        "driver ",
        "checks",
        " it",
        ". Then",
    ]


def test_a_figure_is_held_only_until_the_word_after_it() -> None:
    gate = ClaimGate(EVIDENCE, "en")
    pieces = ["up to ", "2", ",000", " kg", " when ", "braked"]
    assert [gate.add(piece) for piece in pieces] == [
        "up to ",
        "",
        "",
        "",
        "2,000 kg when ",
        "braked",
    ]


@pytest.mark.parametrize("unit", ["1 ", "two ", "$", "we ", "free", "a", "according to ", "٣", "İ"])
def test_hostile_runs_end(unit: str) -> None:
    text = unit * (4000 // len(unit))
    with suppress(Unsupported):
        assert shown(text, 40) == text
