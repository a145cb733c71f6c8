"""The endpoint first; when it gives no answer, the offline model, which says so."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

import structlog
from langchain_core.messages import BaseMessage

from agents.dependencies import AnswerModel, Piece
from app.llm.endpoint import EndpointModel, LLMUnavailable
from app.llm.ledger import is_spent
from app.observability.metrics import LLM_ERRORS

log = structlog.get_logger()


class Breaker:
    """Opens after `failures` in a row and lets one call try again after `pause` seconds."""

    def __init__(self, failures: int = 5, pause: float = 15.0) -> None:
        self.failures, self.pause = failures, pause
        self._failed = 0
        self._retry_at = 0.0

    @property
    def is_open(self) -> bool:
        """Asked before each call: once the pause is over, whoever asks first is let through."""
        if self._failed < self.failures:
            return False
        if time.monotonic() < self._retry_at:
            return True
        self._retry_at = time.monotonic() + self.pause
        return False

    @property
    def is_tripped(self) -> bool:
        """For health: the last calls all failed."""
        return self._failed >= self.failures

    def succeeded(self) -> None:
        self._failed = 0

    def failed(self) -> None:
        self._failed += 1
        self._retry_at = time.monotonic() + self.pause


@dataclass(frozen=True, slots=True)
class ModelWithFallback:
    """Tries the endpoint (twice for a passing fault), then lets the offline model answer."""

    endpoint: EndpointModel
    offline: AnswerModel
    breaker: Breaker

    async def stream_pieces(self, messages: list[BaseMessage]) -> AsyncGenerator[Piece, None]:
        for _ in range(0 if is_spent() or self.breaker.is_open else 2):
            try:
                async with aclosing(self.endpoint.stream_pieces(messages)) as pieces:
                    async for piece in pieces:
                        yield piece
                self.breaker.succeeded()
                return
            except LLMUnavailable as unavailable:
                self._note(unavailable)
                if not unavailable.retry:
                    break
        async for piece in self.offline.stream_pieces(messages):
            yield replace(piece, notice="degraded")

    def _note(self, unavailable: LLMUnavailable) -> None:
        self.breaker.failed()
        LLM_ERRORS.labels(error_type=unavailable.kind, model=self.endpoint.chosen).inc()
        log.warning("llm_unavailable", kind=unavailable.kind)
