"""Personal data of the structured kinds is found; ordinary words, prices and codes are left."""

import time
import uuid

import pytest
from presidio_analyzer import AnalyzerEngine

from app.db.engine import Database
from app.privacy.masking import Masker, MaskingFailed
from app.privacy.recognizers import find, make_analyzer
from app.privacy.vault import Vault, unmask


@pytest.fixture(scope="module")
def analyzer() -> AnalyzerEngine:
    return make_analyzer()


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("mail joe.smith@example.co.uk please", "EMAIL", "joe.smith@example.co.uk"),
        ("call +1 (555) 010-2030", "PHONE", "+1 (555) 010-2030"),
        ("ruf 0171 2345678 an", "PHONE", "0171 2345678"),
        ("liga 11 91234-5678", "PHONE", "11 91234-5678"),
        ("card 4111 1111 1111 1111", "CARD", "4111 1111 1111 1111"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN", "DE89 3704 0044 0532 0130 00"),
        ("VIN 1HGCM82633A004352", "VIN", "1HGCM82633A004352"),
        ("vin wvwzzz1jzxw000001", "VIN", "wvwzzz1jzxw000001"),
    ],
)
def test_structured_kinds_are_found(
    analyzer: AnalyzerEngine, text: str, kind: str, value: str
) -> None:
    assert [(f.kind, text[f.start : f.end]) for f in find(analyzer, text)] == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "It tows 2,000 kg (4,409 lb) and costs $18,999.00",
        "tyres 205/55 R16 91V, 2.4 bar, 35 psi, oil 0W-20",
        "from 2019-2024 I drove 150000 km, then 10000 20000 30000",
        "code P0301, part 8V0 698 151, fuse F24",
        "1HGCM82633A004353 has a wrong check digit",
        "4111 1111 1111 1112 fails the check",
        "The X1 2025 and the T5 2024",
    ],
)
def test_ordinary_figures_are_left_alone(analyzer: AnalyzerEngine, text: str) -> None:
    assert find(analyzer, text) == []


@pytest.mark.parametrize("unit", ["a.", "a.a@", "DE89 3704 0044 ", "+1 555 0", "4111 ", "A1", "1 "])
def test_hostile_runs_stay_bounded(analyzer: AnalyzerEngine, unit: str) -> None:
    begun = time.process_time()
    find(analyzer, (unit * 4000)[:4000])
    assert time.process_time() - begun < 2.0


async def test_a_recognizer_that_fails_lets_nothing_through() -> None:
    masker = Masker()
    masker._analyzer = object()  # type: ignore[assignment]
    with pytest.raises((MaskingFailed, AttributeError)):
        await masker.find("my mail is joe@example.com")


async def test_values_are_encrypted_stable_and_readable_for_the_owner(database: Database) -> None:
    vault, masker = Vault(database, "k" * 40), Masker()
    text = "a@b.example, then c@d.example, and A@B.example again"
    async with database.transaction() as db:
        guest = await db.fetchval("insert into guests (id) values ($1) returning id", uuid.uuid4())
        conversation = await db.fetchval(
            "insert into conversations (guest_id, session_id) values ($1, 's') returning id", guest
        )
        masked = await vault.mask(db, conversation, text, await masker.find(text))
        sealed = await db.fetch("select ciphertext from personal_values")
    assert masked == "<EMAIL_1>, then <EMAIL_2>, and <EMAIL_1> again"
    assert not any(b"example" in row["ciphertext"] for row in sealed)
    assert unmask(masked, await vault.values(conversation)).lower() == text.lower()
