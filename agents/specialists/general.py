"""Greetings, what lies outside the dealer's business, and specialists that cannot act yet."""

from collections.abc import Callable
from dataclasses import replace

from langgraph.runtime import Runtime

from agents.dependencies import Dependencies
from agents.events import Agent, Answered, Event, TextAdded
from agents.prompts import phrase
from agents.specialists.specs import answer_from_documents
from agents.state import TurnState


async def general(state: TurnState, runtime: Runtime[Dependencies]) -> TurnState:
    """A fixed text: nothing here needs a model."""
    return {**state, "answer": fixed(state["route"].route, "general", state, runtime)}


async def maintenance(state: TurnState, runtime: Runtime[Dependencies]) -> TurnState:
    """Honest about what it cannot do: no calendar is connected."""
    return {**state, "answer": fixed("maintenance", "maintenance", state, runtime)}


async def troubleshoot(state: TurnState, runtime: Runtime[Dependencies]) -> TurnState:
    """What the documents say about the symptom, and that it is no diagnosis."""
    hint = fixed_text("troubleshoot_hint", state["language"], runtime.context)
    answer = await answer_from_documents(state, runtime, "troubleshoot")
    ending = f"\n\n{hint}"
    runtime.stream_writer(TextAdded(ending))
    return {**state, "answer": with_ending(answer, ending)}


def with_ending(answer: Answered, ending: str) -> Answered:
    return replace(answer, text=answer.text + ending)


def fixed(key: str, agent: Agent, state: TurnState, runtime: Runtime[Dependencies]) -> Answered:
    text = fixed_text(key, state["language"], runtime.context)
    emit: Callable[[Event], None] = runtime.stream_writer
    emit(TextAdded(text))
    return Answered(text=text, agent=agent, language=state["language"])


def fixed_text(key: str, language: str, needs: Dependencies) -> str:
    dealer = needs.dealer
    return phrase(
        key, language, dealer=dealer.name, phone=dealer.phone, emergency=dealer.emergency_number
    )
