"""Which specialists answer: rules, then the local classifier, then the LLM when unsure."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import get_args

from langchain_core.messages import HumanMessage, SystemMessage
from langgraph.runtime import Runtime
from langgraph.types import Command
from pydantic import BaseModel, Field

from agents.dependencies import Classifier, Dependencies, Thinking, ThinkingUnavailable
from agents.diagnosis.codes import find_codes
from agents.events import Progressed, Route, Routed
from agents.followups import PLACEHOLDER, Resolved, Vehicles, resolve
from agents.going_on import going_on, in_a_booking, matter_of
from agents.prompts import phrase, render
from agents.state import Asked, Part, TurnState, Update, Utterance
from agents.understanding.parts import SERVED, clauses_of
from rag.steps import Step

SURE = 0.6
ASK_BELOW = 0.5  # certainty below which the customer is asked, once
RULES: tuple[tuple[re.Pattern[str], Route], ...] = (
    (re.compile(r"\b[A-Z]{2}-(?=[A-Z]*\d)[A-Z0-9]{5}\b"), "maintenance"),
    (re.compile(r"\b(page|manual|section|chapter)\b.*\?", re.IGNORECASE), "specs"),
)


class RouteChoice(BaseModel):
    """What the LLM answers when the classifier is unsure."""

    route: Route
    certainty: float = Field(ge=0, le=1)


async def understand(state: TurnState, runtime: Runtime[Dependencies]) -> Command[str]:
    """Complete the question from the conversation, choose its way, and go there."""
    needs, asked = runtime.context, state["asked"]
    runtime.stream_writer(Progressed("routing", phrase("progress_routing", asked.language)))
    catalogue = await needs.knowledge.catalogue()
    vehicles = {each.model: each.years for each in catalogue.models}
    with Step("route") as step:
        first, *later = await parts_of(asked, vehicles, needs)
        step.tell(
            agent=first.route.agent, method=first.route.method,
            certainty=round(first.route.certainty, 4), parts=1 + len(later),
        )  # fmt: skip
    runtime.stream_writer(first.route)
    return Command(goto=first.route.agent, update=beginning(first, later, asked))


def beginning(part: Part, later: Sequence[Part], asked: Asked) -> Update:
    """What the state becomes when this part is to be served."""
    return Update(
        asked=replace(asked, question=part.question, share=None if later else asked.share),
        resolved=part.resolved,
        route=part.route,
        later=tuple(later),
    )


async def parts_of(asked: Asked, vehicles: Vehicles, needs: Dependencies) -> list[Part]:
    """One, or one for each specialist: what is wrong with the car first, bookings last."""
    earlier = [u.text for u in asked.history if u.author == "customer"]
    if (known := going_on(asked)) is not None:
        resolved = resolve(known.question, earlier, (asked.model, asked.year), vehicles)
        return [Part(known.question, resolved, known.route)]

    whole = resolve(asked.question, earlier, (asked.model, asked.year), vehicles)
    parts = list[Part]()
    for clause in await clauses_of(asked.question, partial(quick_route, needs.classifier)):
        resolved = resolve(clause.text, earlier, (whole.model, whole.year), vehicles)
        parts.append(Part(clause.text, resolved, clause.route))
        earlier = [*earlier, clause.text]
    if parts:
        return sorted(parts, key=lambda part: SERVED.index(part.route.route))
    return [Part(asked.question, whole, await route_of_whole(asked, whole, needs))]


async def route_of_whole(asked: Asked, whole: Resolved, needs: Dependencies) -> Routed:
    if in_a_booking(asked):
        return Routed("maintenance", "rule", 1.0)
    route = await choose_route(whole.query, whole.follow_up, asked.history, needs)
    if route.route == "unclear" and (matter := matter_of(asked)) is not None:
        return replace(route, route=matter)
    return route


async def quick_route(classifier: Classifier, text: str) -> Routed:
    """Without a language model; as uncertain as it may be."""
    return by_rule(text) or await by_classifier(text, classifier)


def by_rule(text: str) -> Routed | None:
    """A trouble code, the reference of a booking, a page of the manual decide at once."""
    if find_codes(text):
        return Routed("troubleshoot", "rule", 1.0)
    for pattern, route in RULES:
        if pattern.search(text):
            return Routed(route, "rule", 1.0)
    return None


async def by_classifier(text: str, classifier: Classifier) -> Routed:
    chances = await classifier.probabilities(PLACEHOLDER.sub(" ", text))
    best = max(chances, key=lambda route: chances[route])
    return Routed(_route(best), "classifier", chances[best])


async def choose_route(
    query: str, follow_up: bool, history: Sequence[Utterance], needs: Dependencies
) -> Routed:
    """Where nobody is sure the customer is asked: the route is then `unclear`."""
    if (told := by_rule(query)) is not None:
        return told
    best = await by_classifier(query, needs.classifier)
    if best.certainty >= SURE:
        return best
    if follow_up and (agent := _last_agent(history)) is not None:
        return Routed(agent, "fallback", best.certainty)
    if needs.thinking is not None and (asked := await ask_llm(query, needs.thinking)):
        return asked
    route: Route = best.route if best.certainty >= ASK_BELOW else "unclear"
    return Routed(route, "fallback", best.certainty)


async def ask_llm(query: str, thinking: Thinking) -> Routed | None:
    """The LLM's choice; None when it cannot be reached or answers nonsense."""
    messages = [SystemMessage(render("route")), HumanMessage(query)]
    try:
        choice = await thinking.choose(messages, RouteChoice, "route")
    except ThinkingUnavailable:
        return None
    return Routed(choice.route, "llm", choice.certainty)


def _last_agent(history: Sequence[Utterance]) -> Route | None:
    agents = [u.agent for u in history if u.agent not in (None, "general")]
    return _route(str(agents[-1])) if agents else None


def _route(name: str) -> Route:
    assert name in get_args(Route)
    return name  # type: ignore[return-value]
