"""A safe, structured diagnosis: codes and symptoms, the next most useful question, a result."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime

from agents.booking_cards import BOOK
from agents.cards import Card, Choice, Fact, Section
from agents.citations import closest_sentence
from agents.dependencies import Dependencies
from agents.diagnosis.answers import answer_in, offered_answers, told_in
from agents.diagnosis.codes import Code, describe, find_codes
from agents.diagnosis.knowledge import Question
from agents.diagnosis.library import UNSURE, library
from agents.diagnosis.reasoning import (
    Findings,
    next_question,
    open_findings,
    open_question,
    symptom_of,
)
from agents.diagnosis.results import DiagnosticResult, conclude, worst
from agents.events import Answered, Citation, Progressed, TextAdded
from agents.prompts import phrase
from agents.specialists.general import fixed_text
from agents.specialists.maintenance import visit_of
from agents.specialists.specs import (
    answer_from_documents,
    find_passages,
    query_in_documents_language,
)
from agents.specialists.vehicles import asked_vehicles
from agents.state import Asked, TurnState, already_cited


async def troubleshoot(state: TurnState, runtime: Runtime[Dependencies]) -> Answered:
    needs, emit, asked = runtime.context, runtime.stream_writer, state["asked"]
    emit(Progressed("diagnosing", phrase("progress_diagnosing", asked.language)))
    findings = await known_findings(asked, needs)
    if findings is None:
        return await from_documents(state, runtime)
    powertrain = (await visit_of(state, needs)).car.powertrain
    if (unclear := open_question(findings)) is not None:
        answer = asking(findings, unclear, state, again=True)
    elif (question := next_question(findings, powertrain)) is not None:
        answer = asking(replace(findings, asked=question.id), question, state)
    else:
        result = conclude(findings, powertrain, asked.language)
        answer = concluding(findings, result, await manual_says(state, needs), state)
    emit(TextAdded(answer.text))
    return answer


async def known_findings(asked: Asked, needs: Dependencies) -> Findings | None:
    """The diagnosis under way with this answer, or a new one; None without code or symptom."""
    codes = find_codes(asked.question)
    found = await needs.symptoms.recognise(asked.question)
    under_way = open_findings(asked.thread)
    if under_way is not None and not codes and not is_another(found, under_way):
        return with_answer(under_way, asked)
    symptom = found[0][0] if found else None
    symptom = symptom or next((describe(code, asked.language).symptom for code in codes), None)
    if symptom is None:
        return None
    return with_told_answers(Findings(symptom, codes), asked)


def is_another(found: Sequence[tuple[str, float]], under_way: Findings) -> bool:
    """The customer has turned to another fault."""
    return bool(found) and found[0][0] != under_way.symptom and found[0][1] >= ANOTHER


def with_answer(under_way: Findings, asked: Asked) -> Findings:
    """An unclear answer is asked for once more; then it counts as "I don't know"."""
    question = open_question(under_way)
    assert question is not None
    said = answer_in(asked.question, question, asked.language)
    if said is None and not asked.thread.get("asked_again"):
        return under_way
    return under_way.answered(said or UNSURE)


def with_told_answers(findings: Findings, asked: Asked) -> Findings:
    """What the first message says already is not asked again."""
    symptom = symptom_of(findings)
    for question in symptom.questions if symptom else ():
        said = told_in(asked.question, question, asked.language)
        if said is not None:
            findings = replace(findings, asked=question.id).answered(said)
    return findings


def asking(
    findings: Findings, question: Question, state: TurnState, again: bool = False
) -> Answered:
    """One question; its answers are offered, and may be said in other words."""
    language, before = state["asked"].language, open_findings(state["asked"].thread)
    is_first = before is None or before.symptom != findings.symptom
    opening = f"{opening_of(findings, language)}\n\n" if is_first else ""
    if again:
        opening = f"{phrase('diagnosis_again', language)} "
    return Answered(
        text=f"{opening}{question.ask.of(language)}",
        agent="troubleshoot",
        language=language,
        follow_ups=offered_answers(question, language),
        model=state["resolved"].model,
        year=state["resolved"].year,
        thread={
            "expects": "diagnosis",
            "service": "diagnosis",
            "findings": findings.to_dict(),
            "asked_again": again,
        },
    )


def opening_of(findings: Findings, language: str) -> str:
    symptom = symptom_of(findings)
    assert symptom is not None
    codes = [describe(code, language) for code in findings.codes]
    started = phrase("diagnosis_begins", language, symptom=symptom.name.of(language))
    if not codes:
        return started
    severity = library().words.severities[worst(code.severity for code in codes)]
    return f"{told_codes(codes)} {severity.of(language)}\n\n{started}"


def told_codes(codes: Sequence[Code]) -> str:
    """Each with its title, as one sentence."""
    return "; ".join(f"**{code.code}**: {code.title.rstrip('.')}" for code in codes) + "."


def concluding(
    findings: Findings, result: DiagnosticResult, says: Citation | None, state: TurnState
) -> Answered:
    """The result in a few words, what the own manual says of it, and the card."""
    language = result.language
    lines = [f"**{result.severity_text}**"]
    if result.safety_warning:
        lines.append(result.safety_warning)
    if findings.codes and not findings.answers:
        lines.append(told_codes([describe(code, language) for code in findings.codes]))
    if result.causes:
        causes = ", ".join(f"{name} ({word})" for name, word in result.causes)
        lines.append(phrase("diagnosis_causes", language, causes=causes))
    if says is not None:
        lines.append(f"{phrase('manual_says', language)}\n\n> {says.highlight} [{says.n}]")
    lines.append(phrase("diagnosis_limits", language))
    reason = "; ".join([*result.symptoms, *findings.codes])
    return Answered(
        text="\n\n".join(lines),
        agent="troubleshoot",
        language=language,
        citations=(says,) if says else (),
        model=state["resolved"].model,
        year=state["resolved"].year,
        cards=(diagnosis_card(result),),
        thread={"service": result.service, "reason": reason[:200], "diagnosis": result.to_dict()},
    )


def diagnosis_card(result: DiagnosticResult) -> Card:
    language = result.language
    sections = {
        "label_causes": tuple(f"{name}: {word}" for name, word in result.causes),
        "label_checks": result.checks,
        "label_actions": result.actions,
        "label_stop_when": result.stop_when,
    }
    facts = [Fact(phrase("label_symptom", language), ", ".join(result.symptoms))]
    facts += [Fact(code, title) for code, title in result.codes]
    facts.append(
        Fact(phrase("label_drivable", language), phrase(f"drivable_{result.drivable}", language))
    )
    return Card(
        kind="diagnosis",
        title=result.severity_text,
        severity=result.severity,
        note=result.safety_warning,
        facts=tuple(fact for fact in facts if fact.value),
        sections=tuple(
            Section(phrase(key, language), items) for key, items in sections.items() if items
        ),
        choices=(
            Choice(f"{BOOK}{result.service}", phrase("choice_book_check", language), "primary"),
        ),
    )


async def manual_says(state: TurnState, needs: Dependencies) -> Citation | None:
    """The sentence of the customer's own manual on the lamp or message, where it has one."""
    resolved, language = state["resolved"], state["asked"].language
    catalogue = await needs.knowledge.catalogue()
    complaint = first_complaint(state)
    search = await query_in_documents_language(complaint, language, catalogue, needs)
    passages = await find_passages(search, asked_vehicles(resolved, catalogue), needs)
    good = [passage for passage in passages if passage.relevance >= GOOD]
    if not good:
        return None
    return Citation(already_cited(state) + 1, good[0], closest_sentence(good[0].text, search))


def first_complaint(state: TurnState) -> str:
    """What the customer said of the fault at first, not the last "yes"."""
    asked = state["asked"]
    if open_findings(asked.thread) is None:
        return state["resolved"].query
    said: Sequence[Any] = [u.text for u in asked.history if u.author == "customer"]
    return max(said[-5:], key=len, default=state["resolved"].query)


ANOTHER = 0.6  # score from which a text speaks of another fault than the one under way
GOOD = 0.55  # relevance from which a passage is about the fault itself


async def from_documents(state: TurnState, runtime: Runtime[Dependencies]) -> Answered:
    """No code and no symptom that the knowledge has: what the documents say, and that it is no
    diagnosis."""
    hint = fixed_text("troubleshoot_hint", state["asked"].language, runtime.context)
    answer = await answer_from_documents(state, runtime, "troubleshoot")
    ending = f"\n\n{hint}"
    runtime.stream_writer(TextAdded(ending))
    return replace(answer, text=answer.text + ending)
