"""What an answer shows besides words: a block with facts and buttons, ready to be drawn.

All texts are in the customer's language; who draws a card needs no knowledge of cars.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal

from agents.dealership import Car

CardKind = Literal["slots", "action", "code", "diagnosis", "appointments"]
ActionKind = Literal["book", "move", "cancel"]
Style = Literal["plain", "primary", "danger"]

CONFIRM: Final = "confirm"
DECLINE: Final = "decline"
CHANGE: Final = "change"


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: what the client sends back, and what stands on it."""

    choice: str
    label: str
    style: Style = "plain"


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a definition list."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """Buttons under a heading: the free times of one day."""

    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with a list; of an appointment also `download`, the id of its calendar file."""

    title: str
    items: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    download: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A write that waits for the customer's yes, in full detail. Nothing is guessed later."""

    kind: ActionKind
    service: str
    start: datetime
    minutes: int
    price: int | None
    currency: str
    car: Car
    appointment_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A block in the transcript. With a proposal it is a pending action."""

    kind: CardKind
    title: str
    facts: tuple[Fact, ...] = ()
    sections: tuple[Section, ...] = ()
    groups: tuple[Group, ...] = ()
    choices: tuple[Choice, ...] = ()
    severity: str | None = None
    note: str | None = None
    input: Literal["code"] | None = None
    proposal: Proposal | None = None

    def content(self) -> dict[str, Any]:
        """What is stored and sent; the proposal is kept apart."""
        shown = asdict(self)
        for apart in ("kind", "proposal"):
            del shown[apart]
        return shown

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything on it that a customer can read."""
        facts = (fact.value for fact in self.facts)
        items = (item for section in self.sections for item in (section.title, *section.items))
        groups = (group.label for group in self.groups)
        labels = (choice.label for choice in self.all_choices)
        return (self.title, self.note or "", *facts, *items, *groups, *labels)

    @property
    def all_choices(self) -> tuple[Choice, ...]:
        grouped = (choice for group in self.groups for choice in group.choices)
        listed = (choice for section in self.sections for choice in section.choices)
        return (*self.choices, *grouped, *listed)
