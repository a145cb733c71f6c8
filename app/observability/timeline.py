"""What one turn took step by step: the spans of OpenTelemetry, kept for our own pages."""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypedDict

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import INVALID_SPAN, Span

from rag.steps import OURS, STEP, Told

MOST = 60
LONGEST = 80  # characters of a word
TOLD_AS = {
    "gen_ai.request.model": "model",
    "gen_ai.usage.input_tokens": "input_tokens",
    "gen_ai.usage.output_tokens": "output_tokens",
    "gen_ai.tool.name": "tool",
    "error.type": "error",
}
ATTEMPT = OURS + "attempt"
NOT_TOLD = (STEP, ATTEMPT)


class Entry(TypedDict):
    """One step. `at_ms` counts from the turn's acceptance; what came before stands at 0."""

    name: str
    at_ms: float
    took_ms: float
    about: dict[str, Told]


@dataclass(slots=True)
class Timeline:
    """Of a turn that this process works on. `attempt` is the one that is under way."""

    accepted_ns: int
    attempt: int
    root: Span = INVALID_SPAN
    entries: list[Entry] = field(default_factory=list)

    def enter(self, span: ReadableSpan) -> None:
        """Spans without a word of ours are in the trace alone; so is what is too much."""
        about = span.attributes or {}
        word = about.get(STEP)
        if not isinstance(word, str) or len(self.entries) >= MOST:
            return
        began, ended = span.start_time or 0, span.end_time or 0
        self.entries.append(
            Entry(
                name=word,
                at_ms=round(max(0, began - self.accepted_ns) / 1e6, 3),
                took_ms=round((ended - began) / 1e6, 3),
                about={"attempt": self.attempt, **told(about)},
            )
        )

    def told(self) -> Sequence[Entry]:
        return sorted(self.entries, key=lambda entry: entry["at_ms"])


TIMELINE: ContextVar[Timeline | None] = ContextVar("timeline", default=None)


def enter_masking(took_ms: float) -> None:
    """Of messages that were masked before their turn was there, wherever that was."""
    if (timeline := TIMELINE.get()) is not None and took_ms:
        about: dict[str, Told] = {"attempt": timeline.attempt}
        entry = Entry(name="mask", at_ms=0.0, took_ms=round(took_ms, 3), about=about)
        timeline.entries.insert(0, entry)


def told(attributes: Mapping[str, object]) -> dict[str, Told]:
    """By short names, and only what is a word or a number."""
    found: dict[str, Told] = {}
    for name, value in attributes.items():
        short = name[len(OURS) :] if name.startswith(OURS) else TOLD_AS.get(name)
        if short is None or name in NOT_TOLD:
            continue
        if isinstance(value, str):
            found[short] = value[:LONGEST]
        elif isinstance(value, int | float | bool):
            found[short] = value
    return found
