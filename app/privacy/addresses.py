"""Postal addresses: a street with its number, and what follows it: flat, postcode, town."""

import re
from collections.abc import Iterator

import regex

from app.privacy.found import Found

CAP = r"(?:\p{Lu}[\p{L}\p{M}'’.-]{0,24}|\d{1,3}(?:st|nd|rd|th))(?!\w)"
JOINED = r"(?:(?:de|da|do|das|dos|del|la|las|los|el|e|y|of|the|di|van|von) ){0,2}"
WORDS = rf"{CAP}(?: {JOINED}{CAP}){{0,4}}"
ENGLISH = (
    r"Streets?|St|Avenue|Ave|Roads?|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Way|Parkway|Pkwy"
    r"|Place"
    r"|Pl|Square|Sq|Terrace|Ter|Highway|Hwy|Circle|Cir|Close|Crescent|Trail|Row|Gardens|Mews"
    r"|Grove|Hill"
)
ROMANCE = (
    r"Rua|R\.|Avenida|Avda?\.?|Av\.|Travessa|Alameda|Al\.|Praça|Estrada|Rodovia|Largo|Calle|C/"
    r"|Paseo|Pº"
    r"|Plaza|Pza\.|Camino|Carrera|Ronda|Carretera|Rue|Via"
)
GERMAN = r"stra(?:ß|ss)en?|str\.|weg|platz|allee|gasse|damm|ufer|markt|chaussee"
NUMBER = r"\d{1,5}(?:[-/]\d{1,4})? ?[a-zA-Z]?"
UNIT = (
    r"(?:(?i:apt|apartment|suite|ste|unit|flat|floor|apto|apartamento|ap|bloco|bl|casa|sala|piso"
    r"|puerta"
    r"|planta|wohnung|nº|n\.º|box)(?!\p{L})\.? ?[\w#º°.-]{1,6}|\d{1,2}º(?: ?\p{L}{1,4})?"
    r"|#\d{1,5}[A-Z]?)"
)
POSTCODE = (
    r"(?:[A-Z]{2} {1,2}\d{5}(?:-\d{4})?|\d{5}-\d{3}|\d{4}-\d{3}|(?:D-)?\d{5}(?:-\d{4})?"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})(?![\w-])"
)
PART = (
    rf"(?:{UNIT}|{POSTCODE}(?: {WORDS})?|{WORDS}(?:[ -]{{1,3}}[A-Z]{{2}}(?!\w))?(?: {POSTCODE})?)"
)
REST = rf"(?:\s?[,\n–-]\s?{PART}| {UNIT}| (?:in )?{POSTCODE}(?: {WORDS})?){{0,5}}"
PATTERNS = (
    regex.compile(
        rf"(?<![\w.,-]){NUMBER} (?:{UNIT} )?(?:{CAP} ){{1,4}}(?:{ENGLISH})(?!\w)"
        rf"\.?(?: [NSEW]{{1,2}}(?!\w))?{REST}"
    ),
    regex.compile(
        r"(?<![\w.,-])\d{1,5} (?!(?:the|a|one|two|km|miles?|kg|way|this|my|on|per|of|more|hour"
        r"|day) )"
        r"[a-z]{3,15} (?:street|avenue|ave|lane|boulevard|blvd|road|drive|court|close"
        r"|crescent)(?!\w)"
        rf"(?:, (?:{UNIT}|[a-z]{{3,20}}(?= \w{{2,4}} \d)|{POSTCODE})){{0,3}}",
        regex.IGNORECASE,
    ),
    regex.compile(
        rf"(?<!\w)(?i:{ROMANCE}) ?{JOINED}(?:{CAP}|\d{{1,2}})(?: {JOINED}{CAP}){{0,5}},?\s(?i:nº"
        rf"|n\.º|n°|núm\.|número)? ?{NUMBER}(?!\w){REST}"
    ),
    regex.compile(
        r"(?<!\w)(?i:rua|avenida|calle|travessa|alameda) (?:\p{L}{2,20} ){1,5}(?:nº "
        r"|número )?\d{1,5}(?!\w)"
    ),
    regex.compile(
        rf"(?<!\w)(?:\p{{Lu}}[\p{{L}}]{{1,24}}(?:{GERMAN})|(?:\p{{Lu}}[\p{{L}}]{{1,24}}[ -]){{1,3}}"
        rf"(?i:{GERMAN})|(?:Am|An der|Im|Auf der|Zum"
        rf"|Unter den) \p{{Lu}}\p{{L}}{{2,24}}(?= \d{{1,3}},)) {NUMBER}(?!\w){REST}"
    ),
    regex.compile(
        r"(?<!\w)(?:P\.? ?O\.? Box|Postfach|Caixa Postal|Apartado)(?: de correos)? \d{1,6}" + REST,
        regex.I,
    ),
    regex.compile(r"(?<![\w-])\d{5}-\d{3}(?![\w-])"),
    regex.compile(
        r"(?i:(?:zip|post ?code|postal code|cep|plz|código postal|postleitzahl)(?: code)?(?: is"
        r"|:| é| es| ist)? )"
        r"(?P<value>(?i:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{5}(?:-\d{3,4})?|\d{4}-\d{3}"
        r"|\d{8}))(?![\w-])"
    ),
)
POSSIBLE = re.compile(r"\d")


def find_addresses(text: str) -> Iterator[Found]:
    if not POSSIBLE.search(text):
        return
    for pattern in PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span("value") if "value" in match.groupdict() else match.span()
            end = start + len(text[start:end].rstrip(" ,.-–"))
            yield Found("ADDRESS", start, end, 0.7)
