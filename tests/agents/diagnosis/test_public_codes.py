"""Our titles against a public list of trouble codes, which stays outside the repository.

From P0126 on the list has slipped: a description that takes two lines pushes the following ones
down, so that P0301 stands beside the text of P0300. `realigned` puts them back; what is then still
beside the wrong code is an error of the list, or ours.
"""

import csv
import os
import re
from pathlib import Path

import pytest

from agents.diagnosis.code_library import code_library
from agents.diagnosis.codes import describe

SLIPS = {"P0128": 1, "P0754": 2, "P0757": 3, "P0761": 4}  # lines, from this code on
SECOND_LINES = {"P0126", "P0753", "P0756", "P0760"}
# A noun of the list, and what our English title must then say. The first that fits counts.
NOUNS = {
    "manifold absolute": "intake pressure", "mass or volume air": "air flow",
    "iat|intake air": "intake air", "heater circuit.*sensor|sensor heater": "heater of the oxygen",
    "o2 sensor": "oxygen sensor", "thermostat": "thermostat", "overtemp": "engine temperature",
    "coolant temp.*(loop|operation)": "warm-up", "coolant temp": "coolant", "fuel trim": "mixture",
    "closed throttle": "idle switch", "throttle": "throttle", "fuel composition": "composition",
    "fuel temp": "fuel temperature", "fuel rail": "fuel pressure", "oil temp": "oil temperature",
    "oil pressure": "oil pressure", "cold start": "cold start", "shutoff": "shut-off",
    "injection timing": "injection timing", "injection pump": "injection pump",
    "injector|contribution": "injector", "transmission over": "transmission temperature",
    "overspeed": "engine speed", "fuel pump": "fuel pump", "boost": "boost",
    "wastegate": "wastegate", "misfire": "misfire", "knock": "knock", "crankshaft": "crankshaft",
    "camshaft": "camshaft", "ignition coil": "ignition coil", "timing reference": "timing refer",
    "glow plug.*indicator": "glow plug lamp", "glow": "glow", "recirculation sensor": "sensor of",
    "recirculation": "recirculation", "air injection": "secondary air",
    "catalyst temperature sensor": "temperature sensor of the catal",
    "warm up cat": "warm-up catalytic", "main cat": "main catalytic",
    "heated cat": "heated catalytic", "catalyst": "catalytic",
    "purge control": "purge valve", "vent": "vent", "evaporative.*pressure": "tank pressure",
    "purge flow sensor": "purge flow sensor", "evaporative": "fuel vapour",
    "fuel level output": "fuel level signal", "fuel level": "fuel level",
    "exhaust pressure sensor": "exhaust pressure sensor", "exhaust pressure": "exhaust pressure",
    "cooling fan": "cooling fan", "vehicle speed": "vehicle speed", "idle": "idle",
    "charge loss": "refrigerant", "refrigerant|a/c": "air conditioning",
    "power steering": "steering", "system voltage": "voltage", "brake switch": "brake switch",
    "cruise": "cruise", "serial": "data line", "vss": "speed output",
    "control module|pcm": "control unit", "generator lamp": "alternator lamp",
    "generator": "alternator", "indicator lamp": "warning lamp", "rpm output": "speed signal",
    "hot lamp": "temperature lamp", "transmission control": "transmission control",
    "clutch switch": "clutch switch", "transmission range": "selector",
    "transmission fluid": "transmission fluid", "turbine": "input speed", "output speed": "output",
    "speed input": "engine speed signal", "gear": "gear ratio", "converter": "torque converter",
    "pressure control sol": "pressure solenoid", "shift/timing": "shift timing",
    "shift solenoid": "shift solenoid", "shift": "gear change",
}  # fmt: skip
PLACE = re.compile(r"\b(bank|sensor|cylinder|gear) (\d+)")


def lines() -> list[tuple[str, str]]:
    folder = os.environ.get("GENAI_AUTO_DATA")
    if not folder:
        pytest.skip("GENAI_AUTO_DATA names no folder with the public list of trouble codes")
    path = Path(folder) / "dtc" / "obd-trouble-codes.csv"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    with path.open(newline="") as file:
        return [(r[0], r[1].lower()) for r in csv.reader(file) if re.match("P0[0-8]", r[0])]


def realigned() -> dict[str, str]:
    read, slip, said = lines(), 0, {}
    for at, (code, text) in enumerate(read):
        slip = SLIPS.get(code, slip)
        if code not in SECOND_LINES:
            said[read[at - slip][0]] = text
    return said


def noun_of(text: str) -> str | None:
    return next((ours for theirs, ours in NOUNS.items() if re.search(theirs, text)), None)


def test_every_code_of_the_public_list_is_known() -> None:
    codes = [code for code, _ in lines()]
    assert [code for code in codes if code not in code_library()] == []


def test_components_agree_with_the_public_list() -> None:
    said = {code: noun for code, text in realigned().items() if (noun := noun_of(text))}
    assert len(said) >= 0.98 * len(realigned())
    wrong = [code for code, noun in said.items() if noun not in describe(code, "en").title.lower()]
    assert len(wrong) <= 0.05 * len(said), wrong


def test_banks_sensors_cylinders_and_gears_agree_with_the_public_list() -> None:
    wrong = []
    for code, text in realigned().items():
        ours, theirs = (set(PLACE.findall(t)) for t in (describe(code, "en").title.lower(), text))
        theirs -= {("sensor", "1"), ("bank", "1"), ("bank", "2")} if "knock" in text else set()
        wrong += [code] if not theirs <= ours else []
    assert len(wrong) <= 0.05 * len(realigned()), wrong
