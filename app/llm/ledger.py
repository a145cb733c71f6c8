"""Every call of a model is counted where it is made, and written down before it is made.

A call of the endpoint is a row of `llm_calls` from its beginning, so that one which a crash cuts
off is known. It is closed with the turn it was made for, or at once outside of turns.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, Protocol
from uuid import UUID, uuid4

import aiohttp
from langchain_core.messages import BaseMessage

from agents.dependencies import Purpose, Usage
from app.llm.model_spans import begun_span, end_span
from app.llm.prices import NOTHING, Cost, Prices
from app.observability.metrics import (
    LLM_CALLS,
    LLM_COST,
    LLM_COST_UNKNOWN,
    LLM_FIRST_TOKEN,
    LLM_SECONDS,
    LLM_TOKENS,
    LLM_UNPRICED,
)

Outcome = Literal["open", "ok", "cancelled", "failed"]
Spending = Literal["within", "tight", "spent"]
"""How far a budget is used up: from `tight` on the cheaper model answers, at `spent` none does."""

MICRO = 1_000_000
MAX_TOKENS = 1024
FRAMING = 64  # tokens around one message, and more than any provider needs


@dataclass(frozen=True, slots=True)
class Called:
    """One call. Tokens and cost are None where nobody knows them, and while it is open; it costs
    no more than `estimate_micros`."""

    id: UUID
    turn_id: UUID | None
    conversation_id: UUID | None
    epoch: int | None
    purpose: Purpose
    agent: str
    model: str
    outcome: Outcome
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    first_token_ms: int | None = None
    duration_ms: int | None = None
    cost_micros: int | None = None
    estimate_micros: int | None = None
    price_version: str | None = None


@dataclass(slots=True)
class Ledger:
    """The calls of one turn that have ended; `agent` is who works on it, the router until it has
    chosen. `stored` of them stand in the store as they are."""

    turn_id: UUID | None = None
    conversation_id: UUID | None = None
    epoch: int | None = None
    agent: str = "router"
    spending: Spending = "within"
    calls: list[Called] = field(default_factory=list)
    stored: int = 0

    @property
    def dollars(self) -> float:
        return sum(call.cost_micros or 0 for call in self.calls) / MICRO

    @property
    def unstored(self) -> list[Called]:
        return self.calls[self.stored :]


class Records(Protocol):
    """Where calls are written down."""

    async def open(self, call: Called) -> None:
        """Raises DatabaseDown."""
        ...

    async def close(self, ledger: Ledger) -> None:
        """Those that are not stored yet; later, where the store is away."""
        ...


LEDGER: ContextVar[Ledger | None] = ContextVar("ledger", default=None)


def is_spent() -> bool:
    """Whether no call that costs may be made for this turn."""
    ledger = LEDGER.get()
    return ledger is not None and ledger.spending == "spent"


class Call:
    """A call under way: whoever makes it tells the usage, and when the first token came."""

    def __init__(
        self, purpose: Purpose, model: str, prices: Prices | None, estimate: Cost | None
    ) -> None:
        self.id, self.purpose, self.model = uuid4(), purpose, model
        self.usage: Usage | None = None
        self.answered_by: str | None = None  # the model, as the provider calls it
        self._prices, self._estimate = prices, estimate
        self.ledger = LEDGER.get() or Ledger(agent="none")
        self._agent = self.ledger.agent
        self._began = time.monotonic()
        self._first: float | None = None
        self._span = begun_span(purpose, model, prices)

    @property
    def headers(self) -> dict[str, str]:
        """By which the provider's books and ours can be compared."""
        return {"X-Client-Request-Id": str(self.id)}

    def saw_text(self) -> None:
        if self._first is None:
            self._first = time.monotonic() - self._began

    def told(self, outcome: Outcome, cost: Cost | None = None) -> Called:
        usage, first, ledger = self.usage, self._first, self.ledger
        return Called(
            id=self.id,
            turn_id=ledger.turn_id,
            conversation_id=ledger.conversation_id,
            epoch=ledger.epoch,
            purpose=self.purpose,
            agent=self._agent,
            model=self.model,
            outcome=outcome,
            prompt_tokens=usage.prompt_tokens if usage else None,
            completion_tokens=usage.completion_tokens if usage else None,
            first_token_ms=None if first is None else round(first * 1000),
            duration_ms=None if outcome == "open" else round(self._took() * 1000),
            cost_micros=cost.micros if cost else None,
            estimate_micros=self._estimate.micros if self._estimate else None,
            price_version=cost.version if cost else None,
        )

    def end(self, outcome: Outcome) -> None:
        """Counted, and handed to whoever stores it."""
        cost = self._cost()
        self._count(outcome, cost)
        end_span(self._span, self, outcome, cost, self._first)
        self.ledger.calls.append(self.told(outcome, cost))

    def _took(self) -> float:
        return time.monotonic() - self._began

    def _cost(self) -> Cost | None:
        if self._prices is None:
            return NOTHING
        return self._prices.cost(self.model, self.usage) if self.usage else None

    def _count(self, outcome: Outcome, cost: Cost | None) -> None:
        model, agent, usage = self.model, self._agent, self.usage
        LLM_CALLS.labels(purpose=self.purpose, model=model, outcome=outcome).inc()
        if usage is not None:
            for kind, count in (
                ("prompt", usage.prompt_tokens), ("completion", usage.completion_tokens),
            ):  # fmt: skip
                LLM_TOKENS.labels(type=kind, model=model, agent=agent).inc(count)
        if cost is not None:
            LLM_COST.labels(model=model, agent=agent).inc(cost.micros / MICRO)
        else:
            count_unknown(model, "no_price" if usage else "no_usage", self._estimate)
        if self._prices is not None:
            LLM_SECONDS.labels(model=model, agent=agent).observe(self._took())
            if self._first is not None:
                LLM_FIRST_TOKEN.labels(model=model).observe(self._first)


