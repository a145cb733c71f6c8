"""Every kind that has a shape, country by country."""

import re

from app.privacy.check_digits import (
    digits,
    is_birth_date,
    is_cnpj,
    is_cpf,
    is_dni,
    is_german_tax_id,
    is_ip,
    is_ssn,
    is_vin,
)
from app.privacy.shapes import Shape, words

ALONE, END = r"(?<![\w-])", r"(?![\w-])"
SSN = words("ssn social itin")
CPF = words("cpf")
CNPJ = words("cnpj")
NINO = words("nino insurance ni")
TAX = words(
    "steuer steuernummer steueridentifikationsnummer steuerid identifikationsnummer idnr tin nif"
    " contribuinte tax taxpayer"
)
DNI = words("dni nie nif identidad documento")
PASSPORT = words(
    "passport passaporte pasaporte reisepass reisepassnummer passnummer passnr pass personalausweis"
    " ausweis ausweisnummer"
)
VIN = words("vin fin fahrgestellnummer fahrgestell chassi chassis bastidor")
BIRTH = words(
    "born birth dob birthday birthdate nascido nascida nasci nasceu nascimento aniversário"
    " nací naci nacido nacida nació nacimiento cumpleaños geboren geb geburtsdatum geburtstag"
)
LICENCE = words(
    "license licence licenses dl cnh habilitação carteira condução conducir carnet permiso"
    " führerschein führerscheinnummer fuehrerschein motorista"
)
PLATE = words(
    "plate plates registration registered reg tag numberplate rego placa placas matrícula matricula"
    " matrículas kennzeichen nummernschild autokennzeichen amtliches emplacamento chapa"
    " immatriculation"
)
NO_PLATE = words(
    "the and for are der die das ein los las del por com und que um uma no na usb hdmi sd cd iso"
    " din sae dot ece euro typ mp rpm kmh kms lbs kwh psi mph usd eur brl gbp nm hp ps"
)
MONTHS = (
    r"(?:jan|feb|fev|ene|m[aä]r|apr|abr|ma[iy]|jun|jul|aug|ago|se[pt]|o[ckut]t|nov|de[czs]|dic)"
    r"[a-zç]{0,8}\.?"
)
DATE = (
    r"(?<![\d/.-])(?:\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})|\d{4}([./-])\d{1,2}\2\d{1,2}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|º|\.)?(?: de| of)? {MONTHS},?(?: de(?:l)?| of)? \d{{4}}"
    rf"|{MONTHS} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})(?![\d/-])"
)


