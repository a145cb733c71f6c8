"""A collector on loopback: takes traces over OTLP/HTTP, and has faults on demand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """Ids as hex digits; `parent` is empty for a root. Times in nanoseconds."""

    trace: str
    id: str
    parent: str
    name: str
    began: int
    ended: int
    about: dict[str, Any]
    resource: dict[str, Any]
    events: int


@dataclass
class Collector:
    """`mode`: ok, 503, or hang."""

    mode: str = "ok"
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    spans: list[ReceivedSpan] = field(default_factory=list)
    port: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def of(self, trace: str) -> list[ReceivedSpan]:
        return [span for span in self.spans if span.trace == trace]

    async def until_whole(self, trace: str, seconds: float = 20.0) -> list[ReceivedSpan]:
        """The trace, once its root has come, which is sent last."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: any(span.name == "turn" for span in self.of(trace)))
        return self.of(trace)

    async def until_asked(self, times: int = 1, seconds: float = 20.0) -> None:
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: len(self.bodies) >= times)

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        if self.mode == "ok":
            self.spans.extend(spans_in(body))
        async with self.changed:
            self.changed.notify_all()
        if self.mode == "hang":
            await asyncio.sleep(60)
        return web.Response(status=503 if self.mode == "503" else 200)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Collector"]:
        app = web.Application()
        app.router.add_post("/v1/traces", self._take)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()


def spans_in(body: bytes) -> list[ReceivedSpan]:
    request = ExportTraceServiceRequest.FromString(body)
    return [
        ReceivedSpan(
            span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(), span.name,
            span.start_time_unix_nano, span.end_time_unix_nano, values(span.attributes),
            values(resource.resource.attributes), len(span.events),
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]  # fmt: skip


def values(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
