"""Answers from the documents that others may get, or have got, too."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from agents.dependencies import Dependencies
from agents.events import Answered, Event, Share, TextAdded
from agents.sharing import pieces_of
from agents.specialists.answering import Written
from agents.specialists.vehicles import Vehicle, names_of
from agents.state import TurnState
from agents.verification.verdict import Verdict


def share_of(
    state: TurnState, vehicles: Sequence[Vehicle], written: Written, verdict: Verdict
) -> Share | None:
    """Only what the model that was chosen has written from passages is good enough for others."""
    share, is_good = state["asked"].share, verdict.action == "allow" and bool(written.citations)
    if share is None or not is_good or written.notice == "degraded":
        return None
    return replace(share, vehicle=names_of(vehicles))


async def asked_before(
    state: TurnState, vehicles: Sequence[Vehicle], needs: Dependencies
) -> Answered | None:
    share = state["asked"].share
    if share is None or needs.answers is None:
        return None
    return await needs.answers.similar(replace(share, vehicle=names_of(vehicles)))


def told_again(emit: Callable[[Event], None], known: Answered) -> Answered:
    for piece in pieces_of(known.text):
        emit(TextAdded(piece))
    return known
