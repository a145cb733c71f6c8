"""Answers from the documents, and only from them: cites, abstains, follows the vehicle named."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import zip_longest

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langgraph.runtime import Runtime

from agents.citations import CitedText
from agents.confidence import Shown, confidence_of
from agents.dependencies import Dependencies, Thinking, ThinkingUnavailable
from agents.events import Agent, Answered, Event, Progressed, TextAdded, Trouble
from agents.glossary import expand
from agents.links import without_foreign_links
from agents.prompts import phrase, render, wording_of
from agents.specialists.answering import Written, stream_answer
from agents.specialists.shared import asked_before, share_of, told_again
from agents.specialists.vehicles import Vehicle, asked_vehicles, names_of, unknown, years_of
from agents.state import Asked, TurnState, Utterance, already_cited
from agents.verification.evidence import Evidence
from agents.verification.gate import ClaimGate
from agents.verification.similarity import share_answered
from agents.verification.verdict import AnswerBlocked, Verdict
from agents.verification.whole import verify
from rag.documents import Catalogue, Passage

PASSAGES = 6
REPAIRS = 1  # attempts after one that was withheld
HISTORY = 6
PRIVATE = (wording_of("specs"),)
LANGUAGE_NAMES = {"en": "English", "pt": "Portuguese", "es": "Spanish", "de": "German"}


async def specs(state: TurnState, runtime: Runtime[Dependencies]) -> Answered:
    return await answer_from_documents(state, runtime, "specs")


async def answer_from_documents(
    state: TurnState, runtime: Runtime[Dependencies], agent: Agent
) -> Answered:
    """Search with the vehicle as filter, stream a cited answer; an empty search is said so."""
    needs, emit = runtime.context, runtime.stream_writer
    resolved, language = state["resolved"], state["asked"].language
    catalogue = await needs.knowledge.catalogue()
    vehicles = asked_vehicles(resolved, catalogue)
    if missing := unknown(vehicles, catalogue):
        return said(emit, unknown_vehicle_text(missing, catalogue, language), agent, state)
    emit(Progressed("searching", searching_text(vehicles, language)))
    if known := await asked_before(state, vehicles, needs):
        return told_again(emit, known)
    search = await query_in_documents_language(resolved.query, language, catalogue, needs)
    passages = await find_passages(search, vehicles, needs)
    if not passages:
        return said(emit, not_found_text(vehicles, needs, language), agent, state, "not_found")
    if len(state["asked"].withheld) > REPAIRS:
        return said(emit, unconfirmed_text(needs, language), agent, state, "withheld")
    emit(Progressed("answering", phrase("progress_answering", language)))
    messages = prompt(state, passages, search, vehicles, needs)
    evidence = evidence_of(state, passages, vehicles, needs)
    cited, gate = CitedText(passages, already_cited(state)), ClaimGate(evidence, language)
    written = await stream_answer(needs.answering, messages, cited, gate, emit)
    begun = time.perf_counter()
    verdict = await verify(
        written.text, written.citations, evidence, language, needs.embedder, needs.judge
    )
    emit(verdict.told(gate.took_ms + (time.perf_counter() - begun) * 1000))
    if verdict.action == "block":
        raise AnswerBlocked(verdict)
    grounds = shown(state, passages, written, verdict).grounds
    return Answered(
        text=written.text,
        agent=agent,
        language=language,
        citations=written.citations,
        follow_ups=follow_ups(vehicles, catalogue, language),
        notice=written.notice,
        confidence=confidence_of(grounds),
        grounds=grounds,
        doubt=verdict.failure_class,
        model=vehicles[-1].model,
        year=resolved.year,
        share=share_of(state, vehicles, written, verdict) if agent == "specs" else None,
    )


async def find_passages(
    search: str, vehicles: Sequence[Vehicle], needs: Dependencies
) -> list[Passage]:
    """The best passages; of several vehicles each gets its share, in turns."""
    share = max(3, PASSAGES // len(vehicles))
    searches = (needs.knowledge.retrieve(search, each.filters, share) for each in vehicles)
    found = await asyncio.gather(*searches)
    in_turns = (passage for row in zip_longest(*found) for passage in row if passage is not None)
    hosts = needs.dealer.hosts
    return [
        replace(each, text=without_foreign_links(each.text, hosts))
        for each in {passage.chunk_id: passage for passage in in_turns}.values()
    ]


def evidence_of(
    state: TurnState, passages: Sequence[Passage], vehicles: Sequence[Vehicle], needs: Dependencies
) -> Evidence:
    """What this answer may claim."""
    asked, dealer = state["asked"], needs.dealer
    own = (dealer.phone, dealer.emergency_number, names_of(vehicles))
    headed = (f"{each.title} {each.heading or ''}, page {each.page or ''}" for each in passages)
    earlier = (u.text for u in history_of(asked) if u.author == "customer")
    sources = (*(each.text for each in passages), *headed, *own)
    said = (asked.question, state["resolved"].query, *earlier)
    return Evidence.of(sources, said, dealer.hosts, PRIVATE)


def shown(
    state: TurnState, passages: Sequence[Passage], written: Written, verdict: Verdict
) -> Shown:
    language = state["asked"].language
    return Shown(
        route=state["route"].certainty,
        relevance=max(each.relevance for each in passages),
        asked=share_answered(state["resolved"].query, language, written.citations),
        verdict=verdict,
        withheld=len(state["asked"].withheld),
    )


def unconfirmed_text(needs: Dependencies, language: str) -> str:
    dealer = needs.dealer
    return phrase("unconfirmed", language, dealer=dealer.name, phone=dealer.phone)


def prompt(
    state: TurnState,
    passages: Sequence[Passage],
    search: str,
    vehicles: Sequence[Vehicle],
    needs: Dependencies,
) -> list[BaseMessage]:
    """The rules, the last messages, and the passages with the question."""
    asked, resolved = state["asked"], state["resolved"]
    rules = render(
        "specs",
        dealer=needs.dealer.name,
        language=LANGUAGE_NAMES[asked.language],
        vehicle=names_of(vehicles),
        withheld=asked.withheld,
    )
    question = render(
        "question",
        passages=passages,
        question=resolved.query if resolved.follow_up else asked.question,
        language=asked.language,
        search=search,
    )
    earlier = [as_message(utterance) for utterance in history_of(asked)]
    return [SystemMessage(rules), *earlier, HumanMessage(question)]


def history_of(asked: Asked) -> Sequence[Utterance]:
    """What is shared with others rests on nothing that was said before."""
    return () if asked.share else asked.history[-HISTORY:]


def as_message(utterance: Utterance) -> BaseMessage:
    if utterance.author == "customer":
        return HumanMessage(utterance.text)
    return AIMessage(utterance.text)


async def query_in_documents_language(
    query: str, language: str, catalogue: Catalogue, needs: Dependencies
) -> str:
    """The manuals' words for the customer's. Without a document in the customer's language the LLM
    translates (one short call); without an LLM the glossary does, word by word."""
    if language != "en" and (language in catalogue.languages or not catalogue.languages):
        return query
    if language != "en" and needs.thinking is not None:
        target = LANGUAGE_NAMES.get(catalogue.languages[0], catalogue.languages[0])
        if translation := await translated(query, target, needs.thinking):
            return translation
    return expand(query, language)


async def translated(query: str, target: str, thinking: Thinking) -> str | None:
    """None when the model cannot be reached: the search then works with the customer's words."""
    messages = [SystemMessage(render("translate", target=target)), HumanMessage(query)]
    try:
        return (await thinking.write(messages, "translate"))[:300] or None
    except ThinkingUnavailable:
        return None


