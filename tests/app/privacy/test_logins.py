"""Passwords and user names that customers write down are hidden; words about them are not."""

import pytest

from app.privacy.recognizers import find


def hidden(text: str) -> list[str]:
    return [text[each.start : each.end] for each in find(text) if each.kind == "LOGIN"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("my password is Hello!World, help", ["Hello!World"]),
        ("user jsmith_x1, pw: tr4il3r.", ["jsmith_x1", "tr4il3r"]),
        ("App login: rosa.m / Falke-2291", ["rosa.m", "Falke-2291"]),
        ("minha senha é Abacaxi#20", ["Abacaxi#20"]),
        ("usuario pili_74 y contraseña Sopa.33", ["pili_74", "Sopa.33"]),
        ("Das Passwort Murmel#64 geht nicht, Benutzername sven.h", ["Murmel#64", "sven.h"]),
    ],
)
def test_what_was_written_down_is_hidden(text: str, values: list[str]) -> None:
    assert hidden(text) == values


@pytest.mark.parametrize(
    "text",
    [
        "I forgot my password, how do I reset it?",
        "the user manual of the 2024 E3",
        "where is the login page of the app?",
        "a user-friendly menu",
        "a clave de acceso do carro",
    ],
)
def test_words_about_it_are_not(text: str) -> None:
    assert hidden(text) == []
