"""What a message means in the matter under way: an answer, a day, a button. No model is asked."""

from dataclasses import dataclass
from datetime import date

from agents.diagnosis.answers import answer_in
from agents.diagnosis.reasoning import open_findings, open_question
from agents.events import Route, Routed
from agents.followups import PLACEHOLDER
from agents.prompts import phrase
from agents.state import Asked
from agents.understanding.dates import read_dates
from agents.understanding.intents import told_intent

FEW_WORDS = 3
SHORT = 80  # characters; longer texts say more than when
OTHER_WISHES = ("book", "move", "cancel")
# What the customer may choose when asked what is meant, and where it leads.
MEANINGS: dict[str, Route] = {
    "unclear_fault": "troubleshoot",
    "unclear_visit": "maintenance",
    "unclear_facts": "specs",
}


@dataclass(frozen=True, slots=True)
class Known:
    """The question that is really asked, and who serves it."""

    question: str
    route: Routed


def going_on(asked: Asked) -> Known | None:
    """None for a message that stands for itself."""
    if (route := chosen_meaning(asked)) is not None:
        return Known(str(asked.thread["unclear"]), Routed(route, "rule", 1.0))
    if asked.picked is not None:
        return Known(asked.question, Routed("maintenance", "rule", 1.0))
    if asked.thread.get("expects") == "diagnosis" and is_answer(asked):
        return Known(asked.question, Routed("troubleshoot", "rule", 1.0))
    return None


def matter_of(asked: Asked) -> Route | None:
    """What is being talked about, for a message that could mean anything."""
    if open_findings(asked.thread) is not None:
        return "troubleshoot"
    return "maintenance" if asked.thread.get("wish") else None


def chosen_meaning(asked: Asked) -> Route | None:
    """The customer was asked what is meant, and has chosen."""
    if asked.thread.get("expects") != "meaning" or not asked.thread.get("unclear"):
        return None
    said = asked.question.strip().casefold()
    offered = {phrase(key, asked.language).casefold(): way for key, way in MEANINGS.items()}
    return offered.get(said)


def in_a_booking(asked: Asked) -> bool:
    """An address that was asked for, or a day while a booking is talked about."""
    if asked.thread.get("expects") in ("contact", "code") and PLACEHOLDER.search(asked.question):
        return True
    under_way = asked.thread.get("wish") in ("book", "move") or asked.open_action is not None
    if not under_way or len(asked.question) >= SHORT:
        return False
    return read_dates(asked.question, date.today(), asked.language).says_something


def is_answer(asked: Asked) -> bool:
    """To the question a diagnosis has just asked; a word or two are hardly anything else."""
    findings = open_findings(asked.thread)
    question = open_question(findings) if findings else None
    if question is None:
        return False
    if answer_in(asked.question, question, asked.language) is not None:
        return True
    few = len(asked.question.split()) <= FEW_WORDS and "?" not in asked.question
    return few and told_intent(asked.question) not in OTHER_WISHES
