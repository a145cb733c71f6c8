"""Check digits: what tells a number of somebody from any other number."""

import ipaddress
import re
from datetime import date

VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
VIN_NUMBERS = "12345678123457923456789"
VIN_VALUES = {c: int(n) for c, n in zip(VIN_LETTERS, VIN_NUMBERS, strict=True)}
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
CPF_WEIGHTS = tuple(range(11, 1, -1))
CNPJ_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
NIE_DIGITS = {"X": "0", "Y": "1", "Z": "2"}


def characters(text: str) -> str:
    """Letters and digits alone, in capitals."""
    return "".join(c for c in text if c.isalnum()).upper()


def digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def is_vin(text: str) -> bool:
    """The check digit decides where it is in force (North America and China); elsewhere the
    shape does."""
    vin = text.upper()
    if not vin.isascii():  # the Kelvin sign is a K to a pattern
        return False
    if not (any(c.isdigit() for c in vin) and any(c.isalpha() for c in vin)):
        return False
    if vin[0] in "12345L":
        return vin_check_digit(vin) == vin[8]
    return sum(c.isdigit() for c in vin[-6:]) >= 4


def vin_check_digit(vin: str) -> str:
    total = sum(
        (int(c) if c.isdigit() else VIN_VALUES[c]) * w
        for c, w in zip(vin, VIN_WEIGHTS, strict=True)
    )
    return "X" if total % 11 == 10 else str(total % 11)


def is_cpf(text: str) -> bool:
    return _is_brazilian(digits(text), 11, CPF_WEIGHTS)


def is_cnpj(text: str) -> bool:
    return _is_brazilian(digits(text), 14, CNPJ_WEIGHTS)


def _is_brazilian(number: str, length: int, weights: tuple[int, ...]) -> bool:
    """Two check digits; the weights are those of the second, the first leaves the first weight."""
    if len(number) != length or len(set(number)) == 1:
        return False
    for end, used in ((length - 2, weights[1:]), (length - 1, weights)):
        total = sum(int(c) * w for c, w in zip(number[:end], used, strict=True))
        if int(number[end]) != (0 if total % 11 < 2 else 11 - total % 11):
            return False
    return True


def is_dni(text: str) -> bool:
    """Spanish DNI and NIE: the letter at the end."""
    number = characters(text)
    number = NIE_DIGITS.get(number[0], number[0]) + number[1:]
    return number[:-1].isdigit() and DNI_LETTERS[int(number[:-1]) % 23] == number[-1]


def is_german_tax_id(text: str) -> bool:
    """ISO 7064 mod 11, 10; one digit of the first ten comes twice or three times."""
    number = digits(text)
    if len(number) != 11 or number[0] == "0" or not 7 < len(set(number[:10])) < 10:
        return False
    product = 10
    for c in number[:10]:
        product = ((int(c) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(number[10])


def is_ssn(text: str) -> bool:
    number = digits(text)
    return not (number[:3] in ("000", "666") or number[0] == "9") and number[5:] != "0000"


def is_ip(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.version == 4 or text.count(":") >= 3


def is_birth_date(text: str) -> bool:
    """Its year, where it has four digits, is one in which a driver may have been born."""
    return all(1900 <= int(y) <= date.today().year - 5 for y in re.findall(r"\d{4}", text))
