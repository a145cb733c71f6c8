"""What is known of a fault, what it may come from, and which question helps most. No I/O."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from agents.diagnosis.codes import describe, families_of
from agents.diagnosis.knowledge import Answer, Question, Symptom
from agents.diagnosis.library import library

MOST_QUESTIONS = 4
UNLISTED = 0.03  # weight of a cause that a trouble code names and the symptom does not
SETTLED = 0.75  # chance of the likeliest cause from which no more is asked
WORTH_ASKING = 0.03  # bits


@dataclass(frozen=True, slots=True)
class Findings:
    """A diagnosis under way: the symptom, trouble codes, answers in order, the open question."""

    symptom: str | None = None
    codes: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    asked: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "symptom": self.symptom,
            "codes": list(self.codes),
            "answers": [list(pair) for pair in self.answers],
            "asked": self.asked,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self | None:
        """None for what no longer fits the knowledge: the diagnosis then begins anew."""
        symptom = library().symptoms.get(str(data.get("symptom")))
        if symptom is None:
            return None
        answers = tuple((str(question), str(answer)) for question, answer in data["answers"])
        if any(symptom.question(question) is None for question, _ in answers):
            return None
        return cls(symptom.id, tuple(data["codes"]), answers, data.get("asked"))

    def answered(self, answer_id: str) -> Self:
        assert self.asked is not None
        return replace(self, answers=(*self.answers, (self.asked, answer_id)), asked=None)


def symptom_of(findings: Findings) -> Symptom | None:
    return library().symptoms.get(findings.symptom or "")


def given_answers(findings: Findings) -> list[Answer]:
    """Those that say something; "unsure" says nothing."""
    symptom = symptom_of(findings)
    pairs = findings.answers if symptom else ()
    found = (symptom.question(q).answer(a) for q, a in pairs)  # type: ignore[union-attr]
    return [answer for answer in found if answer is not None]


def chances(findings: Findings, powertrain: str | None) -> dict[str, float]:
    """Probability of each cause the vehicle can have: weights times what answers and codes say."""
    symptom = symptom_of(findings)
    if symptom is None:
        return {}
    weights = {
        name: float(weight)
        for name, weight in symptom.causes.items()
        if applies(library().causes[name].only_for, powertrain)
    }
    if not weights:
        weights = {name: float(weight) for name, weight in symptom.causes.items()}
    for answer in given_answers(findings):
        for name, factor in answer.multiplies.items():
            if name in weights:
                weights[name] *= factor
    for name, factor in factors_of_codes(findings, powertrain).items():
        weights[name] = weights.get(name, symptom.causes.get(name, UNLISTED)) * factor
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()} if total else {}


def factors_of_codes(findings: Findings, powertrain: str | None) -> dict[str, float]:
    """How much likelier the trouble codes make a cause: the most that one of them says, since
    several codes of one fault are no further evidence."""
    factors: dict[str, float] = {}
    for family in families_of(findings.codes):
        for name in fitting(family.causes, powertrain):
            factors[name] = max(family.causes[name], factors.get(name, 0.0))
    return factors


def fitting(causes: Mapping[str, float], powertrain: str | None) -> list[str]:
    """Those the car can have; all, where it can have none: its codes know the car better."""
    known = library().causes
    return [name for name in causes if applies(known[name].only_for, powertrain)] or [*causes]


def applies(only_for: tuple[str, ...], powertrain: str | None) -> bool:
    """An unknown car is taken for one with an engine, where the symptom allows it."""
    likely = (powertrain,) if powertrain else ("petrol", "diesel")
    return not only_for or any(each in only_for for each in likely)


def next_question(findings: Findings, powertrain: str | None) -> Question | None:
    """The one that is expected to tell most; None when enough is known, or nothing would help."""
    symptom = symptom_of(findings)
    if symptom is None or is_settled(findings, powertrain):
        return None
    asked = {question for question, _ in findings.answers}
    open_questions = [
        question
        for question in symptom.questions
        if question.id not in asked and applies(question.only_for, powertrain)
    ]
    gains = {q.id: information_gain(q, findings, powertrain) for q in open_questions}
    useful = [question for question in open_questions if gains[question.id] >= WORTH_ASKING]
    return max(useful, key=lambda question: gains[question.id], default=None)


def is_settled(findings: Findings, powertrain: str | None) -> bool:
    """Also at once where an answer or a code says that the car must not be driven."""
    if any(describe(code, "en").severity == "stop" for code in findings.codes):
        return True
    if any(answer.safety for answer in given_answers(findings)):
        return True
    if len(findings.answers) >= MOST_QUESTIONS:
        return True
    return max(chances(findings, powertrain).values(), default=1.0) >= SETTLED


def information_gain(question: Question, findings: Findings, powertrain: str | None) -> float:
    """Bits by which an answer is expected to narrow the causes; a safety question counts more."""
    before = chances(findings, powertrain)
    outcomes = []
    for answer in question.answers:
        joint = {name: p * answer.multiplies.get(name, 1.0) for name, p in before.items()}
        outcomes.append((sum(joint.values()), joint))
    total = sum(weight for weight, _ in outcomes)
    after = sum(weight / total * entropy(joint) for weight, joint in outcomes if weight)
    bonus = 1.0 if any(answer.safety for answer in question.answers) else 0.0
    return entropy(before) - after + bonus


def entropy(weights: Mapping[str, float]) -> float:
    """In bits, of weights that need not sum to 1."""
    total = sum(weights.values())
    shares = (weight / total for weight in weights.values() if weight > 0)
    return -sum(share * math.log2(share) for share in shares)


def open_findings(thread: Mapping[str, Any]) -> Findings | None:
    """A diagnosis of this conversation that waits for an answer."""
    stored = thread.get("findings")
    if thread.get("expects") != "diagnosis" or not isinstance(stored, dict):
        return None
    findings = Findings.from_dict(stored)
    return findings if findings and open_question(findings) else None


def open_question(findings: Findings) -> Question | None:
    symptom = symptom_of(findings)
    return symptom.question(findings.asked) if symptom and findings.asked else None
