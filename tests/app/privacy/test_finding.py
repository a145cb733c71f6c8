"""Personal data of every kind is found; ordinary words, prices and codes are left."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.privacy.recognizers import find


def said(text: str) -> list[tuple[str, str]]:
    return [(f.kind, text[f.start : f.end]) for f in find(text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("mail joe.smith@example.co.uk please", "EMAIL", "joe.smith@example.co.uk"),
        ("call +1 (555) 010-2030", "PHONE", "+1 (555) 010-2030"),
        ("ruf 0171 2345678 an", "PHONE", "0171 2345678"),
        ("liga 11 91234-5678", "PHONE", "11 91234-5678"),
        ("card 4111 1111 1111 1111", "CARD", "4111 1111 1111 1111"),
        ("IBAN DE89 3704 0044 0532 0130 00 und X1", "IBAN", "DE89 3704 0044 0532 0130 00"),
        ("VIN 1HGCM82633A004352", "VIN", "1HGCM82633A004352"),
        ("vin wvwzzz1jzxw000001", "VIN", "wvwzzz1jzxw000001"),
        ("my SSN is 536-22-8145", "SSN", "536-22-8145"),
        ("social security 536228145", "SSN", "536228145"),
        ("meu CPF: 529.982.247-25", "CPF", "529.982.247-25"),
        ("52998224725 é o cpf", "CPF", "52998224725"),
        ("CNPJ 11.222.333/0001-81", "CNPJ", "11.222.333/0001-81"),
        ("NI number AB 12 34 56 C", "NINO", "AB 12 34 56 C"),
        ("Steuer-ID 65 929 970 489", "TAXID", "65 929 970 489"),
        ("mi DNI es 12345678Z", "DNI", "12345678Z"),
        ("NIE X-1234567-L", "DNI", "X-1234567-L"),
        ("my passport is C01X00T47", "PASSPORT", "C01X00T47"),
        ("I was born on 12 March 1985", "BIRTHDATE", "12 March 1985"),
        ("nascida em 03/04/1990", "BIRTHDATE", "03/04/1990"),
        ("geboren am 3. April 1990", "BIRTHDATE", "3. April 1990"),
        ("from 81.2.69.142 it fails", "IP", "81.2.69.142"),
        ("open https://joe:pa55@router:8080/x", "LOGIN", "joe:pa55"),
        ("my plate is 7ABC123", "PLATE", "7ABC123"),
        ("placa abc1d23", "PLATE", "abc1d23"),
        ("a placa é ABC-1234", "PLATE", "ABC-1234"),
        ("steht B-AB 1234 bereit?", "PLATE", "B-AB 1234"),
        ("is AB12 CDE ready?", "PLATE", "AB12 CDE"),
        ("¿está el 4567 BCD?", "PLATE", "4567 BCD"),
        ("AB-123-CD est prêt", "PLATE", "AB-123-CD"),
        ("o 12-AB-34 está pronto?", "PLATE", "12-AB-34"),
        ("driver's license D1234567", "LICENCE", "D1234567"),
        ("I live at 12 Oak Street, Portland, OR 97201", "ADDRESS",
         "12 Oak Street, Portland, OR 97201"),
        ("moro na Rua das Flores, 123", "ADDRESS", "Rua das Flores, 123"),
        ("Goethestraße 7, 80336 München", "ADDRESS", "Goethestraße 7, 80336 München"),
        ("my name is jane doe and I drive", "PERSON", "jane doe"),
        ("here is Mr. Miller X1 owner", "PERSON", "Miller"),
        ("I'm Jane Doe", "PERSON", "Jane Doe"),
        ("this is John Smith speaking", "PERSON", "John Smith"),
        ("me chamo João da Silva e quero", "PERSON", "João da Silva"),
        ("me llamo Lucía Fernández", "PERSON", "Lucía Fernández"),
        ("ich heiße Jürgen Müller", "PERSON", "Jürgen Müller"),
        ("is Mr. Miller in?", "PERSON", "Miller"),
        ("Frau Schmidt sagt", "PERSON", "Schmidt"),
        ("o Sr. Souza ligou", "PERSON", "Souza"),
        ("It squeals.\nRegards,\nJane Doe", "PERSON", "Jane Doe"),
    ],
)  # fmt: skip
def test_every_kind_is_found(text: str, kind: str, value: str) -> None:
    assert said(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "It tows 2,000 kg (4,409 lb) and costs $18,999.00",
        "tyres 205/55 R16 91V, 2.4 bar, 35 psi, oil 0W-20",
        "from 2019-2024 I drove 150000 km, then 10000 20000 30000",
        "code P0301, part 8V0 698 151, fuse F24",
        "1HGCM82633A004353 has a wrong check digit",
        "4111 1111 1111 1112 fails the check",
        "The X1 2025 and the T5 2024",
        "my booking GR-7K3F2 is on 12/03/2027 at 10:30",
        "am 12.03.2027 um 10 Uhr, und das Kennzeichen ist neu",
        "I was born to drive, book me on 12/03/2027",
        "my license plate lamp W5W on the X1 2025",
        "Software version 4.2.1 and USB-C 30 W",
        "I'm German and this is great. I am Sure.",
        "Ich bin Kunde und das ist der Service",
        "my name is spelled wrong on the invoice",
        "thanks, and what about the 2023?",
        "12 months on the road, 200 miles per day",
        "between 1500-2000 rpm",
        "call me ASAP, or call me when it is done",
    ],
)
def test_ordinary_words_and_figures_are_left_alone(text: str) -> None:
    assert said(text) == []


def test_what_overlaps_is_masked_whole() -> None:
    assert said("https://joe:pa55@mail.example") == [("LOGIN", "joe:pa55@mail.example")]


PIECES = st.sampled_from(
    "1HGCM82633A00435\u212a 12/12/1990 born CPF passport ² ٣٤٥ ſ İ @ :: 1.2.3.4 +1 DE89"
    " my name is É. ß Mr. plate".split(" ")
)


@given(st.lists(PIECES | st.characters() | st.text(max_size=4), max_size=40).map(" ".join))
def test_nothing_that_can_be_written_breaks_a_recognizer(text: str) -> None:
    found = find(text)
    assert all(0 <= f.start < f.end <= len(text) for f in found)
    assert all(one.end <= two.start for one, two in pairwise(found))
