"""Greetings, and what lies outside the dealer's business."""

from langgraph.runtime import Runtime

from agents.dependencies import Dependencies
from agents.events import Agent, Answered, TextAdded
from agents.prompts import phrase
from agents.state import TurnState, Update


async def general(state: TurnState, runtime: Runtime[Dependencies]) -> Update:
    """A fixed text: nothing here needs a model."""
    return fixed(state["route"].route, "general", state, runtime)


def fixed(key: str, agent: Agent, state: TurnState, runtime: Runtime[Dependencies]) -> Update:
    """A fixed text as the whole answer."""
    language = state["asked"].language
    text = fixed_text(key, language, runtime.context)
    answer = Answered(text=text, agent=agent, language=language)
    runtime.stream_writer(TextAdded(text))
    runtime.stream_writer(answer)
    return {"answer": answer}


def fixed_text(key: str, language: str, needs: Dependencies) -> str:
    dealer = needs.dealer
    return phrase(
        key, language, dealer=dealer.name, phone=dealer.phone, emergency=dealer.emergency_number
    )
