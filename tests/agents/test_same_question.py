"""Two questions are one only when every word that counts stands in both."""

import pytest

from agents.same_question import same_question


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("How much can the X1 tow?", "What's the towing capacity of the X1", "en"),
        ("What does an oil change cost?", "how much is an oil change?", "en"),
        ("How do I turn off the lane assist?", "How can I switch off the lane assist?", "en"),
        ("Quanto o X1 pode rebocar?", "quanto pode rebocar o X1", "pt"),
        ("¿Cuánto puede remolcar el X1?", "Cuánto puede remolcar un X1", "es"),
        ("Wie viel darf der X1 ziehen?", "Wie viel kann ein X1 ziehen", "de"),
        ("Combien peut tracter le X1", "combien peut tracter le x1", "fr"),
    ],
)
def test_the_same_in_other_words(one: str, other: str, language: str) -> None:
    assert same_question(one, other, language)


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("How much can the 2023 X1 tow?", "How much can the 2024 X1 tow?", "en"),
        ("How much can the X1 tow?", "How much can the T5 tow?", "en"),
        ("Can the X1 tow 2000 kg?", "Can the X1 tow 2000 lb?", "en"),
        ("Can the X1 tow 2000 kg?", "Can the X1 tow 2500 kg?", "en"),
        ("Can I tow with the X1?", "Can I not tow with the X1?", "en"),
        ("Where is the fuse box?", "What is the fuse box?", "en"),
        ("How long is the warranty of the X1?", "How long is the X1?", "en"),
        ("X1 Sport tire pressure", "X1 Comfort tire pressure", "en"),
        ("What is the front tire pressure?", "What is the rear tire pressure?", "en"),
        ("Quanto custa a revisão?", "Quanto tempo leva a revisão?", "pt"),
        ("¿Dónde está la batería?", "¿Por qué está la batería?", "es"),
        ("Was kostet die Inspektion?", "Wann ist die Inspektion?", "de"),
        ("Darf ich E10 tanken?", "Darf ich kein E10 tanken?", "de"),
        ("Combien coûte la révision", "Quand est la révision", "fr"),
    ],
)
def test_what_differs_is_another_question(one: str, other: str, language: str) -> None:
    assert not same_question(one, other, language)
    assert not same_question(other, one, language)
