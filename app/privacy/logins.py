"""User names and passwords that somebody writes down: what follows the word for them."""

import re
from collections.abc import Iterator

from app.privacy.found import Found

IS = r"(?:\s{0,3}(?:[:=\-]|\b(?:is|was|ist|war|lautet|é|e|era|es)\b)){0,2}\s{0,3}[\"'“„]?"
VALUE = r"(?P<value>[^\s\"'”“,;/]{4,64})"
SECRET = re.compile(
    r"\b(?:password|passcode|passwd|pwd|pw|passwort|kennwort|senha|contraseña|contrasena|clave)\b"
    rf"{IS}{VALUE}",
    re.IGNORECASE,
)
USER = re.compile(
    r"\b(?:user ?name|user|login|log-in|usuário|usuario|benutzername|nutzername|benutzer)\b"
    rf"{IS}{VALUE}(?:\s{{0,2}}/\s{{0,2}}(?P<second>[^\s\"'”,;/]{{4,64}}))?",
    re.IGNORECASE,
)
TRAILING = ".!?:)"
INNER_MARK = re.compile(r"[\d_]|(?<=\w)[^\w\s](?=\w)")


def find_logins(text: str) -> Iterator[Found]:
    """An ordinary word after "password" is none: a value has a figure or a mark within."""
    for pattern, group in ((SECRET, "value"), (USER, "value"), (USER, "second")):
        for match in pattern.finditer(text):
            value = (match[group] or "").rstrip(TRAILING)
            if len(value) >= 4 and INNER_MARK.search(value) and not value.startswith("<"):
                start = match.start(group)
                yield Found("LOGIN", start, start + len(value), 0.85)
