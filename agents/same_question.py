"""Whether two wordings ask the same question. Rules, no model: when in doubt they do not.

Every word must stand in both, unless it is on a list of words that say nothing or say the same.
So a number, a trim, a "not", a unit, a name nobody knows: each makes another question.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from agents.followups import Vehicles, named_models, without_vehicle
from agents.glossary import fold
from agents.verification.figures import LANGUAGES, figures_in, in_digits

DATA = Path(__file__).with_suffix(".yaml")
VEHICLE = "zzvehicle"
WORD = re.compile(r"[^\W_]+(?:[-/.,][^\W_]*\d[^\W_]*)*")
SHORTENED = ((re.compile(r"can['’]t"), "can not"), (re.compile(r"won['’]t"), "will not"),
             (re.compile(r"n['’]t\b"), " not"))  # fmt: skip
ARTICLES = "(?:the|a|an|my|your|o|a|um|meu|seu|el|un|mi|su|den|meinen|einen|einem|dem|ihren)"
# Who pulls whom: "tow the X1", "den X1 abschleppen", "can the X1 be towed".
TOWED = re.compile(
    rf"\b(?:tow(?:ing)?|pull(?:ing)?|push(?:ing)?|(?:posso|puedo|se)\s+(?:rebocar|puxar|remolcar))"
    rf"\s+(?:{ARTICLES}\s+)?{VEHICLE}|\b(?:be|being|get|is|ser|wird|werden)\s+(?:\w+\s+)?(?:towed|"
    rf"pulled|pushed|rebocado|remolcado|gezogen|abgeschleppt)|\b(?:den|meinen|einen)\s+{VEHICLE}"
    rf"\b.*(?:zieh|schlepp|schieb)"
)
ASK_NOTHING_MORE = ("what", "amount", "how", "when")  # beside the kind that was found
NOTHING = "_"
MEASURABLE = ("what", "amount")
ENDINGS = {
    "en": re.compile(r"(?<=\w{3})(?:(?<=ch)es|(?<=sh)es|(?<=x)es|ing|ed|s|e)$"),
    "pt": re.compile(r"(?<=\w{3})(?:os|as|es|o|a|e|s)$"),
    "es": re.compile(r"(?<=\w{3})(?:os|as|es|o|a|e|s)$"),
    "de": re.compile(r"(?<=\w{4})(?:en|er|es|em|e|n|s)$"),
}


@dataclass(frozen=True, slots=True)
class Asking:
    """A question taken apart: what it asks for, its figures, and the words that tell something.
    `is_towed`: the vehicle itself is pulled; `is_ordered`: with its words in another order it is
    another question ("from P to R", "front left and rear right").
    """

    kind: str
    figures: frozenset[tuple[str, str, str]]
    words: tuple[str, ...]
    is_towed: bool
    is_ordered: bool


@dataclass(frozen=True, slots=True)
class Lists:
    """One language's page of the lists; phrases longest first."""

    empty: frozenset[str]
    same: re.Pattern[str]
    stands_for: Mapping[str, str]
    kinds: tuple[tuple[str, re.Pattern[str]], ...]
    measured: frozenset[str]
    ordering: frozenset[str]
    bound: frozenset[str]


def difference(one: str, other: str, language: str, models: Sequence[str]) -> str | None:
    """Why these are two questions: `figures`, `kind`, `role`, `words` or `order`; None when they
    are one. Models and years are left to whoever compares the vehicles."""
    a, b = taken_apart(one, language, models), taken_apart(other, language, models)
    if a.figures != b.figures:
        return "figures"
    if a.kind != b.kind:
        return "kind"
    if a.is_towed != b.is_towed:
        return "role"
    if set(a.words) != set(b.words):
        return "words"
    return "order" if (a.is_ordered or b.is_ordered) and a.words != b.words else None


def in_plain_words(question: str, language: str, models: Sequence[str]) -> str:
    """The question without its vehicle and what says nothing, for the embedder."""
    asking = taken_apart(question, language, models)
    figures = (f"{value} {unit}".strip() for _, value, unit in sorted(asking.figures))
    return " ".join([asking.kind, *asking.words, *figures])


def taken_apart(question: str, language: str, models: Sequence[str]) -> Asking:
    return _taken_apart(question, language if language in LANGUAGES else "en", tuple(models))


