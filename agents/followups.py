"""Reads a question in the light of the conversation: which vehicle, and what "and the 2023?" asks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

YEAR = re.compile(r"\b(19[5-9]\d|20\d\d)\b")
PLACEHOLDER = re.compile(r"<[A-Z_]+_\d+>")
WORD = re.compile(r"[^\W\d_]{2,}", re.UNICODE)
OPENERS = re.compile(
    r"^\s*(and|what about|how about|or|also|same for|"
    r"e|e o|e a|e no|e para|"
    r"y|y el|y la|y para|qué tal|"
    r"und|und beim|und der|und für|wie ist es)\b",
    re.IGNORECASE,
)
EMPTY_WORDS = frozenset(
    ["and", "the", "what", "about", "how", "for", "with", "of", "in", "on", "it", "its", "that", "this", "one", "same", "also", "or", "model", "year", "is", "e", "o", "a", "os", "as", "do", "da", "de", "no", "na", "para", "com", "y", "el", "la", "los", "las", "del", "en", "por", "con", "un", "una", "und", "der", "die", "das", "den", "dem", "beim", "mit", "für", "von", "im", "ein", "eine"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question that stands alone: `query` without placeholders, and the vehicle it is about.

    `named` tells that the text itself named the model or the year; `follow_up` that earlier words
    were taken over.
    """

    query: str
    model: str | None
    year: int | None
    named: bool
    follow_up: bool


def resolve(
    question: str,
    earlier: Sequence[str],
    vehicle: tuple[str | None, int | None],
    vehicles: Mapping[str, Sequence[int]],
) -> Resolved:
    """Complete a question from the customer's `earlier` questions (oldest first).

    `vehicle` is the model and year talked about so far, `vehicles` what the manuals cover.
    """
    text = PLACEHOLDER.sub(" ", question).strip()
    model, year = named_model(text, vehicles), named_year(text)
    named = model is not None or year is not None
    previous = PLACEHOLDER.sub(" ", earlier[-1]) if earlier else ""
    follow_up = bool(previous) and is_follow_up(text, vehicles)
    query = f"{without_vehicle(previous, vehicles)} {text}" if follow_up else text
    kept_model, kept_year = vehicle
    if model is None:
        model = kept_model
    if year is None and model == kept_model:
        year = kept_year
    return Resolved(" ".join(query.split()), model, year, named, follow_up)


def named_model(text: str, vehicles: Mapping[str, Sequence[int]]) -> str | None:
    """The model of the manuals that the text names, however it is spaced or cased; the last one."""
    found = {
        match.start(): model for model in vehicles for match in _model_pattern(model).finditer(text)
    }
    return found[max(found)] if found else None


def named_year(text: str) -> int | None:
    years = YEAR.findall(text)
    return int(years[-1]) if years else None


def is_follow_up(text: str, vehicles: Mapping[str, Sequence[int]]) -> bool:
    """It opens like one, or says nothing of its own beside a vehicle."""
    own = _content_words(without_vehicle(text, vehicles))
    return len(own) == 0 or (len(own) <= 4 and OPENERS.match(text) is not None)


def without_vehicle(text: str, vehicles: Mapping[str, Sequence[int]]) -> str:
    for model in vehicles:
        text = _model_pattern(model).sub(" ", text)
    return " ".join(YEAR.sub(" ", text).split())


def _content_words(text: str) -> list[str]:
    return [word for word in WORD.findall(text.lower()) if word not in EMPTY_WORDS]


def _model_pattern(model: str) -> re.Pattern[str]:
    spaced = r"[\s-]?".join(re.escape(part) for part in re.findall(r"[A-Za-z]+|\d+", model))
    return re.compile(rf"(?<!\w){spaced}(?!\w)", re.IGNORECASE)
