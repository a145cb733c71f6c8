"""Trouble codes in a text, and what their letters and digits say by the standard's own scheme."""

import re
from dataclasses import dataclass

from agents.diagnosis.knowledge import Severity
from agents.diagnosis.library import library

CODE = re.compile(r"(?<![\w-])([PCBU])[ -]?([0-3O])([ -]?)([0-9A-FO]{3})(?![\w-])", re.IGNORECASE)
LETTERS = re.compile(r"[A-F]{3}", re.IGNORECASE)
MISFIRE = re.compile(r"P030[0-9A-F]|P031[0-2]")
# The third character of a generic P0 code names the subsystem.
SYMPTOMS = {
    "0": "engine_warning_lamp", "1": "engine_warning_lamp", "2": "engine_runs_rough",
    "3": "engine_runs_rough", "4": "engine_warning_lamp", "5": "engine_runs_rough",
    "6": "engine_warning_lamp", "7": "transmission", "8": "transmission", "9": "transmission",
}  # fmt: skip
EXACT = {
    "P0217": "engine_overheats", "P0118": "engine_overheats", "P0128": "engine_overheats",
    "P0560": "battery_charging", "P0562": "battery_charging", "P0563": "battery_charging",
    "P0620": "battery_charging", "P0621": "battery_charging", "P2002": "exhaust_dpf",
    "P2452": "exhaust_dpf", "P2453": "exhaust_dpf", "P2458": "exhaust_dpf", "P2463": "exhaust_dpf",
    "P0420": "exhaust_dpf", "P0430": "exhaust_dpf", "P0A80": "ev_charging", "P0AA6": "ev_charging",
    "P0D2A": "ev_charging", "C0035": "brakes", "C0040": "brakes", "C0045": "brakes",
    "C0050": "brakes", "C0750": "tyres_tpms", "C0460": "steering", "U0100": "electrical",
    "U0121": "brakes", "U0140": "electrical",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Code:
    """A trouble code in words. `generic`: of the standard, else the manufacturer's own."""

    code: str
    title: str
    severity: Severity
    symptom: str | None
    generic: bool


def find_codes(text: str) -> tuple[str, ...]:
    """Each once, as `P0301`, however it was written: "p 0301", "P-0301", "po301"."""
    found = []
    for match in CODE.finditer(text):
        digits = (match[2] + match[4]).upper().replace("O", "0")
        if not LETTERS.fullmatch(match[4]):
            found.append(match[1].upper() + digits)
    return tuple(dict.fromkeys(found))


def describe(code: str, language: str) -> Code:
    """Misfires by cylinder; else the area the code's characters name, and honestly no more."""
    words, generic = library().words, code[1] in "02"
    if MISFIRE.fullmatch(code):
        return Code(code, misfire_title(code, language), "urgent", "engine_runs_rough", True)
    system = words.systems[code[0]].of(language)  # type: ignore[index]
    origin = words.origins["generic" if generic else "manufacturer"].of(language)
    title = words.unknown_code.of(language).format(system=system, origin=origin)
    symptom = EXACT.get(code) or (SYMPTOMS.get(code[2]) if code.startswith("P0") else None)
    return Code(code, title, "soon", symptom, generic)


def misfire_title(code: str, language: str) -> str:
    cylinder = int(code[3:], 16) if code[3] == "0" else int(code[3:])
    titles = MISFIRES["any" if cylinder == 0 else "one"]
    return titles.get(language, titles["en"]).format(cylinder=cylinder)


MISFIRES = {
    "any": {
        "en": "Misfire on several or changing cylinders",
        "pt": "Falha de ignição em vários cilindros",
        "es": "Fallo de encendido en varios cilindros",
        "de": "Zündaussetzer an mehreren oder wechselnden Zylindern",
    },
    "one": {
        "en": "Misfire on cylinder {cylinder}",
        "pt": "Falha de ignição no cilindro {cylinder}",
        "es": "Fallo de encendido en el cilindro {cylinder}",
        "de": "Zündaussetzer an Zylinder {cylinder}",
    },
}
