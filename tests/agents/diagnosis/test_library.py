"""The knowledge is whole: every name resolves, every question can change something."""

from pathlib import Path

import pytest
import yaml

from agents.diagnosis.library import BrokenKnowledge, library, read_library
from agents.diagnosis.reasoning import Findings, chances

SYMPTOMS = sorted(library().symptoms.values(), key=lambda symptom: symptom.id)
EXPECTED = {
    "engine_will_not_start", "engine_warning_lamp", "engine_overheats", "unusual_noises", "brakes",
    "battery_charging", "tyres_tpms", "steering", "transmission", "air_conditioning",
    "electrical", "ev_charging",
}  # fmt: skip


def test_the_symptoms_customers_come_with_are_all_there() -> None:
    assert set(library().symptoms) >= EXPECTED


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.id)
def test_every_answer_of_a_symptom_changes_its_chances_or_ends_the_questions(
    symptom: object,
) -> None:
    for question in symptom.questions:  # type: ignore[attr-defined]
        assert any(answer.multiplies or answer.safety for answer in question.answers)
    assert len(symptom.causes) >= 3  # type: ignore[attr-defined]
    assert all(len(symptom.phrases.of(each)) >= 8 for each in ("en", "pt", "es", "de"))  # type: ignore[attr-defined]


def test_a_service_that_is_named_can_be_booked() -> None:
    demo = Path(__file__).parents[3] / "app" / "dealership" / "demo_workshop.yaml"
    bookable = set(yaml.safe_load(demo.read_text())["services"])
    assert {cause.service for cause in library().causes.values()} - {None} <= bookable


def test_a_broken_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "advice.yaml").write_text("wait: {en: Wait}")
    with pytest.raises(BrokenKnowledge, match=r"advice\.yaml.*pt"):
        read_library(tmp_path)


@pytest.mark.parametrize("powertrain", [None, "petrol", "diesel", "electric", "hybrid"])
def test_chances_are_a_distribution_for_every_powertrain(powertrain: str | None) -> None:
    for symptom in SYMPTOMS:
        found = chances(Findings(symptom.id), powertrain)
        assert found
        assert sum(found.values()) == pytest.approx(1.0)
