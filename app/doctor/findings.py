"""What was found: one line per matter, and how bad it is."""

from dataclasses import dataclass
from typing import Literal

Mark = Literal["good", "fix", "look", "you"]
"""good; must be fixed; worth a look; only a person can see to it."""

SIGNS: dict[Mark, tuple[str, str]] = {
    "good": ("ok  ", "green"),
    "fix": ("FIX ", "bold red"),
    "look": ("look", "yellow"),
    "you": ("you ", "cyan"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` is for a terminal and a log: it names variables and hosts, never their secrets."""

    mark: Mark
    text: str


def good(text: str) -> Finding:
    return Finding("good", text)


def fix(text: str) -> Finding:
    return Finding("fix", text)


def look(text: str) -> Finding:
    return Finding("look", text)


def you(text: str) -> Finding:
    return Finding("you", text)
