"""Trouble codes of the standard, in words; what is not known is said to be unknown."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from agents.diagnosis.code_library import HERE, Family, code_library, later, run_of
from agents.diagnosis.codes import describe, find_codes
from agents.diagnosis.knowledge import LANGUAGES
from agents.diagnosis.library import BrokenKnowledge, merged
from agents.diagnosis.reasoning import Findings, chances, next_question
from agents.diagnosis.results import conclude
from agents.specialists.troubleshoot import opening_of

TITLES = yaml.safe_load((Path(__file__).parent / "trouble_code_titles.yaml").read_text("utf-8"))
SEVERITIES = {
    "P0217": "stop", "P0218": "stop", "P0522": "stop", "P0524": "stop", "P0AA6": "stop",
    "P0093": "stop", "P0520": "urgent", "P0301": "urgent", "P0571": "urgent", "C0035": "urgent",
    "B0001": "urgent", "U0121": "urgent", "P2138": "urgent", "P0455": "info", "P0457": "info",
    "P0420": "soon",
}  # fmt: skip


def test_titles_are_told_by_component_place_and_failure_in_four_languages() -> None:
    told = {code: {each: describe(code, each).title for each in LANGUAGES} for code in TITLES}
    assert told == TITLES
    assert all(describe(code, "en").generic for code in TITLES)


def test_every_code_has_a_whole_title_in_every_language() -> None:
    for code, defined in code_library().items():
        titles = [defined.title(language) for language in LANGUAGES]
        assert all(titles), code
        assert not re.search(r"[{}]|\bNone\b", "".join(titles)), code
        assert find_codes(code) == (code,)


def test_no_file_tells_a_name_or_code_twice() -> None:
    """The last one would win without a word: YAML allows it."""
    names = [
        line.split(":")[0]
        for file in sorted(HERE.glob("*.yaml"))
        for line in file.read_text("utf-8").splitlines()
        if line and line[0] not in "# "
    ]
    assert [name for name in set(names) if names.count(name) > 1] == []


def test_a_code_alone_is_answered_with_its_title_its_severity_and_its_symptom() -> None:
    opening = opening_of(Findings("engine_runs_rough", ("P0301",)), "en")
    assert opening.startswith("**P0301**: Misfire, cylinder 1. Drive gently")
    unknown = opening_of(Findings("engine_warning_lamp", ("P1234",)), "en")
    assert "means. Have it looked at" in unknown


@pytest.mark.parametrize(("code", "severity"), SEVERITIES.items())
def test_what_is_dangerous_is_said_so(code: str, severity: str) -> None:
    assert describe(code, "de").severity == severity


def test_the_likeliest_cause_is_one_that_the_code_names() -> None:
    for code, defined in code_library().items():
        likely = chances(Findings(defined.family.symptom, (code,)), None)
        named = defined.family.causes
        assert not named or max(likely, key=lambda name: likely[name]) in named, code


def test_a_code_points_at_its_cause_and_its_check() -> None:
    without = chances(Findings("engine_warning_lamp"), "petrol")
    pointed = chances(Findings("engine_warning_lamp", ("P0455",)), "petrol")
    assert pointed["fuel_cap"] > 2 * without["fuel_cap"]
    result = conclude(Findings("engine_warning_lamp", ("P0455",)), "petrol", "en")
    assert "cap" in result.checks[0]


def test_a_cause_counts_also_where_the_symptom_does_not_list_it() -> None:
    assert "knock_sensor_fault" not in chances(Findings("engine_runs_rough"), "petrol")
    assert chances(Findings("engine_runs_rough", ("P0325",)), "petrol")["knock_sensor_fault"] > 0.2


def test_four_misfires_are_no_more_evidence_than_one() -> None:
    one = chances(Findings("engine_runs_rough", ("P0301",)), "petrol")
    four = chances(Findings("engine_runs_rough", ("P0301", "P0302", "P0303", "P0304")), "petrol")
    assert four == pytest.approx(one)


def test_a_high_voltage_code_is_believed_whatever_the_car_is_taken_for() -> None:
    for powertrain in (None, "petrol", "electric"):
        result = conclude(Findings("ev_charging", ("P0AA6",)), powertrain, "en")
        assert result.causes[0][0] == "Fault in the high-voltage system"
        assert (result.severity, result.drivable) == ("stop", "no")
        assert "orange" in result.checks[0]


def test_a_code_that_forbids_driving_ends_the_questions() -> None:
    assert next_question(Findings("engine_overheats", ("P0217",)), "petrol") is None
    assert next_question(Findings("engine_overheats", ("P0480",)), "petrol") is not None


def test_a_misfire_asks_for_the_lamp_and_names_the_flashing_one() -> None:
    findings = Findings("engine_runs_rough", ("P0302",))
    question = next_question(findings, "petrol")
    assert question is not None
    assert question.id == "lamp"
    assert "flashes" in conclude(findings, "petrol", "en").stop_when[0]


def test_an_urgent_code_never_leaves_a_car_freely_drivable() -> None:
    for code, defined in code_library().items():
        result = conclude(Findings(defined.family.symptom, (code,)), None, "en")
        assert result.drivable != "yes" or result.severity in ("info", "soon"), code


@pytest.mark.parametrize("code", ["P1234", "P3010", "P3400", "B1000", "B2201", "U1000", "P0999"])
def test_what_is_not_known_is_said_to_be_unknown_and_still_leads_to_a_question(code: str) -> None:
    told = describe(code, "en")
    assert "tester" in told.title
    assert next_question(Findings(told.symptom, (code,)), "petrol") is not None


def test_a_manufacturers_own_code_is_told_from_one_that_is_only_not_listed() -> None:
    own = {code: not describe(code, "en").generic for code in ("P1234", "P3010", "B2201", "C2100")}
    assert all(own.values()), own
    assert all(describe(code, "en").generic for code in ("P0999", "P3400", "P2999", "U0999"))


@pytest.mark.parametrize(
    "text", ["P01", "ABC", "8P0 698 151", "P0301234", "X1 2025", "POXYZ", "GR-7K3F2", "P0G11"]
)
def test_junk_is_no_code(text: str) -> None:
    assert find_codes(text) == ()


def test_runs_go_on_in_decimal_and_in_hexadecimal() -> None:
    assert [later("P0308", n) for n in range(3)] == ["P0308", "P0309", "P0310"]
    assert later("P0A7F", 1) == "P0A80"
    family = Family.model_validate({"is": "injector", "fails": "low - high", "cylinders": 2})
    assert [code for code, _, _ in run_of("P0261", family)] == ["P0261", "P0263", "P0264", "P0266"]


def test_what_two_files_tell_is_an_error() -> None:
    with pytest.raises(BrokenKnowledge, match="told twice: clutch"):
        merged([{"clutch": 1}, {"clutch": 2}])


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("P0902: {is: clutch, fails: low, causes: {gremlins: 2}}", "unknown gremlins"),
        ("P0902: {is: clutch, fails: low, checks: [pray]}", "unknown pray"),
        ("P0902: {is: clutch, fails: sulks}", "unknown sulks"),
        ("P0902: {is: flux_capacitor, fails: low}", "unknown flux_capacitor"),
        ("P0902: {is: clutch, fails: low, symptom: boredom}", "unknown boredom"),
        ("P0300: {is: clutch, fails: low}", "P0300 is told twice"),
        ("P0299: {is: clutch, fails: low high}", "is told twice"),
    ],
)
def test_a_broken_line_is_one_clear_error(
    line: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(HERE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "chassis_body_network.yaml").write_text(line)
    monkeypatch.setattr("agents.diagnosis.code_library.HERE", tmp_path)
    with pytest.raises(BrokenKnowledge, match=fault):
        code_library.__wrapped__()


def test_a_missing_language_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(HERE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "components_car.yaml").write_text(
        "clutch: {en: Clutch, pt: Embreagem, es: Embrague}"
    )
    monkeypatch.setattr("agents.diagnosis.code_library.HERE", tmp_path)
    with pytest.raises(BrokenKnowledge, match=r"components_car\.yaml: clutch\.de"):
        code_library.__wrapped__()
