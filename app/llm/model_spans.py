"""Calls of models as spans, by OpenTelemetry's conventions for generative AI; never a word of them.

They are nobody's parent: a stream may be closed in another context than it was begun in.
"""

from functools import cache
from typing import Protocol
from urllib.parse import urlsplit

from opentelemetry.trace import Span, SpanKind

from agents.dependencies import Purpose, Usage
from app.llm.prices import Cost, Prices
from rag.steps import OURS, STEP, TRACER, Told, fail

LONGEST = 100  # characters of a model's name


def begun_span(purpose: Purpose, model: str, prices: Prices | None) -> Span:
    """`prices` is None for the offline model."""
    about: dict[str, Told] = {
        STEP: "model",
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider(prices.base_url) if prices else "genai_auto",
        "gen_ai.request.model": model,
        OURS + "purpose": purpose,
    }
    return TRACER.start_span(f"chat {model}", kind=SpanKind.CLIENT, attributes=about)


class Known(Protocol):
    """What has become known of a call that is over."""

    usage: Usage | None
    answered_by: str | None


def end_span(span: Span, call: Known, outcome: str, cost: Cost | None, first: float | None) -> None:
    """`first`: seconds until the first text. What nobody knows is not told."""
    told: dict[str, Told] = {OURS + "outcome": outcome}
    if call.usage is not None:
        told["gen_ai.usage.input_tokens"] = call.usage.prompt_tokens
        told["gen_ai.usage.output_tokens"] = call.usage.completion_tokens
    if call.answered_by is not None:
        told["gen_ai.response.model"] = call.answered_by[:LONGEST]
    if cost is not None:
        told[OURS + "cost_dollars"] = cost.micros / 1_000_000
    if first is not None:
        told["gen_ai.response.time_to_first_chunk"] = round(first, 4)
    span.set_attributes(told)
    if outcome == "failed":
        fail(span, "call_failed")
    span.end()


@cache
def provider(base_url: str) -> str:
    """The conventions' name where they have one, else the endpoint's host."""
    host = urlsplit(base_url).hostname or "unknown"
    return "openai" if host == "api.openai.com" else host
