"""What only the customer's question says is never confirmed, however it is cut into pieces."""

import pytest

from agents.verification.echoes import affirmed_echo
from agents.verification.evidence import Evidence
from agents.verification.gate import ClaimGate, Unsupported

EVIDENCE = Evidence.of(
    ["The X1 may tow a braked trailer of up to 2,000 kg."],
    ["Does the X1 tow 5000 kg? My car has 58,000 miles. Can my X1 do 300 km/h?"],
)
CONFIRMED = [
    ("Yes, the X1 tows 5000 kg with ease [1].", "en"),
    ("Yes, it tows 5000 kg, no problem.", "en"),
    ("No problem, the X1 tows 5000 kg.", "en"),
    ("Five thousand kilograms is fine for the X1.", "en"),
    ("It reaches 300 km/h.", "en"),
    ("Sim, ele reboca 5.000 kg.", "pt"),
    ("Sí, remolca 5.000 kg sin problema.", "es"),
    ("Ja, er zieht 5000 kg.", "de"),
    ("It tows 2,000 kg, and 5000 kg too.", "en"),
    ("It tows more than 5000 kg.", "en"),
    ("Er zieht über 5000 kg.", "de"),
]
REPEATED = [
    ("No, 5,000 kg is too much for the X1.", "en"),
    ("The X1 cannot tow 5000 kg.", "en"),
    ("It doesn't tow 5000 kg.", "en"),
    ("You asked about 5000 kg: the passages do not say.", "en"),
    ("5000 kg is more than the X1 may tow.", "en"),
    ("5000 kg exceeds the limit.", "en"),
    ("Do you mean 5000 kg?", "en"),
    ("At 58,000 miles a look at the brakes is wise.", "en"),
    ("Não, 5.000 kg é demais.", "pt"),
    ("No, 5.000 kg es demasiado.", "es"),
    ("Nein, 5000 kg sind zu viel.", "de"),
]


@pytest.mark.parametrize(("text", "language"), CONFIRMED)
def test_a_confirmed_echo_is_found(text: str, language: str) -> None:
    assert affirmed_echo(text, EVIDENCE, language)


def stream(text: str, language: str, size: int, shown: list[str]) -> None:
    gate = ClaimGate(EVIDENCE, language)
    shown += (gate.add(text[at : at + size]) for at in range(0, len(text), size))
    shown.append(gate.finish())


@pytest.mark.parametrize("size", [1, 3, 8, 20, 100])
@pytest.mark.parametrize(("text", "language"), CONFIRMED)
def test_a_confirmed_echo_is_never_shown(text: str, language: str, size: int) -> None:
    shown: list[str] = []
    with pytest.raises(Unsupported):
        stream(text, language, size, shown)
    assert "5" not in "".join(shown)
    assert "300" not in "".join(shown)


@pytest.mark.parametrize("size", [1, 3, 8, 20, 100])
@pytest.mark.parametrize(("text", "language"), REPEATED)
def test_an_echo_that_claims_nothing_passes(text: str, language: str, size: int) -> None:
    shown: list[str] = []
    stream(text, language, size, shown)
    assert "".join(shown) == text
