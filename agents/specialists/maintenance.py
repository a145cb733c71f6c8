"""Bookings, prices and history from the workshop's calendar, by tools. Nothing is done without a
yes to a card."""

import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.runtime import Runtime

from agents.cards import Card
from agents.dealership import Car, DealershipUnavailable, Service
from agents.dependencies import Acted, Dependencies, Situation, ToolCall
from agents.events import Answered, Event, Progressed, TextAdded
from agents.prompts import phrase, render, wording_of
from agents.specialists.specs import HISTORY, LANGUAGE_NAMES, as_message
from agents.state import Asked, TurnState
from agents.tools.desk import Desk, Result, Visit
from agents.tools.toolbox import InvalidCall, run_tool
from agents.verification.claims import unsupported_in
from agents.verification.evidence import Evidence
from agents.verification.verdict import NOTHING_FOUND, Verdict, judged
from rag.steps import Step

ROUNDS = 5
EARLIER = 4  # utterances in which a service may have been named
REPAIRS = 1
PRIVATE = (wording_of("maintenance"),)
ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ]?")


async def maintenance(state: TurnState, runtime: Runtime[Dependencies]) -> Answered:
    needs, emit = runtime.context, runtime.stream_writer
    language = state["asked"].language
    emit(Progressed("calendar", phrase("progress_calendar", language)))
    try:
        answer = await act(state, needs, emit)
    except DealershipUnavailable:
        dealer = needs.dealer
        text = phrase("calendar_unavailable", language, dealer=dealer.name, phone=dealer.phone)
        answer = Answered(text=text, agent="maintenance", language=language, trouble="calendar")
    emit(TextAdded(answer.text))
    return answer


async def act(state: TurnState, needs: Dependencies, emit: Callable[[Event], None]) -> Answered:
    """The model calls tools until it has said its last word. Raises DealershipUnavailable."""
    services = await needs.dealership.services()
    visit = await visit_of(state, needs)
    desk = Desk(needs.dealership, services, visit)
    messages, results, repairs = prompt(state, needs, services, visit), list[Result](), 0
    for _ in range(ROUNDS):
        acted = await needs.acting.act(messages, situation_of(state, services, visit, results))
        if not acted.calls:
            return answered(acted, results, state, needs, emit)
        messages.append(as_tool_calls(acted))
        for call in acted.calls:
            try:
                result = await run_tool(desk, call.name, call.arguments)
            except InvalidCall as wrong:
                repairs += 1
                messages.append(ToolMessage(f"Refused: {wrong}", tool_call_id=call.id))
            else:
                results.append(result)
                messages.append(ToolMessage(result.for_model(), tool_call_id=call.id))
        if repairs > REPAIRS:
            break
    return unfinished(results, state)


def answered(
    acted: Acted,
    results: Sequence[Result],
    state: TurnState,
    needs: Dependencies,
    emit: Callable[[Event], None],
) -> Answered:
    """The model's words; where it has none, or claims what no tool has said, those of the tools."""
    asked = state["asked"]
    said = "\n\n".join(result.say for result in results)
    text = acted.text or said
    if acted.text and verified(acted.text, results, asked, needs, emit).action == "block":
        text = said
    return with_results(
        text or phrase("workshop_help", asked.language), results, state, acted.notice
    )


def verified(
    text: str,
    results: Sequence[Result],
    asked: Asked,
    needs: Dependencies,
    emit: Callable[[Event], None],
) -> Verdict:
    """Figures and promises of the model must stand in what the tools of this turn have found."""
    begun = time.perf_counter()
    with Step("verify") as step:
        evidence = evidence_of(results, asked, needs)
        unsupported = unsupported_in(text, evidence, asked.language)
        verdict = judged(unsupported, 1, "rules", 0.0) if unsupported else NOTHING_FOUND
        step.tell(action=verdict.action, tier=verdict.tier, failure=verdict.failure_class)
    emit(verdict.told((time.perf_counter() - begun) * 1000))
    return verdict


