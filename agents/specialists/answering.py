"""Streams one model's answer to the customer, cited, and counts what it cost."""

import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

from langchain_core.messages import BaseMessage

from agents.citations import CitedText
from agents.dependencies import AnswerModel, Piece, Usage
from agents.events import Citation, Event, ModelCalled, Notice, TextAdded
from agents.verification.gate import ClaimGate, Unsupported
from agents.verification.verdict import AnswerBlocked, judged


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
    call = CallRecord()
    try:
        async with aclosing(model.stream_pieces(messages)) as pieces:
            async for piece in pieces:
                call.saw(piece)
                if shown := cited.add(gate.add(piece.text)):
                    emit(TextAdded(shown))
        if rest := cited.add(gate.finish()) + cited.finish():
            emit(TextAdded(rest))
        call.outcome = "ok"
    except Unsupported as claimed:
        call.outcome = "ok"
        verdict = judged(claimed.failure, 1, "gate", 0.0)
        emit(verdict.told(gate.took_ms))
        raise AnswerBlocked(verdict) from claimed
    finally:
        emit(call.ended())
    return Written(cited.text, cited.citations(), call.notice)


class CallRecord:
    """Watches one call: which model answered, when its first token came, what it counted."""

    def __init__(self) -> None:
        self.outcome = "failed"
        self.model = "unknown"
        self.notice: Notice | None = None
        self._usage: Usage | None = None
        self._started = time.monotonic()
        self._first: float | None = None

    def saw(self, piece: Piece) -> None:
        self.model, self.notice = piece.model, piece.notice
        self._usage = piece.usage or self._usage
        if piece.text and self._first is None:
            self._first = time.monotonic()

    def ended(self) -> ModelCalled:
        usage = self._usage
        first = None if self._first is None else round((self._first - self._started) * 1000)
        return ModelCalled(
            purpose="answer",
            model=self.model,
            outcome="ok" if self.outcome == "ok" else "failed",
            prompt_tokens=usage.prompt_tokens if usage else None,
            completion_tokens=usage.completion_tokens if usage else None,
            first_token_ms=first,
            duration_ms=round((time.monotonic() - self._started) * 1000),
        )
