"""Two wordings of one question are told from two questions; when in doubt they are two."""

import pytest

from agents.same_question import difference, in_plain_words

MODELS = ("X1", "E3", "T5")


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("How much can the X1 tow?", "What's the X1's towing capacity?", "en"),
        ("Can I tow 2,000 kg with the X1?", "Can I tow 2000 kg with an X1?", "en"),
        ("How many seats does the T5 have?", "What is the number of seats in the T5?", "en"),
        ("Does it have four doors?", "does it have 4 doors", "en"),
        ("Onde fica o macaco do X1?", "Onde está o macaco no X1?", "pt"),
        ("¿Cuántas plazas tiene el T5?", "¿Cuántos asientos tiene el T5?", "es"),
        ("Wie schwer ist der T5?", "Wie schwer ist ein T5?", "de"),
    ],
)
def test_other_words_for_the_same(one: str, other: str, language: str) -> None:
    assert difference(one, other, language, MODELS) is None
    assert difference(other, one, language, MODELS) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Can the X1 tow?", "Can the X1 be towed?"),
        ("Can the X1 tow?", "Can I tow the X1?"),
        ("How much oil does the T5 use?", "How much oil does the T5 take?"),
        ("How do I shift from P to R?", "How do I shift from R to P?"),
        ("Is the X1 heavier than a van?", "Is a van heavier than the X1?"),
        (
            "Which bulb goes front left and rear right?",
            "Which bulb goes front right and rear left?",
        ),
        ("Do I have to wash it?", "Can I wash it?"),
        ("Should I wash it?", "May I wash it?"),
        ("Is it safe to wash it?", "Is it possible to wash it?"),
        ("Does it have airbags?", "Doesn't it have airbags?"),
        ("Can I use your charger?", "Can I use my charger?"),
        ("Where is the right indicator?", "Where is the indicator?"),
        ("How do I turn the wipers on?", "How do I turn the wipers off?"),
        ("Does it take 5W-30?", "Does it take 0W-30?"),
        ("Is 2.2 bar right?", "Is 2.4 bar right?"),
        ("Is 30 psi right?", "Is 30 bar right?"),
        ("Does the X1 Sport have it?", "Does the X1 have it?"),
        ("Does it have two keys?", "Does it have three keys?"),
        ("How much is an oil change?", "How often is an oil change?"),
        ("What oil does it take?", "How much oil does it take?"),
        ("My word is marzipan. What oil does it take?", "What oil does it take?"),
        ("What is the maximum tire pressure?", "What is the minimum tire pressure?"),
        ("What is the maximum tire pressure?", "What is the tire pressure?"),
        ("Can I charge it with the engine running?", "Can I charge it?"),
        ("Can I use diesel in it?", "Which diesel does it take?"),
        ("Is there CarPlay?", "Is there Android Auto?"),
    ],
)
def test_what_is_another_question(one: str, other: str) -> None:
    assert difference(one, other, "en", MODELS) is not None
    assert difference(other, one, "en", MODELS) is not None


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Wie mache ich die Tür auf?", "Wie mache ich die Tür zu?", "de"),
        ("Kann ich den X1 ziehen?", "Kann der X1 ziehen?", "de"),
        ("Soll ich ihn waschen?", "Kann ich ihn waschen?", "de"),
        ("Puedo lavarlo?", "Debo lavarlo?", "es"),
        ("¿Tiene gancho?", "¿No tiene gancho?", "es"),
        ("Devo lavar o X1?", "Posso lavar o X1?", "pt"),
        ("Tem engate?", "Não tem engate?", "pt"),
        ("Quanto óleo usa o T5?", "Quanto óleo tem o T5?", "pt"),
    ],
)
def test_what_is_another_question_elsewhere(one: str, other: str, language: str) -> None:
    assert difference(one, other, language, MODELS) is not None


def test_plain_words_are_the_same_for_the_same_question() -> None:
    plain = [in_plain_words(q, "en", MODELS) for q in ("How much can the 2025 X1 tow?",
             "please tell me the towing capacity of my X1")]  # fmt: skip
    assert plain == ["amount tow", "amount tow"]


@pytest.mark.parametrize("text", ["", "   ", "?", "X1", "😀", "the", "2025", "zz" * 150])
def test_any_text_can_be_compared(text: str) -> None:
    for language in ("en", "pt", "es", "de", "fr"):
        assert difference(text, text, language, MODELS) is None
