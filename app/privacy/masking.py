"""The door: personal data is found before a message is stored, or the message is refused."""

import asyncio
import re
from collections.abc import Iterator, Sequence

import structlog

from app.errors import ConfigurationError, Unavailable
from app.observability.metrics import MASKED, MASKING_FAILED
from app.privacy.found import Found, Recognizer
from app.privacy.recognizers import find

LONG = 800  # characters; from here on another thread looks
SECONDS = 2.0
SHORTEST_KNOWN = 3
log = structlog.get_logger()


class MaskingFailed(Unavailable):
    """We could not check this message for personal data, so it was not stored. Please try again."""


class Masker:
    """Finds personal data. Off the event loop for long texts. Fails closed."""

    def __init__(self, enabled: bool = True, nlp_model: str = "", seconds: float = SECONDS) -> None:
        self._enabled, self._seconds = enabled, seconds
        self._further: tuple[Recognizer, ...] = ()
        if enabled and nlp_model:
            self._further = (names_by_model(nlp_model),)

    async def find(self, text: str, known: Sequence[str] = ()) -> list[Found]:
        """Where personal data stands, `known` values of the customer among it.

        Raises MaskingFailed, whatever went wrong, and when it takes too long.
        """
        if not self._enabled or not text:
            return []
        found = await self._looked(text, known)
        for each in found:
            MASKED.labels(entity=each.kind).inc()
        return found

    async def _looked(self, text: str, known: Sequence[str]) -> list[Found]:
        further = (*self._further, *([known_values(known)] if known else ()))
        try:
            if len(text) > LONG or self._further:
                looking = asyncio.to_thread(find, text, further, self._seconds)
                return await asyncio.wait_for(looking, self._seconds)
            return find(text, further, self._seconds)
        except Exception as failed:  # noqa: BLE001  the edge: what cannot be checked is not stored
            log.error("masking_failed", kind=type(failed).__name__)
        MASKING_FAILED.inc()
        raise MaskingFailed


def masked_for_good(text: str, found: Sequence[Found]) -> str:
    """`text` with placeholders whose values nobody keeps; the same value is the same one."""
    numbers: dict[str, dict[str, int]] = {}
    masked, end = [], 0
    for each in found:
        known = numbers.setdefault(each.kind, {})
        number = known.setdefault(text[each.start : each.end], len(known) + 1)
        masked += [text[end : each.start], f"<{each.kind}_{number}>"]
        end = each.end
    return "".join([*masked, text[end:]])


def known_values(known: Sequence[str]) -> Recognizer:
    """Exactly these, in any case of letters: what the account says of the customer."""
    values = sorted((v.strip() for v in known if len(v.strip()) >= SHORTEST_KNOWN), key=len)
    pattern = re.compile(
        "|".join(rf"(?<!\w){re.escape(v)}(?!\w)" for v in reversed(values)) or "(?!)", re.IGNORECASE
    )

    def find_known(text: str) -> Iterator[Found]:
        for match in pattern.finditer(text):
            yield Found("EMAIL" if "@" in match[0] else "PERSON", *match.span())

    return find_known


def names_by_model(name: str) -> Recognizer:
    """Names a spaCy model hears. Raises ConfigurationError where it is not installed."""
    import spacy  # half a second, for those who ask for it

    try:
        model = spacy.load(name)
    except (OSError, ImportError) as missing:
        raise ConfigurationError(f"PII_NLP_MODEL {name} is not installed.") from missing

    def find_names(text: str) -> Iterator[Found]:
        for entity in model(text).ents:
            if entity.label_ in ("PERSON", "PER"):
                yield Found("PERSON", entity.start_char, entity.end_char, 0.55)

    return find_names
