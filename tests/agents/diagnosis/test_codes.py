"""Trouble codes of the standard, in words; what is not known is said to be unknown."""

import csv
import os
import re
from pathlib import Path

import pytest

from agents.diagnosis.code_library import Family, code_library, later, run_of
from agents.diagnosis.codes import describe, find_codes
from agents.diagnosis.knowledge import LANGUAGES
from agents.diagnosis.reasoning import Findings, chances
from agents.diagnosis.results import conclude

TITLES = {
    "P0011": "Camshaft timing, bank 1 A: too early",
    "P0100": "Air flow meter: electrical fault",
    "P0118": "Coolant temperature sensor: signal too high",
    "P0128": "Thermostat: does not work as expected",
    "P0133": "Oxygen sensor, bank 1, sensor 1: reacts too slowly",
    "P0141": "Heater of the oxygen sensor, bank 1, sensor 2: electrical fault",
    "P0171": "Fuel mixture, bank 1: too lean",
    "P0175": "Fuel mixture, bank 2: too rich",
    "P0205": "Fuel injector, cylinder 5: electrical fault",
    "P0234": "Boost pressure: too high",
    "P0299": "Boost pressure: too low",
    "P0300": "Misfire: on several or changing cylinders",
    "P0301": "Misfire, cylinder 1",
    "P0312": "Misfire, cylinder 12",
    "P0332": "Knock sensor, bank 2: signal too low",
    "P0335": "Crankshaft sensor A: electrical fault",
    "P0356": "Ignition coil, cylinder 6: electrical fault",
    "P0401": "Exhaust gas recirculation: too little flow",
    "P0420": "Catalytic converter, bank 1: efficiency below the limit",
    "P0442": "Fuel vapour system: small leak",
    "P0455": "Fuel vapour system: large leak",
    "P0456": "Fuel vapour system: very small leak",
    "P0463": "Fuel level sensor: signal too high",
    "P0506": "Idle control: lower than wanted",
    "P0562": "Voltage of the electrical system: too low",
    "P0605": "Engine control unit: memory error",
    "P0700": "Transmission control: fault",
    "P0734": "Gear ratio, gear 4: not as expected",
    "P0741": "Torque converter clutch: stays off",
    "P0758": "Shift solenoid B: electrical fault",
    "P0A80": "High-voltage battery: capacity too low",
    "P0AA6": "High-voltage system: insulation fault",
    "P2463": "Particulate filter: clogged",
    "C0040": "Wheel speed sensor front right: electrical fault",
    "U0100": "Engine control unit: does not answer",
}
SEVERITIES = {
    "P0217": "stop", "P0218": "stop", "P0522": "stop", "P0524": "stop", "P0AA6": "stop",
    "P0A0F": "stop", "P0301": "urgent", "P0571": "urgent", "C0035": "urgent", "B0001": "urgent",
    "U0121": "urgent", "P0455": "info", "P0420": "soon",
}  # fmt: skip
WORDS = {
    "o2": "oxygen", "oxygen": "oxygen", "injector": "injector", "knock": "knock", "egr": "recirc",
    "exhaust gas recirculation": "recirc", "evaporative": "fuel vapour", "catalyst": "catalytic",
    "misfire": "misfire", "crankshaft": "crankshaft", "camshaft": "camshaft", "glow": "glow",
    "ignition coil": "ignition coil", "shift solenoid": "shift solenoid", "cruise": "cruise",
    "throttle": "throttle", "coolant temp": "coolant", "fuel trim": "mixture", "fan": "fan",
    "injection pump": "injection pump", "secondary air": "secondary air", "fuel pump": "fuel pump",
    "vehicle speed": "vehicle speed", "fuel composition": "fuel composition",
    "control module": "control unit", "purge flow": "purge flow",
    "pressure control solenoid": "pressure solenoid", "system pressure sensor": "tank pressure",
    "transmission control": "transmission control", "refrigerant": "air conditioning",
    "engine speed input": "engine speed", "timing reference": "timing reference",
    "fuel level": "fuel level", "gear": "gear", "idle": "idle", "oil pressure": "oil pressure",
}  # fmt: skip


@pytest.mark.parametrize(("code", "title"), TITLES.items())
def test_a_code_is_told_by_component_place_and_failure(code: str, title: str) -> None:
    assert describe(code, "en").title == title
    assert describe(code, "en").generic


def test_every_code_has_a_whole_title_in_every_language() -> None:
    for code, defined in code_library().items():
        titles = [defined.title(language) for language in LANGUAGES]
        assert all(titles), code
        assert not re.search(r"[{}]", "".join(titles)), code
        assert find_codes(code) == (code,)


@pytest.mark.parametrize(("code", "severity"), SEVERITIES.items())
def test_what_is_dangerous_is_said_so(code: str, severity: str) -> None:
    assert describe(code, "de").severity == severity


def test_a_code_points_at_its_cause_and_its_check() -> None:
    without = chances(Findings("engine_warning_lamp"), "petrol")
    pointed = chances(Findings("engine_warning_lamp", ("P0455",)), "petrol")
    assert pointed["fuel_cap"] > 2 * without["fuel_cap"]
    result = conclude(Findings("engine_warning_lamp", ("P0455",)), "petrol", "en")
    assert "cap" in result.checks[0]


@pytest.mark.parametrize("code", ["P1234", "P3400", "B1000", "U1000", "P0999"])
def test_what_is_not_known_is_said_to_be_unknown(code: str) -> None:
    assert "tester" in describe(code, "en").title


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


def listed() -> dict[str, str]:
    """The public list's generic powertrain codes. Parts of it are shifted by one."""
    folder = os.environ.get("GENAI_AUTO_DATA")
    if not folder:
        pytest.skip("GENAI_AUTO_DATA names no folder with the public list of trouble codes")
    with (Path(folder) / "dtc" / "obd-trouble-codes.csv").open(newline="") as file:
        return {row[0]: row[1].lower() for row in csv.reader(file) if re.match("P0[0-8]", row[0])}


def test_nearly_all_codes_of_the_public_list_are_known() -> None:
    codes = listed()
    assert sum(code in code_library() for code in codes) / len(codes) >= 0.97


def test_components_agree_with_the_public_list() -> None:
    """With the code's own line or its neighbour's, for the list is shifted in parts."""
    lines = list(listed().items())
    agreed = []
    for at, (code, _) in enumerate(lines):
        near = [said for _, said in lines[max(0, at - 1) : at + 2]]
        wanted = {ours for said in near for theirs, ours in WORDS.items() if theirs in said}
        if wanted and code in code_library():
            title = describe(code, "en").title.lower()
            agreed.append(any(word in title for word in wanted))
    assert len(agreed) > 200
    assert sum(agreed) / len(agreed) >= 0.9