@lru_cache(maxsize=4096)
def _taken_apart(question: str, language: str, models: tuple[str, ...]) -> Asking:
    vehicles: Vehicles = dict.fromkeys(models, ())
    text = without_vehicle(question, vehicles)
    for pattern, whole in SHORTENED:
        text = pattern.sub(whole, text)
    figures, text = _figures(text, language)
    lists = _lists(language)
    text = " ".join(fold(word) for word in WORD.findall(text))
    text = lists.same.sub(lambda found: lists.stands_for[found[0]], text)
    kind, text = _kind(text, lists)
    words = tuple(_words(text, language, lists, kind))
    if kind in MEASURABLE and lists.measured & set(words):
        kind = "amount"
    towed, ordered = _is_towed(question, vehicles), _is_ordered(question, words, lists)
    return Asking(kind, figures, words, towed, ordered)


def _figures(text: str, language: str) -> tuple[frozenset[tuple[str, str, str]], str]:
    """The figures, and the text without them. A written "one" is no figure."""
    written = in_digits(text, language)
    own = {figure.value for figure in figures_in(text)}
    found = list(figures_in(written))
    for each in reversed(found):
        written = f"{written[: each.start]} {written[each.end :]}"
    counted = (each for each in found if each.value != 1 or each.value in own)
    told = frozenset((each.kind, str(each.value.normalize()), each.unit) for each in counted)
    return told, written


def _kind(text: str, lists: Lists) -> tuple[str, str]:
    """What is asked for, and the text without the words that say so."""
    found = next((name for name, pattern in lists.kinds if pattern.search(text)), None)
    for name, pattern in lists.kinds:
        if name in (found, *ASK_NOTHING_MORE):
            text = pattern.sub(" ", text)
    begins = text.split(" ", 1)[0] if found is None else ""
    return found or ("whether" if begins in _asking_verbs() else "what"), text


def _words(text: str, language: str, lists: Lists, kind: str) -> Iterator[str]:
    seen = set[str]()
    for word in text.split():
        skipped = word in lists.empty or (word == "must" and kind != "whether")
        stem = word if word in lists.bound or word in lists.measured else _stem(word, language)
        if not skipped and stem not in seen:
            seen.add(stem)
            yield stem


def _stem(word: str, language: str) -> str:
    return ENDINGS[language].sub("", word)


def _is_towed(question: str, vehicles: Vehicles) -> bool:
    """The vehicle itself is on the hook."""
    text = question.lower()
    for model in named_models(question, vehicles):
        text = re.sub(rf"(?:\b20\d\d\s+)?\b{re.escape(model.lower())}\b", VEHICLE, text)
    return TOWED.search(text) is not None


def _is_ordered(question: str, words: Sequence[str], lists: Lists) -> bool:
    said = {fold(word) for word in WORD.findall(question)}
    between = {"from", "to"} <= said or {"von", "nach"} <= said or bool(said & lists.ordering)
    return between or len(lists.bound & set(words)) > 1


@lru_cache(maxsize=1)
def _asking_verbs() -> frozenset[str]:
    return frozenset(
        """is are am do does did has have can could may might will would should must shall pode
        podem posso tem ha existe e sao da devo preciso consigo puede pueden puedo tiene tienen hay
        es son debo necesita kann konnen darf durfen hat haben ist sind gibt muss soll braucht o a
        el la""".split()
    )


@lru_cache(maxsize=len(LANGUAGES))
def _lists(language: str) -> Lists:
    page = _data()[language]
    stands_for = {
        variant: told.replace(NOTHING, "")
        for told, variants in page["same"].items()
        for variant in _split(variants)
    }
    return Lists(
        empty=frozenset(page["empty"].split()),
        same=_phrases(stands_for),
        stands_for=stands_for,
        kinds=tuple((name, _phrases(_split(words))) for name, words in page["kinds"].items()),
        measured=frozenset(page["measured"].split()),
        ordering=frozenset(page["ordering"].split()),
        bound=frozenset(page["bound"].split()),
    )


def _split(phrases: str) -> list[str]:
    return [each.strip() for each in phrases.split(",")]


def _phrases(phrases: Sequence[str] | Mapping[str, str]) -> re.Pattern[str]:
    longest = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest))})\b")


@lru_cache(maxsize=1)
def _data() -> dict[str, dict[str, Any]]:
    data: dict[str, dict[str, Any]] = yaml.safe_load(DATA.read_text("utf-8"))
    return data
