"""Figures in a text: amounts, measures, years, times, percentages, with their units.

"2,000 kg", "2.000 kg" and "two thousand kilograms" are one figure. What only looks like one is
left out: list numbers, citation marks, names such as X1 or 5W-30 are words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from text_to_num import alpha2digit

from agents.links import LINK

Kind = Literal["money", "year", "time", "percent", "measure", "number"]
WORDS_FROM = 0
LANGUAGES = ("en", "pt", "es", "de")

CURRENCIES = {
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "bucks": "USD",
    "dólares": "USD", "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP",
    "gbp": "GBP", "pounds sterling": "GBP", "r$": "BRL", "brl": "BRL", "reais": "BRL",
    "cent": "cent", "cents": "cent",
}  # fmt: skip
# Each unit with its dimension and its size in the dimension's base unit.
UNITS: dict[str, tuple[str, float]] = {}
for _dimension, _units in {
    "mass": "kg kilo kilos kilogram kilograms kilogramm quilo quilos kilogramos=1 g gramm "
    "grams gramas gramos=0.001 t ton tons tonne tonnes tonnen toneladas=1000 "
    "lb lbs pound pounds libras pfund=0.45359",
    "length": "m metre metres meter meters metros=1 km kilometre kilometres kilometer kilometers "
    "quilómetros quilômetros kilómetros=1000 cm zentimeter centímetros=0.01 "
    "mm millimetres millimeters milímetros millimeter=0.001 mi mile miles milhas millas "
    "meilen=1609.34 ft foot feet pés pies fuß=0.3048 in inch inches polegadas pulgadas zoll=0.0254 "
    "yd yards=0.9144",
    "speed": "km/h kph kmh=1 mph=1.60934",
    "volume": "l liter liters litre litres litros=1 ml=0.001 gal gallon gallons galones galões "
    "gallonen=3.78541 qt quart quarts=0.946353 pt pint pints=0.473176",
    "pressure": "bar=1 psi=0.0689476 kpa=0.01",
    "power": "kw=1 hp bhp ps cv=0.7457 w watt watts=0.001",
    "energy": "kwh=1 wh=0.001",
    "torque": "nm newton-metres=1 lb-ft ft-lb lbft=1.35582",
    "voltage": "v volt volts voltios=1",
    "current": "a amp amps ampere amperes amperios=1",
    "temperature": "°c c celsius=1 °f f fahrenheit=1.0001",
    "duration": "s sec second seconds segundos sekunden=1 "
    "min mins minute minutes minutos minuten=60 "
    "h hr hrs hour hours hora horas stunde stunden=3600 day days dia dias día días tag tage "
    "tagen=86400 week weeks semana semanas woche wochen=604800 month months mês meses mes monat "
    "monate monaten=2629800 year years ano anos año años jahr jahre jahren=31557600",
    "consumption": "l/100km=1 mpg=1.0001",
}.items():
    _names: list[str] = []
    for _word in _units.split():
        _name, _, _size = _word.partition("=")
        _names.append(_name)
        if _size:
            UNITS |= {each: (_dimension, float(_size)) for each in _names}
            _names = []

UNITS |= {
    f"us {unit}": UNITS[unit] for unit in ("gal", "gallons", "qt", "quart", "quarts", "pt", "pints")
}

_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_CURRENCY = "|".join(re.escape(each) for each in sorted(CURRENCIES, key=len, reverse=True))
NUMBER = r"\d{1,3}(?:[.,\u202f\u00a0 ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?"
FIGURE = re.compile(
    rf"(?<![\w.,/-])(?:(?P<before>{_CURRENCY})\s?)?(?P<number>{NUMBER})(?![\d])"
    rf"(?:(?P<time>:\d\d)|\s?(?P<ampm>[ap]\.?m\.?\b)|(?P<suffix>k)\b|"
    rf"[\s-]?(?P<percent>%|percent|por cento|por ciento|prozent)|"
    rf"[\s\u00a0-]?(?P<after>{_CURRENCY})(?![\w])|[\s\u00a0-]?(?P<unit>{_UNIT})(?![\w]|-\d))?",
    re.IGNORECASE,
)
NAME_AROUND = re.compile(r"[A-Za-z]")
MARK = re.compile(r"\[\d{1,2}(?:\s?[,;]\s?\d{1,2})*\]")
DIGIT = re.compile(r"\d")
LIST_NUMBER = re.compile(r"(?m)^\s*(?:#+\s*)?\d{1,2}[.)](?:\s|$)")
STEP = re.compile(r"\b(?:step|passo|paso|schritt)\s?\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` as it is written; `unit` is a unit's name, a currency, or empty. At `start:end`."""

    kind: Kind
    value: Decimal
    unit: str
    start: int
    end: int

    @property
    def dimension(self) -> str:
        return UNITS[self.unit][0] if self.unit in UNITS else self.unit

    @property
    def precision(self) -> float:
        """What its last digit that is no zero stands for, in the base unit."""
        exponent = self.value.normalize().as_tuple().exponent
        return 10.0 ** int(exponent) * (UNITS[self.unit][1] if self.unit in UNITS else 1.0)

    @property
    def size(self) -> float:
        """In the base unit of its dimension."""
        return float(self.value) * (UNITS[self.unit][1] if self.unit in UNITS else 1.0)


