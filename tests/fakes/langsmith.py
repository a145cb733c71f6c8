"""A server in LangSmith's place: takes whatever is sent, and keeps it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

INFO = {"version": "0.12.0"}  # the client then sends as it does by itself


@dataclass
class LangSmith:
    """`bodies` in the order they came, with the paths they were sent to."""

    paths: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    bodies: list[bytes] = field(default_factory=list)
    port: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def received(self) -> str:
        return b"\n".join(self.bodies).decode(errors="replace")

    async def until(self, text: str, seconds: float = 20.0) -> None:
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: text in self.received)

    async def _take(self, request: web.Request) -> web.Response:
        self.paths.append(request.path)
        self.keys.add(request.headers.get("x-api-key", ""))
        self.bodies.append(await request.read())
        async with self.changed:
            self.changed.notify_all()
        if request.path == "/info":
            return web.json_response(INFO)
        return web.json_response({}, status=202)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["LangSmith"]:
        app = web.Application(client_max_size=20 * 1024**2)
        app.router.add_route("*", "/{path:.*}", self._take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()
