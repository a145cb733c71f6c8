"""Streams answers from an OpenAI-compatible endpoint over one shared HTTP session.

ChatOpenAI costs about 9 ms of CPU per streamed answer; this costs a fraction of it.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from langchain_core.messages import BaseMessage

from agents.dependencies import Piece, Usage
from agents.events import AnswerInterrupted
from app.llm.ledger import LEDGER, MAX_TOKENS, Call, Meter, at_most

ROLES = {"system": "system", "human": "user", "ai": "assistant"}
MAX_ANSWER = 16_000
NONSENSE = (ValueError, KeyError, TypeError, AttributeError)


class LLMUnavailable(Exception):
    """The endpoint gave no answer: refused, failed, was silent or spoke nonsense."""

    def __init__(self, kind: str, retry: bool) -> None:
        self.kind, self.retry = kind, retry
        super().__init__(f"LLM endpoint: {kind}")


@dataclass(frozen=True, slots=True)
class EndpointModel:
    """Streams `POST {base_url}/chat/completions`. Closing the stream closes the upstream call.

    `cheaper` answers while a budget is nearly spent; the model itself where none is named.
    """

    http: aiohttp.ClientSession
    base_url: str
    key: str
    model: str
    meter: Meter
    cheaper: str = ""
    first_token_seconds: float = 20.0
    idle_seconds: float = 15.0

    @property
    def chosen(self) -> str:
        """The model for the call that comes next."""
        ledger = LEDGER.get()
        tight = ledger is not None and ledger.spending == "tight"
        return self.cheaper if tight and self.cheaper else self.model

    async def stream_pieces(self, messages: list[BaseMessage]) -> AsyncGenerator[Piece, None]:
        """Raises LLMUnavailable before the first text, AnswerInterrupted after it."""
        async with (
            self.meter.calling("answer", self.chosen, at_most(messages)) as call,
            aclosing(self._pieces(messages, call)) as pieces,
        ):
            async for piece in pieces:
                yield piece

    async def _pieces(self, messages: list[BaseMessage], call: Call) -> AsyncGenerator[Piece, None]:
        shown, finished = 0, False
        try:
            async with aclosing(self._events(self._body(messages, call), call)) as events:
                while (event := await self._next(events, shown)) is not None:
                    text, usage, finished = read_event(event, finished)
                    shown += len(text)
                    if usage is not None:
                        call.usage, call.answered_by = usage, model_in(event)
                    if text:
                        call.saw_text()
                        yield Piece(text, call.model)
                    if shown > MAX_ANSWER:
                        return
        except (aiohttp.ClientError, TimeoutError, *NONSENSE) as broken:
            if shown:
                raise AnswerInterrupted(type(broken).__name__) from broken
            raise LLMUnavailable(kind_of(broken), retry=is_passing(broken)) from broken
        if not finished and shown:
            raise AnswerInterrupted("truncated")
        if not shown:
            raise LLMUnavailable("empty", retry=True)

    async def _next(
        self, events: AsyncIterator[list[dict[str, Any]]], shown: int
    ) -> list[dict[str, Any]] | None:
        """The next events with content; comments that keep the line alive do not count."""
        async with asyncio.timeout(self.idle_seconds if shown else self.first_token_seconds):
            return await anext(events, None)

    def _body(self, messages: list[BaseMessage], call: Call) -> dict[str, Any]:
        return {
            "model": call.model,
            "messages": [{"role": ROLES[m.type], "content": m.text} for m in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_tokens": MAX_TOKENS,
            "temperature": 0.1,
        }

    async def _events(
        self, body: dict[str, Any], call: Call
    ) -> AsyncGenerator[list[dict[str, Any]], None]:
        """The server-sent events of one network read at a time."""
        timeout = aiohttp.ClientTimeout(total=120, sock_connect=5)
        async with self.http.post(
            f"{self.base_url}/chat/completions",
            data=orjson.dumps(body),
            headers={
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/json",
                **call.headers,
            },
            timeout=timeout,
        ) as response:
            response.raise_for_status()
            if "text/event-stream" not in response.content_type:
                raise ValueError("not an event stream")
            pending = b""
            async for data in response.content.iter_any():
                *lines, pending = (pending + data).split(b"\n")
                if events := [orjson.loads(line[5:]) for line in lines if is_data(line)]:
                    yield events
                if any(line.strip() == b"data: [DONE]" for line in lines):
                    return


def is_data(line: bytes) -> bool:
    return line.startswith(b"data:") and not line.strip().endswith(b"[DONE]")


def read_event(events: list[dict[str, Any]], finished: bool) -> tuple[str, Usage | None, bool]:
    """(text, usage if it came, whether the model has finished) of one read."""
    text, usage = "", None
    for event in events:
        if "error" in event:
            raise ValueError("error event")
        for choice in event.get("choices") or []:
            text += (choice.get("delta") or {}).get("content") or ""
            finished = finished or choice.get("finish_reason") is not None
        if counted := event.get("usage"):
            usage = Usage(counted.get("prompt_tokens") or 0, counted.get("completion_tokens") or 0)
    return text, usage, finished


def model_in(events: list[dict[str, Any]]) -> str | None:
    """As the provider calls the one that has answered."""
    named = events[-1].get("model")
    return named if isinstance(named, str) else None


def kind_of(error: Exception) -> str:
    """A bounded word for logs and metrics."""
    if isinstance(error, aiohttp.ClientResponseError):
        return "rate_limited" if error.status == 429 else f"http_{error.status // 100}xx"
    if isinstance(error, TimeoutError):
        return "timeout"
    return "connect" if isinstance(error, aiohttp.ClientConnectionError) else "malformed"


def is_passing(error: Exception) -> bool:
    """Whether the same call may succeed if tried again at once. A timeout has cost enough."""
    if isinstance(error, aiohttp.ClientResponseError):
        return error.status >= 500
    return isinstance(error, aiohttp.ClientConnectionError) and not isinstance(error, TimeoutError)
