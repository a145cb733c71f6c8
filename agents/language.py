"""Which of the product's languages a text is in."""

from functools import lru_cache

from py3langid import langid

LANGUAGES = ("en", "pt", "es", "de")
DEFAULT = "en"
SURE = 0.8
GREETINGS = {
    "hi": "en", "hello": "en", "hey": "en", "thanks": "en",
    "olá": "pt", "ola": "pt", "oi": "pt", "obrigado": "pt", "obrigada": "pt",
    "hola": "es", "gracias": "es", "hallo": "de", "moin": "de", "servus": "de", "danke": "de",
}  # fmt: skip


def supported(tag: str | None) -> str | None:
    """`pt-BR` is `pt`; a language the product does not speak is None."""
    language = (tag or "").split("-")[0].lower()
    return language if language in LANGUAGES else None


def detect(text: str, known: str | None = None) -> str:
    """The language of a text; `known` (the conversation's) unless the text says otherwise clearly."""
    words = text.lower().split()
    if words and len(words) <= 3 and (greeting := GREETINGS.get(words[0].strip(",.!?¡¿"))):
        return known or greeting
    language, probability = _identifier().classify(text)
    if probability >= SURE and (known is None or len(words) >= 4):
        return str(language)
    return known or DEFAULT


@lru_cache(maxsize=1)
def _identifier() -> langid.LanguageIdentifier:
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier
