"""The steps of a turn as spans of OpenTelemetry: words and numbers about each, never a text.

Only OpenTelemetry's API is used here: who reads the spans is decided in `app`.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextvars import Token
from types import TracebackType

from opentelemetry import context, trace
from opentelemetry.trace import Span, Status, StatusCode

Told = str | int | float | bool
TRACER = trace.get_tracer("genai_auto")
STEP = "genai_auto.step"
OURS = "genai_auto."


class Step(AbstractContextManager["Step"]):
    """A span that is open, and the parent of what is opened meanwhile, until its block is left.

    `word` is its name in a turn's timeline; without one it is in the trace alone.
    """

    def __init__(
        self, word: str | None, name: str | None = None, about: Mapping[str, Told] | None = None
    ) -> None:
        self._name = name or word or ""
        self._about = dict(about or {}) if word is None else {STEP: word, **(about or {})}
        self._span: Span = trace.INVALID_SPAN
        self._token: Token[context.Context] | None = None

    def __enter__(self) -> "Step":
        self._span = TRACER.start_span(self._name, attributes=self._about)
        self._token = context.attach(trace.set_span_in_context(self._span))
        return self

    def tell(self, **about: Told | None) -> None:
        """Under our own names; what is None is not known."""
        told = {OURS + name: value for name, value in about.items() if value is not None}
        self._span.set_attributes(told)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Of what was raised the class alone is told: its words may be a customer's."""
        assert self._token is not None
        context.detach(self._token)
        if kind is not None:
            fail(self._span, kind.__name__)
        self._span.end()


def fail(span: Span, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))