def shape(pattern: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    """Nothing of a longer word or number."""
    return re.compile(ALONE + "(?:" + pattern + ")" + END, flags)


def has_figures(text: str) -> bool:
    """A number of somebody, not a model, a year or a part."""
    return len(digits(text)) >= 3 and not re.fullmatch(r"(?:19|20)\d\d", text)


def is_plate(text: str) -> bool:
    """Letters and digits, and not an amount, a norm or a trouble code."""
    parts = re.findall(r"[^\W\d_]+|\d+", text.lower())
    if re.fullmatch(r"(?i)[pcbu][0-3][0-9a-f]{3}", text):
        return False
    if text != text.upper() and (len(digits(text)) < 3 or re.search(r"(?:19|20)\d\d$", text)):
        return False
    return len(parts) > 1 and NO_PLATE.isdisjoint(parts)


def is_spanish_plate(text: str) -> bool:
    return is_plate(text) and not text.startswith(("19", "20"))


SHAPES = (
    Shape(
        "EMAIL",
        re.compile(
            r"(?<![\w.+-])[\w.+'-]{1,64}@(?:[^\W_](?:[\w-]{0,62})\.){1,8}[^\W\d_]{2,24}(?![\w-])"
        ),
        0.9,
    ),
    Shape("LOGIN", re.compile(r"(?<=://)[^\s/:@]{1,100}:[^\s/@]{1,100}(?=@)"), 1.0),
    Shape("VIN", shape(r"[A-HJ-NPR-Z0-9]{17}"), 0.9, is_vin),
    Shape(
        "VIN",
        shape(r"(?:[A-HJ-NPR-Z0-9] ?){16}[A-HJ-NPR-Z0-9]"),
        0.9,
        lambda text: is_vin(text.replace(" ", "")),
        VIN,
    ),
    Shape("SSN", shape(r"\d{3}([- .])\d\d\1\d{4}"), 0.85, is_ssn),
    Shape("SSN", shape(r"\d{9}"), 0.8, is_ssn, SSN),
    Shape("CPF", shape(r"\d{3}\.\d{3}\.\d{3}[-. /]\d\d|\d{11}|\d{9}-\d\d"), 0.9, is_cpf, CPF, True),
    Shape("CPF", shape(r"\d{3} \d{3} \d{3}[ -]\d\d"), 0.9, is_cpf),
    Shape(
        "CNPJ",
        shape(r"\d\d\.?\d{3}\.?\d{3} ?/ ?\d{4}-?\d\d|\d{14}"),
        0.95,
        is_cnpj,
        CNPJ,
        True,
    ),
    Shape(
        "NINO",
        shape(
            r"(?!BG|GB|NK|KN|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]"
        ),
        0.9,
    ),
    Shape("TAXID", shape(r"\d\d ?\d{3} ?\d{3} ?\d{3}"), 0.86, is_german_tax_id, TAX, True),
    Shape("TAXID", shape(r"\d{2,3}/\d{3}/\d{4,5}|\d{3} ?\d{3} ?\d{3}|\d\d-\d{7}"), 0.8, None, TAX),
    Shape("DNI", shape(r"(?:\d{8}|\d{1,2}\.\d{3}\.\d{3}|[XYZ][- ]?\d{7})[- ]?[A-Z]"), 0.95, is_dni),
    Shape(
        "DNI", shape(r"(?:\d{8}|\d{1,2}\.\d{3}\.\d{3}|[XYZ][- ]?\d{7})[- ]?[A-Z]"), 0.8, None, DNI
    ),
    Shape(
        "PASSPORT",
        shape(r"(?=[A-Z0-9]{7,10}(?!\w))[A-Z]{0,3}\d[A-Z0-9]{4,9}"),
        0.8,
        has_figures,
        PASSPORT,
    ),
    Shape("BIRTHDATE", re.compile(DATE, re.IGNORECASE), 0.8, is_birth_date, BIRTH),
    Shape(
        "LICENCE",
        shape(
            r"[A-Z]{0,6}-?\d[A-Z0-9]{1,19}(?:[- ]\d{2,6}){0,4}"
            r"(?:[ -]?[A-Z0-9]{2,5}(?<=\d[A-Z]{2}))?"
        ),
        0.8,
        lambda text: len(digits(text)) >= 5,
        LICENCE,
    ),
    Shape("IP", re.compile(r"(?<![\w.:])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)"), 0.9, is_ip),
    Shape(
        "IP",
        re.compile(r"(?<![\w.:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])"),
        0.9,
        is_ip,
    ),
    # Plates whose shape is enough: UK, France, Portugal, Germany, Spain, Brazil (Mercosul)
    Shape("PLATE", shape(r"[A-HJ-PR-Y]{2}\d\d ?[A-HJ-PR-Z]{3}", 0), 0.75, is_plate),
    Shape("PLATE", shape(r"[A-HJ-NP-TV-Z]{2}-\d{3}-[A-HJ-NP-TV-Z]{2}", 0), 0.75),
    Shape("PLATE", shape(r"[A-Z]{2}-\d\d-[A-Z]{2}|\d\d-[A-Z]{2}-\d\d", 0), 0.75),
    Shape("PLATE", shape(r"[A-ZÄÖÜ]{1,3}-[A-ZÄÖÜ]{1,2} ?\d{2,4}[EH]?(?![.,]\d)", 0), 0.7, is_plate),
    Shape("PLATE", shape(r"\d{4}[ -]?[BCDFGHJKLMNPRSTVWXYZ]{3}", 0), 0.7, is_spanish_plate),
    Shape("PLATE", shape(r"[A-Z]{3}\d[A-Z]\d\d", 0), 0.75),
    # and those, in any case of letters, that need a word beside them
    Shape(
        "PLATE",
        shape(
            r"[A-Z]{2}\d\d ?[A-Z]{3}|[A-Z]{2}[- ]?\d{3}[- ]?[A-Z]{2}|[A-Z]{3}[- ]?\d[A-Z0-9]\d\d"
            r"|[A-Z]{2}[- ]\d\d[- ][A-Z]{2}|\d\d[- ][A-Z]{2}[- ]\d\d|\d\d-\d\d-[A-Z]{2}"
            r"|[A-Z]{2}-\d\d-\d\d|[A-ZÄÖÜ]{1,3}[- :][A-ZÄÖÜ]{1,2}[- ]?\d{1,4}[EH]?"
            r"|\d{4}[- ]?[A-Z]{3}|\d{3}[- ]?[A-Z]{3}|[A-Z]{3}[- ]?\d{3}"
            r"|[A-Z]{1,2}[- ]\d{4}[- ][A-Z]{1,2}"
            r"|\d[A-Z]{3}\d{3}|[A-Z]\d{1,3}[- ]?[A-Z]{3}|[A-Z]{2}\d{5}|[A-Z]\d{2}[- ]\d[A-Z]{2}"
        ),
        0.8,
        is_plate,
        PLATE,
    ),
)
