"""What a customer's words answer to a question."""

import re
from functools import lru_cache

from agents.diagnosis.knowledge import Question, Texts
from agents.diagnosis.library import UNSURE, library
from agents.glossary import fold

APOSTROPHES = re.compile(r"['’`´]")
REACH = 3  # words before a phrase in which a denial turns it around


def answer_in(text: str, question: Question, language: str) -> str | None:
    """A label or its words; then plain yes and no; then "don't know". None when it is neither."""
    said = _folded(text)
    for answer in question.answers:
        if said.strip() == _folded(answer.label.of(language)).strip():
            return answer.id
    if _found(library().words.unsure_words, said, language):
        return UNSURE
    if (told := told_in(text, question, language)) is not None:
        return told
    by_id = {answer.id for answer in question.answers}
    for answer_id, words in (("no", library().words.no_words), ("yes", library().words.yes_words)):
        if answer_id in by_id and _begins(words, said, language):
            return answer_id
    return _by_safety(question, said, language)


def offered_answers(question: Question, language: str) -> tuple[str, ...]:
    """The labels a customer may choose from; "I don't know" is always among them."""
    labels = tuple(answer.label.of(language) for answer in question.answers)
    return (*labels[:3], library().words.unsure.of(language))


def _by_safety(question: Question, said: str, language: str) -> str | None:
    """Plain yes to a question about danger is the danger; plain no is the harmless answer."""
    dangers = [answer.id for answer in question.answers if answer.safety]
    harmless = [answer.id for answer in question.answers if not answer.safety]
    if not dangers or len(harmless) != 1:
        return None
    if _begins(library().words.no_words, said, language):
        return harmless[0]
    return dangers[0] if _begins(library().words.yes_words, said, language) else None


def told_in(text: str, question: Question, language: str) -> str | None:
    """The one answer whose own words are in the text; None when it is none, or more than one."""
    said = _folded(text)
    told = [a.id for a in question.answers if _affirmed(a.words, said, language)]
    return told[0] if len(told) == 1 else None


def _affirmed(words: Texts, said: str, language: str) -> bool:
    """Found, and not denied just before."""
    for found in _pattern(words.of(language)).finditer(said):
        before = said[: found.start()].rpartition("|")[2].split()[-REACH:]
        if not set(before) & _denials(language) or set(found[0].split()) & _denials(language):
            return True
    return False


def _found(words: Texts, said: str, language: str) -> bool:
    return _pattern(words.of(language)).search(said) is not None


def _begins(words: Texts, said: str, language: str) -> bool:
    """Yes and no stand at the beginning of an answer."""
    found = _pattern(words.of(language)).search(said)
    return found is not None and len(said[: found.start()].split()) <= 1


@lru_cache(maxsize=1024)
def _pattern(listed: str) -> re.Pattern[str]:
    words = (re.escape(_folded(word).strip()).replace(r"\*", r"\w*") for word in listed.split(","))
    return re.compile(rf"(?<!\w)(?:{'|'.join(word for word in words if word)})(?!\w)")


@lru_cache(maxsize=8)
def _denials(language: str) -> frozenset[str]:
    return frozenset(
        _folded(word).strip() for word in library().words.denials.of(language).split(",")
    )


def _folded(text: str) -> str:
    """Words alone; `|` stands where a comma or a full stop parts them."""
    marked = re.sub(r"[,.;!?]+", " | ", APOSTROPHES.sub("", fold(text)))
    return " ".join(re.sub(r"[^\w*|]+", " ", marked).split()).strip("| ")