def said(
    emit: Callable[[Event], None],
    text: str,
    agent: Agent,
    state: TurnState,
    trouble: Trouble | None = None,
) -> Answered:
    """A fixed text as the whole answer."""
    emit(TextAdded(text))
    return Answered(
        text=text,
        agent=agent,
        language=state["asked"].language,
        follow_ups=(phrase("follow_up_person", state["asked"].language),),
        model=state["resolved"].model,
        trouble=trouble,
    )


def searching_text(vehicles: Sequence[Vehicle], language: str) -> str:
    models = " / ".join(dict.fromkeys(each.model for each in vehicles if each.model))
    if not models:
        return phrase("progress_searching", language)
    return phrase("progress_searching_model", language, model=models)


def not_found_text(vehicles: Sequence[Vehicle], needs: Dependencies, language: str) -> str:
    vehicle = names_of(vehicles)
    about = f" {phrase('about_vehicle', language, vehicle=vehicle)}" if vehicle else ""
    return phrase(
        "not_in_manuals", language, about=about, dealer=needs.dealer.name, phone=needs.dealer.phone
    )


def unknown_vehicle_text(vehicle: Vehicle, catalogue: Catalogue, language: str) -> str:
    years = sorted(years_of(vehicle.model, catalogue))
    known = ", ".join(f"{vehicle.model} {year}" for year in years)
    return phrase("unknown_vehicle", language, vehicle=vehicle.name, known=known)


def follow_ups(vehicles: Sequence[Vehicle], catalogue: Catalogue, language: str) -> tuple[str, ...]:
    """The same question for the other model years of the one vehicle asked about."""
    if len(vehicles) > 1:
        return ()
    model, year = vehicles[0].model, vehicles[0].year
    others = [other for other in sorted(years_of(model, catalogue)) if other != year]
    return tuple(
        phrase("follow_up_year", language, year=other, model=model) for other in others[-2:]
    )
