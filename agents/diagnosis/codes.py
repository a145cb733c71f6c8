"""Trouble codes in a text, and what their letters and digits say by the standard's own scheme."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.diagnosis.code_library import code_library
from agents.diagnosis.knowledge import Severity
from agents.diagnosis.library import library

CODE = re.compile(r"(?<![\w-])([PCBU])[ -]?([0-3O])([ -]?)([0-9A-FO]{3})(?![\w-])", re.IGNORECASE)
LETTERS = re.compile(r"[A-F]{3}", re.IGNORECASE)


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
    """What the standard says of it; else the area its characters name, and honestly no more."""
    defined = code_library().get(code)
    if defined is not None:
        return Code(code, defined.title(language), defined.severity, defined.symptom, True)
    words, generic = library().words, code[1] in "02"
    system = words.systems[code[0]].of(language)  # type: ignore[index]
    origin = words.origins["generic" if generic else "manufacturer"].of(language)
    title = words.unknown_code.of(language).format(system=system, origin=origin)
    return Code(code, title, "soon", "engine_warning_lamp" if code[0] == "P" else None, generic)


def causes_named_by(codes: Sequence[str]) -> list[str]:
    """The causes that these codes point at."""
    found = (code_library().get(code) for code in codes)
    return [defined.cause for defined in found if defined and defined.cause]


def checks_named_by(codes: Sequence[str]) -> list[str]:
    found = (code_library().get(code) for code in codes)
    return [defined.check for defined in found if defined and defined.check]
