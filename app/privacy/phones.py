"""Telephone numbers of any country: enough digits together, as many as a country's numbers have.

Presidio's recognizer searches the whole text once for each country: 10 ms per KB.
"""

import re
from collections.abc import Iterator

import phonenumbers

from app.privacy.check_digits import digits
from app.privacy.found import Found
from app.privacy.shapes import nearness, words

CODES = (1, 44, 49, 34, 351, 55, 33)  # US, GB, DE, ES, PT, BR, FR
RUN = re.compile(
    r"(?<![\w.,/-])(?:\+|00|\()?\d(?:[ ().\-/]{0,2}\d){6,19}(?:(?: ?x| ext\.? ?)\d{1,5})?(?!\w|-\d)"
)
YEAR = re.compile(r"19\d\d|20\d\d")
DATE = re.compile(r"\d{4}-\d\d?-\d\d?(?:\D|$)|\d\d?([./-])\d\d?\1\d{4}(?:\D|$)")
THOUSANDS = re.compile(r"\d{1,2}(?:[. ]\d{3})+|\d{3}(?:\.\d{3})+")
PHONE = words(
    "phone telephone tel call calling cell mobile fax reach ring text sms whatsapp telefone"
    " celular ligue ligar liga telemóvel zap contato fone teléfono telefono móvil movil llámame"
    " llamar llame telefon telefonnummer handy handynummer rufnummer anrufen ruf rufen mobil"
    " answering ligação"
)
NO_PHONE = words(
    "order part invoice article km miles mileage odometer ticket reference case peça pedido pieza"
    " pedido factura teil teilenummer bestellnummer rechnung auftrag kilometer nota fatura artikel"
)


def find_phones(text: str) -> Iterator[Found]:
    for run in RUN.finditer(text):
        called = nearness(text, run.start(), run.end(), PHONE)
        otherwise = nearness(text, run.start(), run.end(), NO_PHONE)
        if looks_like_phone(run[0], called > otherwise) and not otherwise > called:
            yield Found("PHONE", run.start(), run.end(), 0.6 + 0.2 * called)


def looks_like_phone(run: str, called: bool) -> bool:
    """Not a price, a date, a span of years, a tyre size or a list of mileages."""
    groups = re.findall(r"\d+", run)
    count = len(digits(run))
    if count > 20 or DATE.match(run) or sum(YEAR.fullmatch(g) is not None for g in groups) > 1:
        return False
    if run.startswith(("+", "00")):
        return 8 <= count <= 20
    if sum(len(group) >= 5 for group in groups) > 2 or (count > 15 and "x" not in run):
        return False
    if run[0] == "(" or called:
        return True
    if ("/" in run and run[0] != "0") or THOUSANDS.fullmatch(run):
        return False
    if all(g.endswith("00") for g in groups) or (run[0] != "0" and max(map(len, groups)) < 3):
        return False
    return re.fullmatch(r"\d{3}-\d{4}", run) is not None or (count >= 9 and is_possible(run))


def is_possible(run: str) -> bool:
    """In one of the countries, written without its code."""
    number = int(digits(run.split("x")[0]))
    return any(
        phonenumbers.is_possible_number(
            phonenumbers.PhoneNumber(country_code=code, national_number=number)
        )
        for code in CODES
    )
