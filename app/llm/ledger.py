"""Every call of a model is counted where it is made, and kept with the turn it was made for."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

import aiohttp

from agents.dependencies import Purpose, Usage
from app.llm.model_spans import begun_span, end_span
from app.llm.prices import NOTHING, Cost, Prices
from app.observability.metrics import (
    LLM_CALLS,
    LLM_COST,
    LLM_FIRST_TOKEN,
    LLM_SECONDS,
    LLM_TOKENS,
    LLM_UNPRICED,
)

Outcome = Literal["ok", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Called:
    """One call that has ended. Tokens and cost are None where nobody knows them."""

    purpose: Purpose
    agent: str
    model: str
    outcome: Outcome
    prompt_tokens: int | None
    completion_tokens: int | None
    first_token_ms: int | None
    duration_ms: int
    cost_micros: int | None
    price_version: str | None


@dataclass(slots=True)
class Ledger:
    """The calls of one turn; `agent` is who works on it, the router until it has chosen."""

    agent: str = "router"
    calls: list[Called] = field(default_factory=list)

    @property
    def dollars(self) -> float:
        return sum(call.cost_micros or 0 for call in self.calls) / 1_000_000


LEDGER: ContextVar[Ledger | None] = ContextVar("ledger", default=None)


class Call:
    """A call under way: whoever makes it tells the usage, and when the first token came."""

    def __init__(self, purpose: Purpose, model: str, prices: Prices | None) -> None:
        self.purpose, self.model, self._prices = purpose, model, prices
        self.usage: Usage | None = None
        self.answered_by: str | None = None  # the model, as the provider calls it
        self._began = time.monotonic()
        self._first: float | None = None
        self._span = begun_span(purpose, model, prices)

    def saw_text(self) -> None:
        if self._first is None:
            self._first = time.monotonic() - self._began

    def end(self, outcome: Outcome) -> None:
        ledger, took = LEDGER.get(), time.monotonic() - self._began
        agent = ledger.agent if ledger else "none"
        cost = self._cost()
        self._count(outcome, agent, took, cost)
        end_span(self._span, self, outcome, cost, self._first)
        if ledger is not None:
            first = None if self._first is None else round(self._first * 1000)
            usage = self.usage
            ledger.calls.append(
                Called(
                    self.purpose, agent, self.model, outcome,
                    usage.prompt_tokens if usage else None,
                    usage.completion_tokens if usage else None,
                    first, round(took * 1000),
                    cost.micros if cost else None, cost.version if cost else None,
                )
            )  # fmt: skip

    def _cost(self) -> Cost | None:
        if self._prices is None:
            return NOTHING
        return self._prices.cost(self.model, self.usage) if self.usage else None

    def _count(self, outcome: Outcome, agent: str, took: float, cost: Cost | None) -> None:
        model, usage = self.model, self.usage
        LLM_CALLS.labels(purpose=self.purpose, model=model, outcome=outcome).inc()
        if usage is not None:
            for kind, count in (
                ("prompt", usage.prompt_tokens), ("completion", usage.completion_tokens),
            ):  # fmt: skip
                LLM_TOKENS.labels(type=kind, model=model, agent=agent).inc(count)
        if cost is None:
            why = "no_price" if usage else "no_usage"
            LLM_UNPRICED.labels(model=model, why=why).inc()
        else:
            LLM_COST.labels(model=model, agent=agent).inc(cost.micros / 1_000_000)
        if self._prices is not None:
            LLM_SECONDS.labels(model=model, agent=agent).observe(took)
            if self._first is not None:
                LLM_FIRST_TOKEN.labels(model=model).observe(self._first)


@contextmanager
def calling(purpose: Purpose, model: str, prices: Prices | None) -> Iterator[Call]:
    """Around one call; `prices` is None for the offline model, which costs nothing."""
    call = Call(purpose, model, prices)
    try:
        yield call
    except (GeneratorExit, asyncio.CancelledError):
        call.end("cancelled")
        raise
    except BaseException as failed:
        if call.usage is None and is_refusal(failed.__cause__ or failed):
            call.usage = Usage(0, 0)
        call.end("failed")
        raise
    else:
        call.end("ok")


def is_refusal(failed: BaseException) -> bool:
    """Whether the endpoint did no work for it: nobody was reached, or an error status came."""
    if isinstance(failed, aiohttp.ClientConnectorError | aiohttp.ClientResponseError):
        return True
    return getattr(failed, "status_code", None) is not None  # openai's errors
