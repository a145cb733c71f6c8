"""Traces: OpenTelemetry's SDK in this process, and its exporter where an endpoint is named.

The standard variables decide what is sent and how; timelines are kept whatever they say.
"""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import cache

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.environment_variables import (
    OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
    OTEL_SDK_DISABLED,
)
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes

from app.errors import ConfigurationError
from app.observability.timeline import ATTEMPT, TIMELINE

SERVICE = "genai-auto-api"
FAREWELL_SECONDS = 3.0
ENDPOINTS = (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT)

ROOT: ContextVar[tuple[int, int | None] | None] = ContextVar("root", default=None)
"""(trace id, span id or None) of the span that is begun next; what is None is random."""


@asynccontextmanager
async def tracing() -> AsyncIterator[None]:
    """Timelines are kept, and spans are sent if an endpoint says where to, until the block is
    left; what a receiver does not take within some seconds then is lost."""
    spans = open_spans()
    if not is_sending():
        yield
        return
    batches = spans.sender = open_sender()
    try:
        yield
    finally:
        spans.sender = None
        farewell = threading.Thread(target=batches.shutdown, daemon=True)
        farewell.start()
        await asyncio.to_thread(farewell.join, FAREWELL_SECONDS)


def is_sending() -> bool:
    """Nothing is sent unless it is configured."""
    if os.environ.get(OTEL_SDK_DISABLED, "").lower() == "true":
        return False
    if os.environ.get("OTEL_TRACES_EXPORTER", "otlp") == "none":
        return False
    return any(os.environ.get(name) for name in ENDPOINTS)


def open_sender() -> BatchSpanProcessor:
    """Spans wait in a bounded queue for a thread of their own. Raises ConfigurationError."""
    # Takes `requests` along, which nobody else needs.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    try:
        return BatchSpanProcessor(OTLPSpanExporter())
    except ValueError as wrong:
        raise ConfigurationError(f"OTEL_EXPORTER_OTLP_*, OTEL_BSP_*: {wrong}") from wrong


class Spans(SpanProcessor):
    """Every finished span: to the timeline of its turn, and to who sends it."""

    def __init__(self) -> None:
        self.sender: SpanProcessor | None = None

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        timeline = TIMELINE.get()
        if timeline is not None and timeline.attempt > 1:
            span.set_attribute(ATTEMPT, timeline.attempt)

    def on_end(self, span: ReadableSpan) -> None:
        if (timeline := TIMELINE.get()) is not None:
            timeline.enter(span)
        if self.sender is not None:
            self.sender.on_end(span)


@cache
def open_spans() -> Spans:
    """OpenTelemetry takes one provider for the life of a process."""
    spans, disabled = Spans(), os.environ.pop(OTEL_SDK_DISABLED, None)
    try:
        provider = TracerProvider(
            resource=resource(), id_generator=TurnIds(), shutdown_on_exit=False
        )
    finally:
        if disabled is not None:  # it turns the sending off, not the timelines
            os.environ[OTEL_SDK_DISABLED] = disabled
    provider.sampler = Recording(provider.sampler)
    provider.add_span_processor(spans)
    trace.set_tracer_provider(provider)
    return spans


def resource() -> Resource:
    """OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, over our own name."""
    return Resource.create({SERVICE_NAME: SERVICE, **OTELResourceDetector().detect().attributes})


class TurnIds(RandomIdGenerator):
    """A turn's trace has the turn's id; everything else is random."""

    def generate_trace_id(self) -> int:
        root = ROOT.get()
        return root[0] if root else super().generate_trace_id()

    def generate_span_id(self) -> int:
        root = ROOT.get()
        return (root[1] if root else None) or super().generate_span_id()


class Recording(Sampler):
    """What the configured sampler would drop is recorded still, and not sent."""

    def __init__(self, chosen: Sampler) -> None:
        self._chosen = chosen

    def should_sample(  # noqa: PLR0913  the SDK's own signature
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        parent = trace.get_current_span(parent_context).get_span_context()
        if parent.is_valid and not parent.is_remote:
            sampled = parent.trace_flags.sampled
        else:
            sampled = self._is_chosen(trace_id, name)
        decision = Decision.RECORD_AND_SAMPLE if sampled else Decision.RECORD_ONLY
        return SamplingResult(decision, attributes)

    def _is_chosen(self, trace_id: int, name: str) -> bool:
        """Ratios compare the last 64 bits, and a UUID's begin with two that never change."""
        result = self._chosen.should_sample(Context(), trace_id << 2, name)
        return result.decision is Decision.RECORD_AND_SAMPLE

    def get_description(self) -> str:
        return f"Recording{{{self._chosen.get_description()}}}"
