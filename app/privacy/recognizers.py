"""Finds personal data of the structured kinds, with Presidio's recognizers where they hold up.

Presidio's own e-mail and URL patterns take seconds on hostile runs of dots; ours are linear. Its
phone recognizer costs 10 ms per KB, so it only runs where enough digits stand together.
"""

import re
from dataclasses import dataclass

from presidio_analyzer import (
    AnalyzerEngine,
    EntityRecognizer,
    Pattern,
    PatternRecognizer,
    RecognizerRegistry,
    RecognizerResult,
)
from presidio_analyzer.nlp_engine import NlpArtifacts, NoOpNlpEngine
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    IbanRecognizer,
    PhoneRecognizer,
)

LANGUAGE = "en"
KINDS = {
    "EMAIL_ADDRESS": "EMAIL",
    "CREDIT_CARD": "CARD",
    "PHONE_NUMBER": "PHONE",
    "IBAN_CODE": "IBAN",
    "VIN": "VIN",
}
REGIONS = ("US", "GB", "DE", "ES", "PT", "BR", "FR")
ENOUGH_DIGITS = re.compile(r"(?:\+|\(?\d)(?:[\s().\-/]{0,3}\d){6,}")
EMAIL = r"(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])"
YEAR = re.compile(r"19\d\d|20\d\d")
VIN = r"(?<![A-Za-z0-9])[A-HJ-NPR-Za-hj-npr-z0-9]{17}(?![A-Za-z0-9])"
VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
VIN_NUMBERS = "12345678123457923456789"
VIN_VALUES = {c: int(n) for c, n in zip(VIN_LETTERS, VIN_NUMBERS, strict=True)}
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data of one kind at `start:end` of the text."""

    kind: str
    start: int
    end: int


class VinRecognizer(PatternRecognizer):
    """17 characters with letters and digits. The check digit decides where it is in force
    (North America and China); elsewhere the shape does."""

    def __init__(self) -> None:
        super().__init__(supported_entity="VIN", patterns=[Pattern("vin", VIN, 0.6)])

    def validate_result(self, pattern_text: str) -> bool | None:
        vin = pattern_text.upper()
        if not (any(c.isdigit() for c in vin) and any(c.isalpha() for c in vin)):
            return False
        if vin[0] in "12345L":
            return vin_check_digit(vin) == vin[8]
        return sum(c.isdigit() for c in vin[-6:]) >= 4


class CarefulPhoneRecognizer(EntityRecognizer):
    """Presidio's phone recognizer, asked only where seven digits stand together."""

    def __init__(self) -> None:
        super().__init__(supported_entities=["PHONE_NUMBER"], supported_language=LANGUAGE)
        self._phones = PhoneRecognizer(supported_regions=REGIONS, leniency=0)

    def load(self) -> None:
        """Nothing to load: the patterns are compiled."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        return [
            RecognizerResult(
                "PHONE_NUMBER", run.start() + phone.start, run.start() + phone.end, phone.score
            )
            for run in ENOUGH_DIGITS.finditer(text)
            if looks_like_phone(run[0])
            for phone in self._phones.analyze(run[0], ["PHONE_NUMBER"])
        ]


def looks_like_phone(run: str) -> bool:
    """Not a price, a span of years, a tyre size or a list of mileages."""
    groups = re.findall(r"\d+", run)
    digits = sum(map(len, groups))
    if digits > 15 or sum(YEAR.fullmatch(group) is not None for group in groups) > 1:
        return False
    if run[0] in "+(":
        return True
    if sum(len(group) >= 5 for group in groups) > 2 or "/" in run:
        return False
    return digits >= 9 or re.fullmatch(r"\d{3,4}[-. ]\d{4}", run) is not None


def vin_check_digit(vin: str) -> str:
    total = sum(
        (int(c) if c.isdigit() else VIN_VALUES[c]) * w
        for c, w in zip(vin, VIN_WEIGHTS, strict=True)
    )
    return "X" if total % 11 == 10 else str(total % 11)


def make_analyzer() -> AnalyzerEngine:
    """An engine with these recognizers only: no language model, no network."""
    registry = RecognizerRegistry(supported_languages=[LANGUAGE])
    email = PatternRecognizer(
        supported_entity="EMAIL_ADDRESS", patterns=[Pattern("email", EMAIL, 0.9)]
    )
    for recognizer in (
        email, VinRecognizer(), CreditCardRecognizer(), IbanRecognizer(), CarefulPhoneRecognizer(),
    ):  # fmt: skip
        registry.add_recognizer(recognizer)
    return AnalyzerEngine(
        registry=registry,
        nlp_engine=NoOpNlpEngine(models=[{"lang_code": LANGUAGE, "model_name": "none"}]),
        supported_languages=[LANGUAGE],
    )


def find(analyzer: AnalyzerEngine, text: str) -> list[Found]:
    """Personal data in order of place, without overlaps: the surer, then the longer one wins."""
    results = analyzer.analyze(text, language=LANGUAGE, entities=list(KINDS), score_threshold=0.3)
    kept: list[RecognizerResult] = []
    for result in sorted(results, key=lambda r: (-r.score, r.start - r.end)):
        if all(result.end <= k.start or result.start >= k.end for k in kept):
            kept.append(result)
    return [
        Found(KINDS[r.entity_type], r.start, r.end) for r in sorted(kept, key=lambda r: r.start)
    ]
