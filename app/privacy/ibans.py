"""IBANs, however they are spaced: as many characters as the country's have, and the check digits.

Presidio's recognizer writes what it cannot check into the log.
"""

import re
from collections.abc import Iterator

from app.privacy.check_digits import characters
from app.privacy.found import Found

BEGIN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?=[ -]?[A-Za-z0-9])")
REST = re.compile(r"(?:[ -]?[A-Za-z0-9])*")
LONGEST = 80  # characters, spaces included
LENGTHS = {
    each[:2]: int(each[2:])
    for each in """AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22
    DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IS26
    IT27 JO30 KW30 KZ20 LB28 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24
    PL28 PS29 PT25 QA29 RO24 RS22 SA24 SE24 SI19 SK24 SM27 TN24 TR26 UA29 VG24 XK20""".split()
}


def find_ibans(text: str) -> Iterator[Found]:
    for begin in BEGIN.finditer(text):
        left = LENGTHS.get(begin[0][:2].upper(), 0) - 4
        rest = REST.match(text, begin.end(), begin.end() + LONGEST)
        assert rest is not None
        places = [at for at in range(*rest.span()) if text[at].isalnum()]
        if 0 < left <= len(places):
            end = places[left - 1] + 1
            if is_iban(text[begin.start() : end]) and not text[end : end + 1].isalnum():
                yield Found("IBAN", begin.start(), end)


def is_iban(text: str) -> bool:
    """ISO 13616: the remainder of the division by 97 is 1."""
    iban = characters(text)
    return int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1
