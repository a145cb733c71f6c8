"""Which specialist answers: rules, then the local classifier, then the LLM when unsure."""

import re
from collections.abc import Sequence
from datetime import date
from typing import get_args

from langchain_core.messages import HumanMessage, SystemMessage
from langgraph.runtime import Runtime
from langgraph.types import Command
from pydantic import BaseModel, Field

from agents.dependencies import Dependencies, Thinking, ThinkingUnavailable
from agents.diagnosis.answers import answer_in
from agents.diagnosis.reasoning import open_findings, open_question
from agents.events import Progressed, Route, Routed
from agents.followups import PLACEHOLDER, resolve
from agents.prompts import phrase, render
from agents.state import Asked, TurnState, Update, Utterance
from agents.understanding.dates import read_dates

SURE = 0.6
FEW_WORDS = 3
SHORT = 80  # characters; longer texts say more than when
RULES: tuple[tuple[re.Pattern[str], Route], ...] = (
    (re.compile(r"\b[PBCU][0-3][0-9A-F]{3}\b"), "troubleshoot"),
    (re.compile(r"\b(page|manual|section|chapter)\b.*\?", re.IGNORECASE), "specs"),
)


class RouteChoice(BaseModel):
    """What the LLM answers when the classifier is unsure."""

    route: Route
    certainty: float = Field(ge=0, le=1)


async def understand(state: TurnState, runtime: Runtime[Dependencies]) -> Command[str]:
    """Complete the question from the conversation, choose its route, and go there."""
    needs, asked = runtime.context, state["asked"]
    runtime.stream_writer(Progressed("routing", phrase("progress_routing", asked.language)))
    catalogue = await needs.knowledge.catalogue()
    vehicles = {each.model: each.years for each in catalogue.models}
    earlier = [u.text for u in asked.history if u.author == "customer"]
    resolved = resolve(asked.question, earlier, (asked.model, asked.year), vehicles)
    route = going_on(asked) or await choose_route(
        resolved.query, resolved.follow_up, asked.history, needs
    )
    runtime.stream_writer(route)
    return Command(goto=route.agent, update=Update(resolved=resolved, route=route))


def going_on(asked: Asked) -> Routed | None:
    """A button, an address that was asked for, or a day while a booking is talked about."""
    expects, wish = asked.thread.get("expects"), asked.thread.get("wish")
    if asked.picked is not None:
        return Routed("maintenance", "rule", 1.0)
    if expects == "diagnosis" and is_answer(asked):
        return Routed("troubleshoot", "rule", 1.0)
    if expects in ("contact", "code") and PLACEHOLDER.search(asked.question):
        return Routed("maintenance", "rule", 1.0)
    in_a_booking = wish in ("book", "move") or asked.open_action is not None
    if in_a_booking and len(asked.question) < SHORT:
        said = read_dates(asked.question, date.today(), asked.language)
        if said.says_something:
            return Routed("maintenance", "rule", 1.0)
    return None


def is_answer(asked: Asked) -> bool:
    """To the question a diagnosis has just asked; a word or two are hardly anything else."""
    findings = open_findings(asked.thread)
    question = open_question(findings) if findings else None
    if question is None:
        return False
    few = len(asked.question.split()) <= FEW_WORDS and "?" not in asked.question
    return few or answer_in(asked.question, question, asked.language) is not None


async def choose_route(
    query: str, follow_up: bool, history: Sequence[Utterance], needs: Dependencies
) -> Routed:
    for pattern, route in RULES:
        if pattern.search(query):
            return Routed(route, "rule", 1.0)
    chances = await needs.classifier.probabilities(PLACEHOLDER.sub(" ", query))
    best = max(chances, key=lambda route: chances[route])
    if chances[best] >= SURE:
        return Routed(_route(best), "classifier", chances[best])
    if follow_up and (agent := _last_agent(history)) is not None:
        return Routed(agent, "fallback", chances[agent])
    if needs.thinking is not None and (asked := await ask_llm(query, needs.thinking)):
        return asked
    return Routed(_route(best), "fallback", chances[best])


async def ask_llm(query: str, thinking: Thinking) -> Routed | None:
    """The LLM's choice; None when it cannot be reached or answers nonsense."""
    messages = [SystemMessage(render("route")), HumanMessage(query)]
    try:
        choice = await thinking.choose(messages, RouteChoice)
    except ThinkingUnavailable:
        return None
    return Routed(choice.route, "llm", choice.certainty)


def _last_agent(history: Sequence[Utterance]) -> Route | None:
    agents = [u.agent for u in history if u.agent not in (None, "general")]
    return _route(str(agents[-1])) if agents else None


def _route(name: str) -> Route:
    assert name in get_args(Route)
    return name  # type: ignore[return-value]
