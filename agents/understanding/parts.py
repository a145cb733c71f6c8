"""A message that wants several things is taken apart: "book an oil change, and which oil?"."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from agents.events import Route, Routed
from agents.followups import is_small_talk

SURE = 0.6  # certainty from which a clause stands for itself
FEWEST_WORDS = 3
MOST_CLAUSES = 8
LONGEST = 600  # characters; what is longer tells one story
SERVED: tuple[Route, ...] = ("troubleshoot", "specs", "maintenance")
JOINING = (
    "and|also|plus|btw|by the way|e|também|aliás|além disso|y|además|también|"
    "und|außerdem|auch|übrigens"
)
ASKING = (
    r"which|what|how|why|when|where|can|could|do|does|is|qual|quais|que|quanto|como|por que|"
    r"quando|onde|qué|cuál|cómo|cuándo|cuánto|dónde|welche\w*|was|wie|warum|wann|wo"
)
BREAK = re.compile(
    rf"\s*[;\n]+\s*|(?<=[?!])\s+|(?<=[^\W\d_]{{2}}\.)\s+|,?\s+(?=(?:{JOINING})\b)|"
    rf",\s+(?=(?:{ASKING})\b)",
    re.IGNORECASE,
)
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Clause:
    """What one specialist is to serve, and how sure it is that it is theirs."""

    text: str
    route: Routed


async def clauses_of(text: str, route_of: Callable[[str], Awaitable[Routed]]) -> tuple[Clause, ...]:
    """At most one clause for each specialist, in the order of the text; greetings are left out.

    Empty where the message wants one thing, or nothing that can be told apart with certainty.
    """
    pieces = [piece.strip() for piece in BREAK.split(text[:LONGEST]) if piece.strip()]
    if not 1 < len(pieces) <= MOST_CLAUSES or len(text) > LONGEST:
        return ()
    telling = [piece for piece in pieces if not is_small_talk(piece)]
    whole = joined([Clause(piece, await route_of(piece)) for piece in telling])
    return whole if len(whole) > 1 or (whole and len(telling) < len(pieces)) else ()


def joined(clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    """What does not stand for itself belongs to the clause before it, at the start to the next."""
    found: dict[Route, Clause] = {}
    opening, last = "", None
    for clause in clauses:
        if stands_alone(clause):
            last = clause.route.route
            text = f"{opening} {clause.text}".strip()
            found[last] = with_text(found.get(last), text, clause.route)
            opening = ""
        elif last is None:
            opening = f"{opening} {clause.text}".strip()
        else:
            found[last] = with_text(found[last], clause.text, clause.route)
    return tuple(found.values())


def stands_alone(clause: Clause) -> bool:
    route = clause.route
    return (
        route.route in SERVED
        and route.certainty >= SURE
        and (route.method == "rule" or len(WORD.findall(clause.text)) >= FEWEST_WORDS)
    )


def with_text(before: Clause | None, text: str, route: Routed) -> Clause:
    if before is None:
        return Clause(text, route)
    return Clause(f"{before.text} {text}", before.route)
