"""The shapes of the data files: every text in all four languages, or the file is broken."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["info", "soon", "urgent", "stop"]
Drivable = Literal["yes", "carefully", "no"]
Powertrain = Literal["petrol", "diesel", "electric", "hybrid"]
Service = Literal[
    "diagnosis", "battery", "front_brakes", "rear_brakes", "alignment", "tire_rotation", "coolant",
    "air_conditioning", "basic_service", "brake_fluid", "cabin_filter",
]  # fmt: skip
SEVERITIES: tuple[Severity, ...] = ("info", "soon", "urgent", "stop")
DRIVABLE: tuple[Drivable, ...] = ("yes", "carefully", "no")
LANGUAGES = ("en", "pt", "es", "de")

Line = Annotated[str, Field(min_length=1)]
Weight = Annotated[float, Field(gt=0, le=1)]
Factor = Annotated[float, Field(gt=0, le=20)]


class Read(BaseModel):
    """Part of a data file: frozen, and no key too many."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Texts(Read):
    """One text in every language."""

    en: Line
    pt: Line
    es: Line
    de: Line

    def of(self, language: str) -> str:
        """English where the product does not speak the language."""
        return str(getattr(self, language)) if language in LANGUAGES else self.en


class Phrases(Read):
    """Ways customers say one thing, in every language."""

    en: tuple[Line, ...]
    pt: tuple[Line, ...]
    es: tuple[Line, ...]
    de: tuple[Line, ...]

    def of(self, language: str) -> tuple[str, ...]:
        return tuple(getattr(self, language))


class Cause(Read):
    """What may be broken. `checks`, `actions` and `stop_when` name texts of `advice.yaml`."""

    name: Texts
    severity: Severity
    drivable: Drivable
    checks: tuple[str, ...] = ()
    actions: Annotated[tuple[str, ...], Field(min_length=1)]
    requires_professional: bool
    service: Service | None
    stop_when: str | None = None
    only_for: tuple[Powertrain, ...] = ()


class Answer(Read):
    """One answer to choose. `words` recognise it in free text, separated by commas; `x*` is any
    word that begins with x. `multiplies` says how much likelier it makes a cause. A `safety` answer
    ends the questions; `warning` names a text of `advice.yaml`."""

    id: str
    label: Texts
    words: Texts
    multiplies: dict[str, Factor] = {}
    severity: Severity | None = None
    safety: bool = False
    warning: str | None = None


class Question(Read):
    id: str
    ask: Texts
    answers: Annotated[tuple[Answer, ...], Field(min_length=2)]
    only_for: tuple[Powertrain, ...] = ()

    def answer(self, answer_id: str) -> Answer | None:
        """None for "unsure", which is always possible and changes nothing."""
        return next((each for each in self.answers if each.id == answer_id), None)


class Symptom(Read):
    """What a customer notices: how it is said, what it may come from, what to ask."""

    id: str
    name: Texts
    phrases: Phrases
    causes: dict[str, Weight]
    questions: tuple[Question, ...]

    def question(self, question_id: str) -> Question | None:
        return next((each for each in self.questions if each.id == question_id), None)


class Wording(Read):
    """The fixed words of a result."""

    severities: dict[Severity, Texts]
    warnings: dict[Literal["urgent", "stop"], Texts]
    likelihoods: dict[Literal["very_likely", "likely", "possible", "unlikely"], Texts]
    unsure: Texts
    unsure_words: Texts
    yes_words: Texts
    no_words: Texts
    denials: Texts
    systems: dict[Literal["P", "C", "B", "U"], Texts]
    symptoms_of_systems: dict[Literal["P", "C", "B", "U"], str]
    origins: dict[Literal["manufacturer", "generic"], Texts]
    unknown_code: Texts
