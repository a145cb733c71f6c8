"""Streams one model's answer to the customer, cited."""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

from langchain_core.messages import BaseMessage

from agents.citations import CitedText
from agents.dependencies import AnswerModel
from agents.events import Citation, Event, Notice, TextAdded
from agents.verification.gate import ClaimGate, Unsupported
from agents.verification.verdict import AnswerBlocked, judged
from rag.steps import Step


@dataclass(frozen=True, slots=True)
class Written:
    """A streamed answer, its citations, and whether a lesser model had to write it."""

    text: str
    citations: tuple[Citation, ...]
    notice: Notice | None


async def stream_answer(
    model: AnswerModel,
    messages: list[BaseMessage],
    cited: CitedText,
    gate: ClaimGate,
    emit: Callable[[Event], None],
) -> Written:
    """Every token is emitted the moment it may be shown. Cancelling closes the upstream call.

    Raises AnswerBlocked when the model claims what nothing supports.
    """
    notice: Notice | None = None
    try:
        async with aclosing(model.stream_pieces(messages)) as pieces:
            async for piece in pieces:
                notice = piece.notice
                if shown := cited.add(gate.add(piece.text)):
                    emit(TextAdded(shown))
        if rest := cited.add(gate.finish()) + cited.finish():
            emit(TextAdded(rest))
    except Unsupported as claimed:
        verdict = judged(claimed.failure, 1, "gate", 0.0)
        with Step("verify") as step:
            step.tell(action=verdict.action, tier=1, failure=verdict.failure_class)
        emit(verdict.told(gate.took_ms))
        raise AnswerBlocked(verdict) from claimed
    return Written(cited.text, cited.citations(), notice)
