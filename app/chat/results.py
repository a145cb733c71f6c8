"""What goes into the brain for a turn, and what a turn ends with."""

from dataclasses import asdict, dataclass, field
from typing import Literal

from agents.events import Answered, Routed
from agents.guardrails.screening import ScreenedKind
from agents.state import Asked, OpenAction
from app.chat.books import Books
from app.chat.cards import CardChange
from app.chat.context import TurnContext
from app.chat.turns import Ending


def asked_of(about: TurnContext, language: str) -> Asked:
    """What the brain may know. Whose data tools may read is decided here and nowhere else."""
    open_action = None
    if about.action is not None and about.action.state == "open":
        proposal = about.action.proposal
        open_action = OpenAction(proposal.kind, asdict(proposal), about.customer_id is None)
    return Asked(
        question=about.question,
        language=language,
        history=about.history,
        model=about.model,
        year=about.year,
        customer_id=about.customer_id,
        picked=about.pressed.choice if about.pressed else None,
        open_action=open_action,
        thread=about.thread,
        withheld=about.withheld,
        knowledge=about.knowledge,
    )


Fault = Literal["blocked", "broken"]


@dataclass(frozen=True, slots=True)
class Result:
    """How a turn ends, and what it leaves behind. `fault`: why there is no answer: none passed
    verification, or none came to its end."""

    answered: Answered
    ending: Ending = "answered"
    route: Routed | None = None
    books: Books = field(default_factory=Books)
    changes: tuple[CardChange, ...] = ()
    screened: ScreenedKind | None = None
    fault: Fault | None = None


def fixed(text: str, language: str) -> Answered:
    return Answered(text=text, agent="general", language=language)
