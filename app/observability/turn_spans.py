"""The spans around one turn: its root, and what happened before anybody worked on it."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext
from structlog.contextvars import bind_contextvars, unbind_contextvars

from app.observability.timeline import ATTEMPT, TIMELINE, Timeline
from app.observability.tracing import ROOT
from rag.steps import OURS, STEP, TRACER, Told

LAST_64_BITS = (1 << 64) - 1


class Leased(Protocol):
    """What is known of a turn when somebody begins to work on it."""

    @property
    def turn_id(self) -> UUID: ...
    @property
    def conversation_id(self) -> UUID: ...
    @property
    def number(self) -> int: ...
    @property
    def attempt(self) -> int: ...
    @property
    def accepted_at(self) -> datetime: ...


@contextmanager
def traced_turn(lease: Leased) -> Iterator[None]:
    """The root of the trace that has the turn's id, wherever it is worked on; until the block is
    left, steps enter the turn's timeline and lines of the log carry its ids. What was raised leaves
    them there, for whoever logs it."""
    accepted = min(round(lease.accepted_at.timestamp() * 1e9), time.time_ns())
    root = begun_root(lease, accepted)
    token = TIMELINE.set(Timeline(accepted, lease.attempt, root))
    bind_contextvars(turn=str(lease.turn_id), trace_id=lease.turn_id.hex)
    try:
        with trace.use_span(
            root, end_on_exit=True, record_exception=False, set_status_on_exception=False
        ):
            past("wait", accepted, time.time_ns())
            yield
        unbind_contextvars("turn", "trace_id")
    finally:
        TIMELINE.reset(token)


def begun_root(lease: Leased, accepted: int) -> Span:
    about: dict[str, Told] = {
        "gen_ai.conversation.id": str(lease.conversation_id),
        OURS + "turn": lease.number,
        ATTEMPT: lease.attempt,
    }
    span_id = root_of(lease.turn_id) if lease.attempt == 1 else None
    token = ROOT.set((lease.turn_id.int, span_id))
    try:
        return TRACER.start_span("turn", Context(), attributes=about, start_time=accepted)
    finally:
        ROOT.reset(token)


def root_of(turn_id: UUID) -> int:
    """The span of a turn's first attempt, so that it can be named before it is begun."""
    return turn_id.int & LAST_64_BITS


def past(word: str, began: int, ended: int) -> None:
    """A step that is over, in nanoseconds since the epoch."""
    TRACER.start_span(word, attributes={STEP: word}, start_time=began).end(ended)


def tell_masking(turn_id: UUID, began: int, took_ms: float) -> None:
    """In the trace of the turn that the message opened or joined."""
    known = SpanContext(turn_id.int, root_of(turn_id), is_remote=True)
    parent = trace.set_span_in_context(NonRecordingSpan(known))
    span = TRACER.start_span("mask", parent, attributes={STEP: "mask"}, start_time=began)
    span.end(began + round(took_ms * 1e6))


def tell_turn(about: Mapping[str, Told | None]) -> None:
    """How the turn has ended, once that is stored."""
    if (timeline := TIMELINE.get()) is not None:
        known = {OURS + name: value for name, value in about.items() if value is not None}
        timeline.root.set_attributes(known)


def begin_attempt(number: int) -> None:
    """What was done before was thrown away."""
    if (timeline := TIMELINE.get()) is not None:
        timeline.attempt = number
