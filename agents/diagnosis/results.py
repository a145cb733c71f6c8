"""The result of a diagnosis: what it may be, how bad it is, what to do. Facts, no promise."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from agents.diagnosis.code_library import Family
from agents.diagnosis.codes import describe, families_of
from agents.diagnosis.knowledge import DRIVABLE, SEVERITIES, Cause, Drivable, Severity
from agents.diagnosis.library import library
from agents.diagnosis.reasoning import Findings, chances, given_answers, symptom_of

MOST_CAUSES = 4
WORTH_TELLING = 0.08
DRIVABLE_AT: dict[Severity, Drivable] = {
    "info": "yes", "soon": "yes", "urgent": "carefully", "stop": "no",
}  # fmt: skip
COUNTS = 0.25  # chance from which a cause's own severity counts
LIKELIHOODS = ((0.6, "very_likely"), (0.3, "likely"), (0.12, "possible"), (0.0, "unlikely"))


@dataclass(frozen=True, slots=True)
class DiagnosticResult:
    """Texts are in `language`. Severity is the worst of a safety answer, the codes, and every
    cause with a chance of a quarter or more; `drivable` never promises more than it. Checks that a
    code asks for come first."""

    symptoms: tuple[str, ...]
    codes: tuple[tuple[str, str], ...]
    causes: tuple[tuple[str, str], ...]
    checks: tuple[str, ...]
    actions: tuple[str, ...]
    severity: Severity
    severity_text: str
    drivable: Drivable
    stop_when: tuple[str, ...]
    requires_professional: bool
    safety_warning: str | None
    service: str
    language: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def conclude(findings: Findings, powertrain: str | None, language: str) -> DiagnosticResult:
    known, symptom = library(), symptom_of(findings)
    ranked = sorted(chances(findings, powertrain).items(), key=lambda pair: -pair[1])
    told = [(name, chance) for name, chance in ranked[:MOST_CAUSES] if chance >= WORTH_TELLING]
    causes = [known.causes[name] for name, _ in told]
    answers = given_answers(findings)
    heavy = [known.causes[name] for name, chance in told if chance >= COUNTS]
    codes = [describe(code, language) for code in findings.codes]
    severity = worst(
        [*(a.severity for a in answers if a.severity), *(c.severity for c in heavy),
         *(c.severity for c in codes)]
    )  # fmt: skip
    told_by: list[Family | Cause] = [
        *families_of(findings.codes),
        *causes,
    ]  # what a code says comes first
    warnings = known.told((a.warning for a in answers if a.warning), language)
    return DiagnosticResult(
        symptoms=(symptom.name.of(language),) if symptom else (),
        codes=tuple((code.code, code.title) for code in codes),
        causes=tuple((known.causes[n].name.of(language), likelihood(c, language)) for n, c in told),
        checks=tuple(known.told((c for by in told_by for c in by.checks), language)[:4]),
        actions=tuple(known.told((a for cause in causes for a in cause.actions), language)[:4]),
        severity=severity,
        severity_text=known.words.severities[severity].of(language),
        drivable=least_drivable([DRIVABLE_AT[severity], *(c.drivable for c in heavy)]),
        stop_when=tuple(known.told((b.stop_when for b in told_by if b.stop_when), language)[:2]),
        requires_professional=any(cause.requires_professional for cause in causes) or bool(codes),
        safety_warning=" ".join(warnings) or warning_of(severity, language),
        service=next((cause.service for cause in causes if cause.service), "diagnosis"),
        language=language,
    )


def worst(severities: Iterable[Severity]) -> Severity:
    return max(severities, key=SEVERITIES.index, default="info")


def least_drivable(all_of: Iterable[Drivable]) -> Drivable:
    return max(all_of, key=DRIVABLE.index, default="yes")


def likelihood(chance: float, language: str) -> str:
    key = next(word for least, word in LIKELIHOODS if chance >= least)
    return library().words.likelihoods[key].of(language)  # type: ignore[index]


def warning_of(severity: Severity, language: str) -> str | None:
    if severity == "urgent" or severity == "stop":
        return library().words.warnings[severity].of(language)
    return None
