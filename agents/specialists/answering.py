"""Streams one model's answer to the customer, cited, and counts what it cost."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from agents.citations import CitedText
from agents.events import Citation, Event, ModelCalled, Notice, TextAdded
from rag.documents import Passage


@dataclass(frozen=True, slots=True)
class Written:
    """A streamed answer, its citations, and whether a lesser model had to write it."""

    text: str
    citations: tuple[Citation, ...]
    notice: Notice | None


async def stream_answer(
    model: BaseChatModel,
    messages: list[BaseMessage],
    passages: Sequence[Passage],
    emit: Callable[[Event], None],
) -> Written:
    """Every token is emitted the moment it may be shown. Cancelling closes the upstream call."""
    cited, call = CitedText(passages), CallRecord()
    try:
        async for chunk in model.astream(messages):
            call.saw(chunk.response_metadata, chunk.usage_metadata)
            if isinstance(chunk.content, str) and chunk.content:
                call.first_token()
                if shown := cited.add(chunk.content):
                    emit(TextAdded(shown))
        call.outcome = "ok"
    finally:
        emit(call.ended())
    if rest := cited.finish():
        emit(TextAdded(rest))
    return Written(cited.text, cited.citations(), call.notice)


class CallRecord:
    """Watches one call: which model answered, when its first token came, what it counted."""

    def __init__(self) -> None:
        self.outcome = "failed"
        self.model = "unknown"
        self.notice: Notice | None = None
        self._usage: tuple[int, int] | None = None
        self._started = time.monotonic()
        self._first: float | None = None

    def saw(self, metadata: dict[str, object], usage: object) -> None:
        self.model = str(metadata.get("model_name", self.model))
        if metadata.get("notice") in ("offline", "degraded"):
            self.notice = metadata["notice"]  # type: ignore[assignment]
        if isinstance(usage, dict):
            self._usage = (usage["input_tokens"], usage["output_tokens"])

    def first_token(self) -> None:
        self._first = self._first or time.monotonic()

    def ended(self) -> ModelCalled:
        prompt, completion = self._usage or (None, None)
        first = None if self._first is None else round((self._first - self._started) * 1000)
        return ModelCalled(
            purpose="answer",
            model=self.model,
            outcome="ok" if self.outcome == "ok" else "failed",
            prompt_tokens=prompt,
            completion_tokens=completion,
            first_token_ms=first,
            duration_ms=round((time.monotonic() - self._started) * 1000),
        )