def in_digits(text: str, language: str) -> str:
    """Number words as digits; the places of what follows move."""
    known = language if language in LANGUAGES else "en"
    return str(alpha2digit(text, known, threshold=WORDS_FROM))


def figures_in(text: str) -> Iterator[Figure]:
    """Those written in digits, in order."""
    if DIGIT.search(text) is None:
        return
    text = LINK.sub(_blank, text)
    text = MARK.sub(_blank, LIST_NUMBER.sub(_blank, STEP.sub(_blank, text)))
    for found in FIGURE.finditer(text):
        if found.end() < len(text) and NAME_AROUND.match(text[found.end()]):
            continue
        yield _figure(found)


def _figure(found: re.Match[str]) -> Figure:
    start, end = found.span()
    value = value_of(found["number"])
    if found["suffix"]:
        value *= 1000
    if currency := found["before"] or found["after"]:
        unit = CURRENCIES[currency.lower()]
        return Figure("money", value / 100 if unit == "cent" else value, unit, start, end)
    if found["time"] or found["ampm"]:
        return Figure("time", minutes_of(found), "", start, end)
    if found["percent"]:
        return Figure("percent", value, "%", start, end)
    if found["unit"]:
        return Figure("measure", value, found["unit"].lower(), start, end)
    is_year = re.fullmatch(r"19[5-9]\d|20[0-4]\d", found["number"]) is not None
    return Figure("year" if is_year else "number", value, "", start, end)


def minutes_of(found: re.Match[str]) -> Decimal:
    """Of the day; "2 pm" is 14:00."""
    hour = int(re.split(r"[.,]", found["number"])[0]) % 24
    minute = int(found["time"][1:]) if found["time"] else 0
    return Decimal(hour * 60 + minute)


def value_of(written: str) -> Decimal:
    """ "2,000", "2.000" and "2 000" are thousands; "2,5" and "2.5" are not."""
    digits = re.sub(r"[\s\u202f\u00a0]", "", written)
    whole, separator, rest = digits.rpartition(
        "," if digits.rfind(",") > digits.rfind(".") else "."
    )
    if separator and (len(rest) != 3 or whole in ("", "0")):
        return Decimal(f"{re.sub('[.,]', '', whole)}.{rest}")
    return Decimal(re.sub("[.,]", "", digits))


def _blank(found: re.Match[str]) -> str:
    """Spaces of the same length, so that places stay true."""
    return " " * len(found[0])
