"""A figure that only the customer has named may be repeated, and never confirmed by that."""

import re
from functools import lru_cache
from pathlib import Path

import yaml

from agents.verification.claims import Failure, claimed_figures
from agents.verification.commitments import same_length_fold
from agents.verification.evidence import Evidence, is_same
from agents.verification.figures import MARK, Figure, figures_in, in_digits

DATA = Path(__file__).with_suffix(".yaml")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
CLAUSE_END = re.compile(r"[.!?;:,](?=\s|$)|\n")


def affirmed_echo(sentence: str, evidence: Evidence, language: str) -> Failure | None:
    """The first figure of a whole sentence that it affirms and that only the customer's question
    has: neither a source nor what the customer tells of themselves."""
    if not evidence.may_echo:
        return None
    said = same_length_fold(MARK.sub(" ", sentence)).strip()
    if said.endswith("?") or _found("opening", said, at_start=True):
        return None
    digits = in_digits(said, language)
    for figure in claimed_figures(said, language):
        if is_echo(figure, evidence) and not is_kept_at_distance(figure, digits):
            named = f"{figure.value.normalize():f} {figure.unit}".strip()
            return Failure("unsupported_number", named)
    return None


def has_echo(text: str, evidence: Evidence, language: str) -> bool:
    if not evidence.may_echo:
        return False
    return any(is_echo(figure, evidence) for figure in claimed_figures(text, language))


def is_echo(figure: Figure, evidence: Evidence) -> bool:
    if evidence.supports(figure) or not evidence.repeats(figure):
        return False
    return not any(is_same(figure, each) for text in evidence.said for each in told(text))


@lru_cache(maxsize=512)
def told(text: str) -> tuple[Figure, ...]:
    """The figures in what customers say of themselves, other than in a yes-no question."""
    sentences = (same_length_fold(each).strip() for each in SENTENCE_END.split(text))
    own = (each for each in sentences if _found("own", each))
    tells = (each for each in own if not each.endswith("?") or _found("asking", each))
    return tuple(figure for each in tells for figure in figures_in(in_digits(each, "en")))


def is_kept_at_distance(figure: Figure, text: str) -> bool:
    """Its clause denies it, or calls it beyond what is allowed."""
    ends = [found.end() for found in CLAUSE_END.finditer(text, 0, figure.start)]
    after = CLAUSE_END.search(text, figure.end)
    start, end = ends[-1] if ends else 0, after.start() if after else len(text)
    return _found("distance", text[start:end]) or _found("beyond", text[figure.end : end])


def _found(kind: str, said: str, at_start: bool = False) -> bool:
    pattern = _patterns()[kind]
    return (pattern.match(said) if at_start else pattern.search(said)) is not None


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    data: dict[str, dict[str, str]] = yaml.safe_load(DATA.read_text("utf-8"))
    return {
        kind: re.compile(rf"(?<![\w'’])(?:{'|'.join(words.values())})(?!\w)")
        for kind, words in data.items()
    }
