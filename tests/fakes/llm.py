"""A scripted OpenAI-compatible server in the LLM's place: streams, delays, faults, records."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

MODEL = "scripted-2025-06"  # as it calls itself
ANSWER = "The 2025 X1 may tow a braked trailer of up to 2,000 kg [1]. The hitch carries the rest."


@dataclass(frozen=True)
class Reply:
    """How one call is answered. `fault`: refuse, http_429, http_500, http_400, hang, truncate,
    comments, garbage, html, empty."""

    text: str = ANSWER
    first_token_seconds: float = 0.0
    token_seconds: float = 0.0
    fault: str | None = None
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()


@dataclass
class ScriptedLLM:
    """`reply_to(body)` decides each reply; `requests` and `call_ids` are what really came."""

    reply_to: Callable[[dict[str, Any]], Reply] = lambda body: Reply()
    requests: list[dict[str, Any]] = field(default_factory=list)
    call_ids: list[str] = field(default_factory=list)
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
        self.call_ids.append(request.headers.get("X-Client-Request-Id", ""))
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
            return web.json_response(whole(reply))
        return await self._stream(request, reply)

    async def _stream(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            await asyncio.sleep(reply.first_token_seconds)
            while reply.fault == "comments":
                await response.write(b": still working\n\n")
                await asyncio.sleep(0.2)
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

    def reset(self) -> None:
        self.reply_to = lambda body: Reply()
        self.requests.clear()
        self.call_ids.clear()
        self.closed_early = 0

    @contextmanager
    def serving_in_thread(self, port: int = 0) -> Iterator["ScriptedLLM"]:
        """On loopback, in an event loop of its own, until the block is left."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        runner = web.AppRunner(self.app(), handler_cancellation=True, shutdown_timeout=0.1)
        asyncio.run_coroutine_threadsafe(self._listen(runner, port), loop).result(10)
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()

    async def _listen(self, runner: web.AppRunner, port: int) -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"


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
    yield orjson.dumps({"choices": [], "model": MODEL, "usage": usage(len(words))})
    yield b"[DONE]"


def usage(completion: int) -> dict[str, int]:
    return {
        "prompt_tokens": 100,
        "completion_tokens": completion,
        "total_tokens": 100 + completion,
    }


def whole(reply: Reply) -> dict[str, Any]:
    """An answer in one piece: a text, or the tool calls of the script."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.calls:
        message["tool_calls"] = [
            {"id": f"call_{n}", "type": "function",
             "function": {"name": name, "arguments": orjson.dumps(arguments).decode()}}
            for n, (name, arguments) in enumerate(reply.calls)
        ]  # fmt: skip
    return {
        "id": "chat-1",
        "object": "chat.completion",
        "created": 0,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": usage(len(reply.text.split())),
    }


def question_in(body: dict[str, Any]) -> str:
    """The customer's question inside a prompt."""
    content = str(body["messages"][-1]["content"])
    return content.split("<question", 1)[-1].split(">\n", 1)[-1].split("\n</question>")[0]