def evidence_of(results: Sequence[Result], asked: Asked, needs: Dependencies) -> Evidence:
    found = [each for result in results for each in (result.say, plain(result.for_model()))]
    shown = [text for result in results for card in result.cards for text in card.texts]
    open_card = plain(str(asked.open_action.details)) if asked.open_action else ""
    own = (needs.dealer.phone, needs.dealer.emergency_number, open_card)
    earlier = [utterance.text for utterance in asked.history[-HISTORY:]]
    said = (asked.question, *earlier)
    return Evidence.of((*found, *shown, *own), said, needs.dealer.hosts, PRIVATE)


def plain(data: str) -> str:
    """ISO dates taken apart, so that their figures stand alone."""
    return ISO.sub(r"\1 \2 \3 ", data)


def unfinished(results: Sequence[Result], state: TurnState) -> Answered:
    """The model went on asking for nonsense: what is known, or an honest question."""
    said = "\n\n".join(result.say for result in results)
    text = said or phrase("workshop_help", state["asked"].language)
    return with_results(text, results, state, None)


def with_results(text: str, results: Sequence[Result], state: TurnState, notice: Any) -> Answered:
    """Cards of the same kind: the last one counts. Threads add up over what was known before."""
    asked = state["asked"]
    cards: dict[str, Card] = {card.kind: card for result in results for card in result.cards}
    thread: dict[str, Any] = {**asked.thread, "expects": None}
    for result in results:
        thread |= result.thread
    if thread.get("expects") == "contact" and "wish" not in thread:
        thread["wish"] = asked.question
    return Answered(
        text=text,
        agent="maintenance",
        language=asked.language,
        notice=notice,
        model=state["resolved"].model,
        year=state["resolved"].year,
        cards=tuple(cards.values()),
        thread=thread,
        code_to=next((result.code_to for result in results if result.code_to), None),
    )


async def visit_of(state: TurnState, needs: Dependencies) -> Visit:
    """The customer's own car where there is one that fits what was said."""
    asked, resolved = state["asked"], state["resolved"]
    now = datetime.now(needs.dealership.zone)
    named = Car(resolved.model or asked.model, resolved.year or asked.year)
    car = named
    if asked.customer_id is not None:
        car = own_car(await needs.dealership.cars(asked.customer_id), named)
    return Visit(
        asked.language,
        now,
        asked.customer_id,
        car,
        needs.dealer,
        str(asked.thread.get("reason") or ""),
        asked.may_send_code,
    )


def own_car(cars: Sequence[Car], named: Car) -> Car:
    fitting = [
        car for car in cars if named.model in (None, car.model) and named.year in (None, car.year)
    ]
    return fitting[0] if len(fitting) == 1 else named


def situation_of(
    state: TurnState, services: Sequence[Service], visit: Visit, results: Sequence[Result]
) -> Situation:
    asked = state["asked"]
    start = asked.open_action.details["start"] if asked.open_action else asked.thread.get("start")
    return Situation(
        question=asked.question,
        language=asked.language,
        now=visit.now,
        services=services,
        thread=asked.thread,
        earlier=tuple(u.text for u in asked.history[-EARLIER:] if u.author == "customer"),
        picked=asked.picked,
        open_start=datetime.fromisoformat(start) if isinstance(start, str) else start,
        said=tuple(result.say for result in results),
    )


def prompt(
    state: TurnState, needs: Dependencies, services: Sequence[Service], visit: Visit
) -> list[BaseMessage]:
    asked, car = state["asked"], visit.car
    rules = render(
        "maintenance",
        dealer=needs.dealer.name,
        language=LANGUAGE_NAMES[asked.language],
        now=visit.now.strftime("%A, %Y-%m-%d %H:%M"),
        place=needs.dealership.place,
        vehicle=" ".join(str(part) for part in (car.model, car.year) if part),
        known=asked.customer_id is not None,
        open_action=asked.open_action and f"{asked.open_action.kind} {asked.open_action.details}",
        services=services,
    )
    earlier = [as_message(utterance) for utterance in asked.history[-HISTORY:]]
    said = asked.question or f"(pressed the button {asked.picked})"
    return [SystemMessage(rules), *earlier, HumanMessage(said)]


def as_tool_calls(acted: Acted) -> AIMessage:
    return AIMessage(acted.text, tool_calls=[as_tool_call(call) for call in acted.calls])


def as_tool_call(call: ToolCall) -> Any:
    return {"name": call.name, "args": dict(call.arguments), "id": call.id, "type": "tool_call"}
