"""A scripted OpenAI-compatible server: streams, delays, faults, records. It stands in for the LLM."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

ANSWER = (
    "The 2025 X1 may tow a braked trailer of up to 2,000 kg [1]. That is 200 kg more than 2024."
)


@dataclass(frozen=True)
class Reply:
    """How one call is answered. `fault`: refuse, http_429, http_500, http_400, hang, truncate,
    garbage, html, empty."""

    text: str = ANSWER
    first_token_seconds: float = 0.0
    token_seconds: float = 0.0
    fault: str | None = None


@dataclass
class ScriptedLLM:
    """`reply_to(body)` decides each reply; `requests` and `ended` are what really happened."""

    reply_to: Callable[[dict[str, Any]], Reply] = lambda body: Reply()
    requests: list[dict[str, Any]] = field(default_factory=list)
    closed_early: int = 0
    base_url: str = ""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self.complete)
        app.router.add_post("/v1/embeddings", self.embed)
        return app

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        reply = self.reply_to(body)
        if reply.fault and reply.fault.startswith("http_"):
            return web.json_response(
                {"error": {"message": "scripted"}}, status=int(reply.fault[5:])
            )
        if reply.fault == "html":
            return web.Response(text="<html>It works</html>", content_type="text/html")
        if reply.fault == "hang":
            await asyncio.sleep(3600)
        if not body.get("stream"):
            return web.json_response(whole(reply.text))
        return await self._stream(request, reply)

    async def _stream(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            await asyncio.sleep(reply.first_token_seconds)
            async for event in events(reply):
                await response.write(b"data: " + event + b"\n\n")
            await response.write_eof()
        except (ConnectionResetError, asyncio.CancelledError):
            self.closed_early += 1
        return response

    async def embed(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.requests.append(body)
        vectors = [[float(len(text) % 7 + 1)] + [0.5] * 767 for text in body["input"]]
        return web.json_response(
            {"data": [{"index": i, "embedding": v} for i, v in enumerate(vectors)]}
        )

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator["ScriptedLLM"]:
        """On loopback, until the block is left."""
        runner = web.AppRunner(self.app(), handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        try:
            yield self
        finally:
            await runner.cleanup()


async def events(reply: Reply) -> AsyncIterator[bytes]:
    """Server-sent data: one word a token, then the usage, as OpenAI sends them."""
    if reply.fault == "garbage":
        yield b"{not json"
        return
    words = [] if reply.fault == "empty" else reply.text.split(" ")
    for index, word in enumerate(words):
        if reply.fault == "truncate" and index == len(words) // 2:
            return
        if index and reply.token_seconds:
            await asyncio.sleep(reply.token_seconds)
        token = word if index == 0 else f" {word}"
        yield orjson.dumps({"choices": [{"index": 0, "delta": {"content": token}}]})
    yield orjson.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    yield orjson.dumps({"choices": [], "usage": usage(len(words))})
    yield b"[DONE]"


def usage(completion: int) -> dict[str, int]:
    return {
        "prompt_tokens": 100,
        "completion_tokens": completion,
        "total_tokens": 100 + completion,
    }


def whole(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "chat-1",
        "object": "chat.completion",
        "created": 0,
        "model": "scripted",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": usage(len(text.split())),
    }


def question_in(body: dict[str, Any]) -> str:
    """The customer's question inside a prompt."""
    content = str(body["messages"][-1]["content"])
    return content.split("<question", 1)[-1].split(">\n", 1)[-1].split("\n</question>")[0]
