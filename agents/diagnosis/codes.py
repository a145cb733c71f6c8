"""Trouble codes in a text, and what their letters and digits say by the standard's own scheme."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.diagnosis.code_library import Family, code_library
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
    symptom: str
    generic: bool


def find_codes(text: str) -> tuple[str, ...]:
    """Each once, as `P0301`, however it was written: "p 0301", "P-0301", "po301". What looks like
    a word, as P0AFA, is a code only where the standard has it."""
    found = []
    for match in CODE.finditer(text):
        code = (match[1] + match[2] + match[4]).upper().replace("O", "0")
        if not LETTERS.fullmatch(match[4]) or code in code_library():
            found.append(code)
    return tuple(dict.fromkeys(found))


def describe(code: str, language: str) -> Code:
    """What the standard says of it; else the area its characters name, and honestly no more."""
    defined = code_library().get(code)
    if defined is not None:
        family = defined.family
        return Code(code, defined.title(language), family.severity, family.symptom, True)
    words, generic = library().words, is_generic(code)
    system = words.systems[code[0]].of(language)  # type: ignore[index]
    origin = words.origins["generic" if generic else "manufacturer"].of(language)
    title = words.unknown_code.of(language).format(system=system, origin=origin)
    return Code(code, title, "soon", words.symptoms_of_systems[code[0]], generic)  # type: ignore[index]


def is_generic(code: str) -> bool:
    """The standard's own: P0, P2, P34 to P39, C0, B0, U0. The rest is left to manufacturers."""
    if code[:2] == "P3":
        return code[2] in "456789"
    return code[1] == "0" or code[:2] == "P2"


def families_of(codes: Sequence[str]) -> list[Family]:
    """What the data says of each code; nothing of one that it does not define."""
    found = (code_library().get(code) for code in codes)
    return [defined.family for defined in found if defined]