def count_unknown(model: str, why: str, estimate: Cost | None) -> None:
    """A call whose cost nobody knows, and what it may have cost at most."""
    LLM_UNPRICED.labels(model=model, why=why).inc()
    if estimate is not None:
        LLM_COST_UNKNOWN.labels(model=model).inc(estimate.micros / MICRO)


@dataclass(frozen=True, slots=True)
class Meter:
    """Around the calls of an endpoint: what they cost, and where they are written down."""

    prices: Prices
    records: Records

    @asynccontextmanager
    async def calling(self, purpose: Purpose, model: str, at_most: Usage) -> AsyncIterator[Call]:
        """Raises DatabaseDown before the call is made: one that is not on record is not made."""
        call = Call(purpose, model, self.prices, self.prices.cost(model, at_most))
        await self.records.open(call.told("open"))
        try:
            with ending(call):
                yield call
        finally:
            if call.ledger.turn_id is None:
                await self.records.close(call.ledger)


@contextmanager
def offline_calling(purpose: Purpose, model: str) -> Iterator[Call]:
    """Around one call of a model that costs nothing."""
    call = Call(purpose, model, None, None)
    with ending(call):
        yield call


@contextmanager
def ending(call: Call) -> Iterator[None]:
    try:
        yield
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


def at_most(said: Sequence[BaseMessage], beside: int = 0) -> Usage:
    """What a call can come to: a token is a byte at least. `beside`: bytes of tools and schemas."""
    prompt = sum(len(str(message.content).encode()) + FRAMING for message in said)
    return Usage(prompt + beside, MAX_TOKENS)


def is_refusal(failed: BaseException) -> bool:
    """Whether the endpoint did no work for it: nobody was reached, or an error status came."""
    if isinstance(failed, aiohttp.ClientConnectorError | aiohttp.ClientResponseError):
        return True
    return getattr(failed, "status_code", None) is not None  # openai's errors
