"""Answers from the documents, and only from them: cites, abstains, follows the vehicle named."""

from collections.abc import Callable, Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langgraph.runtime import Runtime

from agents.dependencies import Dependencies
from agents.events import Agent, Answered, Event, Progressed, TextAdded
from agents.followups import Resolved
from agents.glossary import expand
from agents.prompts import phrase, render
from agents.specialists.answering import stream_answer
from agents.state import TurnState, Update, Utterance
from rag.documents import Catalogue, Filters, Passage

PASSAGES = 6
HISTORY = 6
LANGUAGE_NAMES = {"en": "English", "pt": "Portuguese", "es": "Spanish", "de": "German"}


async def specs(state: TurnState, runtime: Runtime[Dependencies]) -> Update:
    answer = await answer_from_documents(state, runtime, "specs")
    runtime.stream_writer(answer)
    return {"answer": answer}


async def answer_from_documents(
    state: TurnState, runtime: Runtime[Dependencies], agent: Agent
) -> Answered:
    """Search with the vehicle as filter, stream a cited answer; an empty search is said so."""
    needs, emit = runtime.context, runtime.stream_writer
    resolved, language = state["resolved"], state["asked"].language
    catalogue = await needs.knowledge.catalogue()
    model, year = chosen_vehicle(resolved, catalogue)
    if unknown_year(model, year, catalogue):
        return said(emit, unknown_vehicle_text(model, year, catalogue, language), agent, state)
    emit(Progressed("searching", searching_text(model, language)))
    query = await query_in_documents_language(resolved.query, language, catalogue, needs)
    passages = await needs.knowledge.retrieve(query, Filters(model=model, year=year), PASSAGES)
    if not passages:
        return said(emit, not_found_text(model, year, needs, language), agent, state)
    emit(Progressed("answering", phrase("progress_answering", language)))
    messages = prompt(state, passages, query, model, year, needs)
    written = await stream_answer(needs.chat_model, messages, passages, emit)
    return Answered(
        text=written.text,
        agent=agent,
        language=language,
        citations=written.citations,
        follow_ups=follow_ups(model, year, catalogue, language),
        notice=written.notice,
        model=model,
        year=year if resolved.year is not None else None,
    )


def chosen_vehicle(resolved: Resolved, catalogue: Catalogue) -> tuple[str | None, int | None]:
    """The vehicle asked about; a model without a year means its newest one."""
    years = years_of(resolved.model, catalogue)
    if resolved.model is None or resolved.year is not None or not years:
        return resolved.model, resolved.year
    return resolved.model, max(years)


def years_of(model: str | None, catalogue: Catalogue) -> tuple[int, ...]:
    return next((each.years for each in catalogue.models if each.model == model), ())


def unknown_year(model: str | None, year: int | None, catalogue: Catalogue) -> bool:
    years = years_of(model, catalogue)
    return bool(years) and year is not None and year not in years


def prompt(
    state: TurnState,
    passages: Sequence[Passage],
    query: str,
    model: str | None,
    year: int | None,
    needs: Dependencies,
) -> list[BaseMessage]:
    vehicle = vehicle_name(model, year)
    rules = render(
        "specs",
        dealer=needs.dealer.name,
        language=LANGUAGE_NAMES[state["asked"].language],
        vehicle=vehicle,
    )
    question = render(
        "question",
        passages=passages,
        question=state["asked"].question if not state["resolved"].follow_up else query,
        language=state["asked"].language,
        model=model,
        year=year,
    )
    earlier = [_as_message(utterance) for utterance in state["asked"].history[-HISTORY:]]
    return [SystemMessage(rules), *earlier, HumanMessage(question)]


def _as_message(utterance: Utterance) -> BaseMessage:
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
    if language != "en" and needs.thinking_model is not None:
        target = LANGUAGE_NAMES.get(catalogue.languages[0], catalogue.languages[0])
        if translation := await translated(query, target, needs.thinking_model):
            return translation
    return expand(query, language)


async def translated(query: str, target: str, model: BaseChatModel) -> str | None:
    """None when the model cannot be reached: the search then works with the customer's words."""
    try:
        reply = await model.ainvoke(
            [SystemMessage(render("translate", target=target)), HumanMessage(query)]
        )
    except (OSError, ValueError, RuntimeError):
        return None
    return reply.text.strip()[:300] or None


def said(emit: Callable[[Event], None], text: str, agent: Agent, state: TurnState) -> Answered:
    """A fixed text as the whole answer."""
    emit(TextAdded(text))
    return Answered(
        text=text,
        agent=agent,
        language=state["asked"].language,
        follow_ups=(phrase("follow_up_person", state["asked"].language),),
        model=state["resolved"].model,
    )


def searching_text(model: str | None, language: str) -> str:
    if model is None:
        return phrase("progress_searching", language)
    return phrase("progress_searching_model", language, model=model)


def not_found_text(model: str | None, year: int | None, needs: Dependencies, language: str) -> str:
    vehicle = vehicle_name(model, year)
    about = phrase("about_vehicle", language, vehicle=vehicle) if vehicle else ""
    about = f" {about}" if about else ""
    return phrase(
        "not_in_manuals", language, about=about, dealer=needs.dealer.name, phone=needs.dealer.phone
    )


def unknown_vehicle_text(
    model: str | None, year: int | None, catalogue: Catalogue, language: str
) -> str:
    known = ", ".join(f"{model} {known}" for known in sorted(years_of(model, catalogue)))
    return phrase("unknown_vehicle", language, vehicle=vehicle_name(model, year), known=known)


def vehicle_name(model: str | None, year: int | None) -> str:
    return " ".join(str(part) for part in (year, model) if part)


def follow_ups(
    model: str | None, year: int | None, catalogue: Catalogue, language: str
) -> tuple[str, ...]:
    """The same question for the vehicle's other model years."""
    others = [other for other in sorted(years_of(model, catalogue)) if other != year]
    return tuple(
        phrase("follow_up_year", language, year=other, model=model) for other in others[-2:]
    )
