"""What is recorded and what is sent; what a timeline holds."""

import os
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Decision, Sampler, TraceIdRatioBased

from app.chat.turns import Lease
from app.observability.timeline import LONGEST, MOST, Timeline
from app.observability.tracing import Recording, is_sending, open_spans
from app.observability.turn_spans import LAST_64_BITS, tell_masking, traced_turn
from app.serving import pass_on
from rag.steps import Step

MILLISECOND = 1_000_000


def sent(chosen: Sampler, turns: int = 2000) -> float:
    """Share of turns that are sent; all of them are recorded."""
    sampler = Recording(chosen)
    ids = [uuid.UUID(int=uuid.uuid5(uuid.NAMESPACE_DNS, str(n)).int, version=4).int
           for n in range(turns)]  # fmt: skip
    decisions = [sampler.should_sample(None, each, "turn").decision for each in ids]
    assert Decision.DROP not in decisions
    return decisions.count(Decision.RECORD_AND_SAMPLE) / turns


def test_what_the_sampler_drops_is_recorded_and_ratios_hold_for_ids_of_turns() -> None:
    assert sent(ALWAYS_OFF) == 0
    for ratio in (0.1, 0.5, 0.9):
        assert sent(TraceIdRatioBased(ratio)) == pytest.approx(ratio, abs=0.05)


def span(word: str, began: int, **about: object) -> ReadableSpan:
    attributes = {"genai_auto.step": word, **about}
    return ReadableSpan(
        word, attributes=attributes, resource=Resource({}),  # type: ignore[arg-type]
        start_time=began, end_time=began + 2 * MILLISECOND,
    )  # fmt: skip


def test_a_timeline_is_ordered_bounded_and_holds_words_and_numbers_only() -> None:
    timeline = Timeline(accepted_ns=100 * MILLISECOND, attempt=3)
    timeline.enter(
        span("tool", 105 * MILLISECOND, **{"gen_ai.tool.name": "x" * 500, "other": "no"})
    )
    timeline.enter(span("wait", 99 * MILLISECOND, **{"genai_auto.list": ("no",)}))
    timeline.enter(ReadableSpan("store", start_time=1, end_time=2))

    assert timeline.told() == [
        {"name": "wait", "at_ms": 0, "took_ms": 2, "about": {"attempt": 3}},
        {"name": "tool", "at_ms": 5, "took_ms": 2,
         "about": {"attempt": 3, "tool": "x" * LONGEST}},
    ]  # fmt: skip
    for _ in range(2 * MOST):
        timeline.enter(span("tool", 200 * MILLISECOND))
    assert len(timeline.told()) == MOST == 60


def test_libraries_hear_what_stands_in_the_env_file_after_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = {"OTEL_TRACES_SAMPLER": "", "OTEL_EXPORTER_OTLP_ENDPOINT": " "}
    monkeypatch.setattr(os, "environ", {"OTEL_SERVICE_NAME": "given", **empty})
    pass_on(tmp_path / "missing", "OTEL_")
    assert os.environ == {"OTEL_SERVICE_NAME": "given"}
    assert not is_sending()

    file = tmp_path / ".env"
    file.write_text(
        "OTEL_SERVICE_NAME=file\nOTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4318/v1/traces\n"
        "OTHER=1\n"
    )
    pass_on(file, "OTEL_")

    assert os.environ["OTEL_SERVICE_NAME"] == "given"
    assert "OTHER" not in os.environ
    assert is_sending()
    os.environ["OTEL_SDK_DISABLED"] = "TRUE"
    assert not is_sending()


class Kept(SpanProcessor):
    """In the sender's place."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)


def lease(turn: uuid.UUID, attempt: int) -> Lease:
    return Lease(turn, uuid.uuid4(), 1, attempt, attempt, False, False, 0, datetime.now(UTC))


def test_whoever_takes_a_turn_over_writes_into_its_trace() -> None:
    turn, spans = uuid.uuid4(), open_spans()
    spans.sender = kept = Kept()
    try:
        tell_masking(turn, 1, 1.0)
        with traced_turn(lease(turn, 1)):
            pass
        with traced_turn(lease(turn, 2)), Step("read"):
            pass
    finally:
        spans.sender = None
    mask, wait, first, late, read, second = kept.spans

    assert {span.context.trace_id for span in kept.spans if span.context} == {turn.int}
    assert (first.parent, second.parent) == (None, None)
    assert first.context != second.context
    assert [mask.parent and mask.parent.span_id, wait.parent and wait.parent.span_id] == [
        turn.int & LAST_64_BITS
    ] * 2
    assert late.parent == read.parent == second.context
    assert (read.attributes or {})["genai_auto.attempt"] == 2
