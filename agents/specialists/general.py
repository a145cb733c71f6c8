"""Greetings, and what lies outside the dealer's business."""

from dataclasses import replace

from langgraph.runtime import Runtime

from agents.dependencies import Dependencies
from agents.events import Answered, TextAdded
from agents.going_on import MEANINGS
from agents.prompts import phrase
from agents.state import Asked, TurnState


async def general(state: TurnState, runtime: Runtime[Dependencies]) -> Answered:
    """A fixed text: nothing here needs a model."""
    asked, key = state["asked"], state["route"].route
    answer = Answered(
        text=fixed_text(key, asked.language, runtime.context),
        agent="general",
        language=asked.language,
    )
    if key == "unclear":
        answer = asking_what_is_meant(answer, asked, runtime.context)
    runtime.stream_writer(TextAdded(answer.text))
    return answer


def asking_what_is_meant(answer: Answered, asked: Asked, needs: Dependencies) -> Answered:
    """Once; whoever is not understood twice is offered a person."""
    if asked.thread.get("expects") == "meaning":
        text = fixed_text("unclear_again", asked.language, needs)
        person = phrase("follow_up_person", asked.language)
        return replace(answer, text=text, follow_ups=(person,), trouble="not_understood")
    return replace(
        answer,
        follow_ups=tuple(phrase(key, asked.language) for key in MEANINGS),
        thread={**asked.thread, "expects": "meaning", "unclear": asked.question},
    )


def fixed_text(key: str, language: str, needs: Dependencies) -> str:
    dealer = needs.dealer
    return phrase(
        key, language, dealer=dealer.name, phone=dealer.phone, emergency=dealer.emergency_number
    )
