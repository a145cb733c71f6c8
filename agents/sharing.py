"""Which questions stand alone, so that one answer may serve everybody who asks them."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

from agents.dependencies import Dependencies
from agents.diagnosis.reasoning import open_findings
from agents.events import Answered, Event, Routed, Share, TextAdded
from agents.followups import PLACEHOLDER, refers_back, resolve
from agents.state import Asked

LONGEST = 300  # characters; nobody asks the same in more
PIECE = re.compile(r"\S+\s*|\s+")
WORDS_AT_ONCE = 6
CLOSING = " ?!.…"


async def answered_once(
    asked: Asked, needs: Dependencies, think: Callable[[Asked], AsyncIterator[Event]]
) -> AsyncIterator[Event]:
    """A kept answer told again; or a new one, for which others who ask the same may wait."""
    share, answers = await share_of(asked, needs), needs.answers
    if share is None or answers is None:
        async for event in think(asked):
            yield event
    elif known := await answers.exact(share):
        for event in told_again(known):
            yield event
    else:
        kept = False
        try:
            async for event in think(replace(asked, share=share)):
                kept = isinstance(event, Answered) and event.share is not None
                yield event
        finally:
            if not kept:
                await answers.give_up(share)


async def share_of(asked: Asked, needs: Dependencies) -> Share | None:
    """None for a question that leans on its conversation, its customer, or a matter under way."""
    if needs.answers is None or _in_the_midst(asked):
        return None
    if len(asked.question) > LONGEST or PLACEHOLDER.search(asked.question):
        return None
    if asked.history and refers_back(asked.question):
        return None
    catalogue = await needs.knowledge.catalogue()
    vehicles = {each.model: each.years for each in catalogue.models}
    earlier = [each.text for each in asked.history if each.author == "customer"]
    here = resolve(asked.question, earlier, (asked.model, asked.year), vehicles)
    if here != resolve(asked.question, (), (None, None), vehicles):
        return None
    text = normalised(asked.question)
    return Share(text, asked.language, asked.knowledge, tuple(vehicles)) if text else None


def _in_the_midst(asked: Asked) -> bool:
    under_way = asked.picked or asked.open_action or asked.withheld or asked.thread.get("expects")
    return bool(under_way) or open_findings(asked.thread) is not None


def normalised(question: str) -> str:
    """The same words however they are typed."""
    return " ".join(question.casefold().split()).strip(CLOSING)


def told_again(answered: Answered) -> Iterator[Event]:
    """A kept answer streams like a new one."""
    yield Routed("specs", "cache", 1.0)
    yield from (TextAdded(piece) for piece in pieces_of(answered.text))
    yield answered


def pieces_of(text: str) -> Iterator[str]:
    words = PIECE.findall(text)
    for at in range(0, len(words), WORDS_AT_ONCE):
        yield "".join(words[at : at + WORDS_AT_ONCE])
