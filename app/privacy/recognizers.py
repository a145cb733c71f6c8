"""All recognizers together: what each finds, put in order, overlaps joined.

Presidio's recognizer of cards holds up and is used. Its e-mail, URL and phone patterns take seconds
on hostile texts, and its plates and licences mask words: ours are linear, and ask for a word beside
a value whose shape is not enough.
"""

import time
from collections.abc import Iterator, Sequence

from presidio_analyzer import PatternRecognizer
from presidio_analyzer.predefined_recognizers import CreditCardRecognizer

from app.privacy.addresses import find_addresses
from app.privacy.found import Found, Recognizer
from app.privacy.ibans import find_ibans
from app.privacy.kinds import SHAPES
from app.privacy.logins import find_logins
from app.privacy.names import find_names
from app.privacy.phones import find_phones
from app.privacy.shapes import HAS_FIGURES, WORD


def from_presidio(kind: str, recognizer: PatternRecognizer) -> Recognizer:
    """One of Presidio's, called without its engine, which wants a language model."""

    def find_it(text: str) -> Iterator[Found]:
        for result in recognizer.analyze(text, recognizer.supported_entities):
            yield Found(kind, result.start, result.end, result.score)

    return find_it


def find_shapes(text: str) -> Iterator[Found]:
    said = frozenset(WORD.findall(text.lower()))
    for shape in SHAPES:
        yield from shape(text, said)


FIGURES: tuple[Recognizer, ...] = (
    find_shapes,
    find_ibans,
    find_phones,
    from_presidio("CARD", CreditCardRecognizer()),
    find_addresses,
)


def find(
    text: str, further: Sequence[Recognizer] = (), seconds: float = float("inf")
) -> list[Found]:
    """Personal data in order of place, without overlaps. Raises TimeoutError."""
    ends = time.monotonic() + seconds
    found: list[Found] = []
    figures = FIGURES if HAS_FIGURES.search(text) else ()
    for recognizer in (*figures, find_names, find_logins, *further):
        found += recognizer(text)
        if time.monotonic() > ends:
            raise TimeoutError("recognizers took too long")
    return joined(found)


def joined(found: Sequence[Found]) -> list[Found]:
    """Where some overlap, all that they cover is one, of the surest's kind."""
    apart: list[Found] = []
    for each in sorted(found, key=lambda f: (f.start, -f.end)):
        if apart and each.start < apart[-1].end:
            last = apart.pop()
            surer = max(last, each, key=lambda f: (f.sureness, f.end - f.start))
            end = max(last.end, each.end)
            each = Found(surer.kind, last.start, end, surer.sureness)
        apart.append(each)
    return apart
