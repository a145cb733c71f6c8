"""What goes into the brain for a turn, and what a turn ends with."""

from dataclasses import asdict, dataclass, field

from agents.events import Answered, Routed
from agents.state import Asked, OpenAction
from app.chat.books import Books
from app.chat.cards import CardChange
from app.chat.conversations import TurnContext
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


@dataclass(frozen=True, slots=True)
class Result:
    """How a turn ends, and what it leaves behind."""

    answered: Answered
    ending: Ending = "answered"
    route: Routed | None = None
    books: Books = field(default_factory=Books)
    changes: tuple[CardChange, ...] = ()
    screened: str | None = None


def fixed(text: str, language: str) -> Answered:
    return Answered(text=text, agent="general", language=language)
