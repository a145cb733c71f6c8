"""Questions narrow a fault down, danger ends them, and the result says what it rests on."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.diagnosis.answers import answer_in
from agents.diagnosis.codes import describe, find_codes
from agents.diagnosis.library import library
from agents.diagnosis.reasoning import MOST_QUESTIONS, Findings, chances, next_question
from agents.diagnosis.results import conclude

SYMPTOMS = sorted(library().symptoms)


@settings(deadline=None)
@given(st.sampled_from(SYMPTOMS), st.sampled_from([None, "petrol", "electric"]), st.data())
def test_questions_come_to_an_end_and_leave_a_result(
    symptom: str, powertrain: str | None, data: st.DataObject
) -> None:
    findings, asked = Findings(symptom), 0
    while (question := next_question(findings, powertrain)) is not None:
        choices = [*(answer.id for answer in question.answers), "unsure"]
        findings = Findings(symptom, (), findings.answers, question.id)
        findings = findings.answered(data.draw(st.sampled_from(choices)))
        asked += 1
        assert asked <= MOST_QUESTIONS
    assert sum(chances(findings, powertrain).values()) == pytest.approx(1.0)
    for language in ("en", "pt", "es", "de"):
        result = conclude(findings, powertrain, language)
        assert orjson.dumps(result.to_dict())
        assert (result.severity in ("urgent", "stop")) == (result.safety_warning is not None)


def test_a_flashing_lamp_ends_the_questions_and_stops_the_car() -> None:
    findings = Findings("engine_runs_rough", ("P0301",), (("lamp", "flashing"),))
    assert next_question(findings, "petrol") is None
    result = conclude(findings, "petrol", "en")
    assert (result.severity, result.drivable) == ("stop", "no")
    assert result.codes == (("P0301", "Misfire, cylinder 1"),)
    assert result.causes[0] == ("Faulty ignition coil", "likely")


def test_unsure_changes_nothing() -> None:
    before = chances(Findings("brakes"), "petrol")
    assert chances(Findings("brakes", (), (("pedal", "unsure"),)), "petrol") == before


def test_findings_survive_the_store_and_unknown_ones_begin_anew() -> None:
    findings = Findings("brakes", ("C0035",), (), "pedal")
    assert Findings.from_dict(orjson.loads(orjson.dumps(findings.to_dict()))) == findings
    assert Findings.from_dict({**findings.to_dict(), "symptom": "forged"}) is None
    assert Findings.from_dict({**findings.to_dict(), "answers": [["forged", "yes"]]}) is None


@pytest.mark.parametrize(
    ("said", "language", "answer"),
    [
        ("It flashes", "en", "flashing"),
        ("it is blinking all the time", "en", "flashing"),
        ("no, it isn't flashing, it is on", "en", "steady"),
        ("dont know", "en", "unsure"),
        ("pisca", "pt", "flashing"),
        ("não sei", "pt", "unsure"),
        ("parpadea", "es", "flashing"),
        ("sie blinkt", "de", "flashing"),
        ("what does an oil change cost", "en", None),
    ],
)
def test_answers_are_understood_in_four_languages(
    said: str, language: str, answer: str | None
) -> None:
    question = library().symptoms["engine_runs_rough"].question("lamp")
    assert question is not None
    assert answer_in(said, question, language) == answer


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("I have P0301 and p 0420", ("P0301", "P0420")),
        ("po171, P-0128", ("P0171", "P0128")),
        ("C0035 u0100", ("C0035", "U0100")),
        ("part number P03019X", ()),
        ("call +1 541 555 0134", ()),
        ("VIN WBAP0301AA1234567", ()),
        ("my T5 and X1", ()),
    ],
)
def test_codes_are_found_however_they_are_written(text: str, codes: tuple[str, ...]) -> None:
    assert find_codes(text) == codes


def test_a_code_of_the_manufacturer_is_said_to_be_one() -> None:
    assert "manufacturer" in describe("P1234", "en").title
    assert not describe("P1234", "en").generic
    assert describe("P0304", "de").title == "Zündaussetzer, Zylinder 4"
