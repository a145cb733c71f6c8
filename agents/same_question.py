"""Whether two questions ask for the same: similarity alone takes "2023" for "2024"."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from agents.glossary import fold

DATA = Path(__file__).with_suffix(".yaml")
WORD = re.compile(r"[^\W_]+(?:[.,][^\W_]+)*")
POSSESSIVE = re.compile(r"['’]s\b")
APOSTROPHE = re.compile(r"['’]")
ENDINGS = ("ings", "ing", "ed", "es", "s", "e")
SHORTEST_STEM = 3


@dataclass(frozen=True, slots=True)
class Gist:
    """What a question asks for: of which kind, about what, and how often it says no."""

    kind: str
    words: frozenset[str]
    denials: int


@dataclass(frozen=True, slots=True)
class Wording:
    """What is known of one language's questions."""

    kinds: tuple[tuple[str, re.Pattern[str]], ...]
    denials: re.Pattern[str]
    same: tuple[tuple[re.Pattern[str], str], ...]
    light: frozenset[str]


def same_question(one: str, other: str, language: str) -> bool:
    """Every word that counts stands in both: figures, units, vehicles, parts, places, denials."""
    return gist_of(one, language) == gist_of(other, language)


@lru_cache(maxsize=4096)
def gist_of(question: str, language: str) -> Gist:
    """An unknown language is compared word by word."""
    said = " ".join(WORD.findall(APOSTROPHE.sub("", POSSESSIVE.sub("", fold(question)))))
    wording = _wordings().get(language)
    if wording is None:
        return Gist("", frozenset(said.split()), 0)
    kind = next((name for name, found in wording.kinds if found.search(said)), "")
    denials = len(wording.denials.findall(said))
    for pattern, word in wording.same:
        said = pattern.sub(word, said)
    heavy = (stem(word) for word in said.split() if word not in wording.light)
    return Gist(kind, frozenset(heavy), denials)


def gist_text(question: str, language: str) -> str:
    """The question in its plainest words, for comparing what it means."""
    gist = gist_of(question, language)
    return " ".join([gist.kind, *sorted(gist.words)])


def stem(word: str) -> str:
    if any(letter.isdigit() for letter in word):
        return word
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return word[: -len(ending)]
    return word


@lru_cache(maxsize=1)
def _wordings() -> dict[str, Wording]:
    data: dict[str, Any] = yaml.safe_load(DATA.read_text("utf-8"))
    return {language: _wording(given) for language, given in data.items()}


def _wording(given: dict[str, Any]) -> Wording:
    phrases = [
        (phrase.strip(), word)
        for word, listed in given["same"].items()
        for phrase in listed.split(",")
    ]
    longest_first = sorted(phrases, key=lambda pair: -len(pair[0]))
    return Wording(
        tuple((name, re.compile(rf"\b(?:{words})\b")) for name, words in given["kinds"].items()),
        re.compile(rf"\b(?:{given['denials']})\b"),
        tuple((re.compile(rf"\b{re.escape(p)}s?\b"), word) for p, word in longest_first),
        frozenset(given["light"].replace("?", "").split()),
    )
