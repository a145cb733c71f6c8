"""Turns a customer's words into the manuals' English ones, for searching without an LLM."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import yaml

Terms = dict[tuple[str, ...], str]

DATA = Path(__file__).with_suffix(".yaml")
NOTHING = "_"
LONGEST = 6
TOKEN = re.compile(r"\w+(?:[.,-]\d+)*")
ENDINGS = {
    "pt": ("s", "es", "r", "is"),
    "es": ("s", "es", "r"),
    "de": ("en", "er", "es", "em", "n", "e", "s", "ern"),
    "en": ("s", "es"),
}
LINKS = ("", "s", "n", "es", "en")
SHORTEST_PART = 3


def expand(query: str, language: str) -> str:
    """English search words for a question in `language`.

    Portuguese, Spanish and German words are replaced; names, numbers and unknown words stay.
    An English question keeps its words and gains those of the manuals ("boot": trunk).
    """
    if language not in ENDINGS:
        return query
    terms = _terms(language)
    if language == "en":
        added = [english for _, english in _translated(query, language, terms) if english]
        return " ".join([query, *dict.fromkeys(added)])
    words = [
        token if english is None else english
        for token, english in _translated(query, language, terms)
    ]
    return " ".join(dict.fromkeys(" ".join(words).split())) or query


def _translated(query: str, language: str, terms: Terms) -> Iterator[tuple[str, str | None]]:
    """Each longest known phrase with its English; an unknown word with None."""
    tokens = TOKEN.findall(query)
    folded = [fold(token) for token in tokens]
    at = 0
    while at < len(tokens):
        for size in range(min(LONGEST, len(tokens) - at), 0, -1):
            english = _look_up(tuple(folded[at : at + size]), language, terms)
            if english is not None or size == 1:
                yield tokens[at], english
                at += size
                break


def _look_up(phrase: tuple[str, ...], language: str, terms: Terms) -> str | None:
    """The phrase itself, with another ending, or a German compound by its parts."""
    if (english := terms.get(phrase)) is not None:
        return english
    *first, last = phrase
    for ending in ENDINGS[language]:
        if last.endswith(ending) and (found := terms.get((*first, last[: -len(ending)]))):
            return found
    if language == "de" and not first:
        return _compound(last, terms) or _compound(_without_digraphs(last), terms)
    return None


def _compound(word: str, terms: Terms) -> str | None:
    if (english := terms.get((word,))) is not None:
        return english
    for cut in range(len(word) - SHORTEST_PART, SHORTEST_PART - 1, -1):
        tail = terms.get((word[cut:],))
        if tail and (head := _head(word[:cut], terms)):
            return f"{head} {tail}"
    return None


def _head(part: str, terms: Terms) -> str | None:
    for link in LINKS:
        if part.endswith(link) and (found := terms.get((part[: len(part) - len(link)],))):
            return found
    return None


def _without_digraphs(word: str) -> str:
    """German without umlauts on the keyboard: "oel" is "öl"."""
    return re.sub(r"([aou])e", r"\1", word)


def fold(word: str) -> str:
    """Lower case without accents: "Größe" is "grosse"."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@lru_cache(maxsize=len(ENDINGS))
def _terms(language: str) -> Terms:
    """Every phrase as its folded words, and the English for it."""
    return {
        tuple(fold(token) for token in TOKEN.findall(phrase)): "" if english == NOTHING else english
        for english, phrases in _data()[language].items()
        for phrase in phrases.split(",")
    }


@lru_cache(maxsize=1)
def _data() -> dict[str, dict[str, str]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data: dict[str, dict[str, str]] = yaml.load(DATA.read_text("utf-8"), loader)  # noqa: S506
    return data
