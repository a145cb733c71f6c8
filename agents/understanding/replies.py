"""Yes and no to an open card. Only a clear word counts; whatever else is said is no answer."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml

from agents.cards import CONFIRM, DECLINE, ActionKind
from agents.glossary import fold

DATA = Path(__file__).with_suffix(".yaml")
LONGEST = 60
CALLS_OFF = re.compile(r"\b(cancel|cancela|cancelar|anula|anular|absagen|stornier\w*)\b")
NOT_A_WORD = re.compile(r"[^\w?]+")
THUMB = "\U0001f44d"

Reply = Literal["confirm", "decline"]


@dataclass(frozen=True, slots=True)
class Words:
    """Patterns of one language: a reply that consists of nothing else, and what it must hold."""

    yes: re.Pattern[str]
    only_yes: re.Pattern[str]
    no: re.Pattern[str]
    only_no: re.Pattern[str]


def read_reply(text: str, kind: ActionKind, language: str) -> Reply | None:
    """None unless the whole text is a yes, or a no, in the conversation's language or in English.

    To "cancel this appointment?" the words "cancel it" say yes; to anything else they are unclear.
    """
    if text.strip().startswith(THUMB) and len(text.strip()) <= 2:
        return CONFIRM
    said = NOT_A_WORD.sub(" ", fold(text).replace("'", "").replace("’", "")).strip()
    if not said or len(said) > LONGEST or "?" in said:
        return None
    if CALLS_OFF.search(said):
        return CONFIRM if kind == "cancel" and _means(said, language) == CONFIRM else None
    return _means(said, language)


def _means(said: str, language: str) -> Reply | None:
    for words in (_words()[language], _words()["en"]):
        if words.no.search(said) and words.only_no.fullmatch(said):
            return DECLINE
        if words.yes.search(said) and words.only_yes.fullmatch(said) and not words.no.search(said):
            return CONFIRM
    return None


@lru_cache(maxsize=1)
def _words() -> dict[str, Words]:
    data = yaml.safe_load(DATA.read_text("utf-8"))
    return {language: _patterns(given) for language, given in data.items()}


def _patterns(given: dict[str, str]) -> Words:
    yes, no = _either(given["consent"]), _either(given["refusal"])
    only_yes = _either(f"{given['consent']}, {given['beside_consent']}")
    only_no = _either(f"{given['refusal']}, {given['beside_refusal']}")
    return Words(
        re.compile(rf"\b{yes}\b"),
        re.compile(rf"{only_yes}(?: {only_yes})*"),
        re.compile(rf"\b{no}\b"),
        re.compile(rf"{only_no}(?: {only_no})*"),
    )


def _either(listed: str) -> str:
    words = sorted({word.strip() for word in listed.split(",")}, key=len, reverse=True)
    return f"(?:{'|'.join(re.escape(word) for word in words)})"
