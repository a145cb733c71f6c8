"""Several specialists, one answer: what each says, one after the other, and what stays open."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from agents.diagnosis.answers import offered_answers
from agents.diagnosis.reasoning import open_findings, open_question
from agents.events import Answered, Event, TextAdded
from agents.prompts import phrase
from agents.state import Asked

BETWEEN = "\n\n"
Thread = dict[str, Any]


def combined(before: Answered | None, answer: Answered) -> Answered:
    """What the later one leaves open counts; where it leaves nothing, the earlier one's does."""
    if before is None:
        return answer
    return replace(
        answer,
        text=f"{before.text}{BETWEEN}{answer.text}",
        citations=before.citations + answer.citations,
        follow_ups=answer.follow_ups or before.follow_ups,
        notice=answer.notice or before.notice,
        model=answer.model or before.model,
        year=answer.year or before.year,
        cards=before.cards + answer.cards,
        thread=both_threads(before.thread, answer.thread),
        confidence=lower(before.confidence, answer.confidence),
        doubt=before.doubt or answer.doubt,
        trouble=before.trouble or answer.trouble,
        grounds=answer.grounds or before.grounds,
    )


def lower(one: float | None, other: float | None) -> float | None:
    known = [each for each in (one, other) if each is not None]
    return min(known, default=None)


def both_threads(before: Thread | None, after: Thread | None) -> Thread | None:
    if before is None or after is None:
        return after or before
    return {**before, **after, "expects": after.get("expects") or before.get("expects")}


def concluded(asked: Asked, answer: Answered) -> Iterator[Event]:
    """The whole answer; before it, the question a diagnosis still waits with is asked again."""
    findings = open_findings(asked.thread)
    question = open_question(findings) if findings else None
    if question is not None and answer.agent == "specs":
        again = phrase("diagnosis_back", asked.language, question=question.ask.of(asked.language))
        yield TextAdded(f"{BETWEEN}{again}")
        offered = offered_answers(question, asked.language)
        answer = replace(answer, text=f"{answer.text}{BETWEEN}{again}", follow_ups=offered)
    if answer.thread is None and asked.thread.get("expects") == "meaning":
        answer = replace(answer, thread={**asked.thread, "expects": None, "unclear": None})
    yield answer
