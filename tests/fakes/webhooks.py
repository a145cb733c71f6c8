"""A receiver of webhooks on loopback: it verifies every request with the `standardwebhooks`
library, and has faults on demand."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

STATUS = {"down": 503, "500": 500, "302": 302, "410": 410, "404": 404}


@dataclass(frozen=True, slots=True)
class Received:
    """One request that verified, or (`verified` False) did not."""

    path: str
    id: str
    body: str
    verified: bool
    acknowledged: bool

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = orjson.loads(self.body)
        return event


@dataclass
class WebhookReceiver:
    """`modes` says, for the next requests, what is done to them; afterwards `mode` does. Modes: ok,
    down, 500, 302, 410, 404, hang, lost (taken, and not acknowledged), or `429 SECONDS`."""

    secrets: list[str] = field(default_factory=list)
    mode: str = "ok"
    modes: list[str] = field(default_factory=list)
    requests: list[Received] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # types of events, each once
    choose: Callable[[], str] | None = None
    port: int = 0
    at_once: int = 0
    most_at_once: int = 0
    elsewhere: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def taken(self) -> list[Received]:
        """What was received as a receiver would count it."""
        return [each for each in self.requests if each.verified]

    @property
    def types(self) -> list[str]:
        return [each.event["type"] for each in self.taken if each.acknowledged]

    async def until(self, count: int, seconds: float = 20.0) -> None:
        """So many acknowledged requests."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: len(self.types) >= count)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._answered(request)
        finally:
            self.at_once -= 1

    async def _answered(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        mode = self.modes.pop(0) if self.modes else self.choose() if self.choose else self.mode
        mode = self._refused(body) or mode
        received = Received(
            request.path, request.headers.get("webhook-id", ""), body,
            self._verified(body, request), mode == "ok",
        )  # fmt: skip
        if mode in ("ok", "lost"):
            self.requests.append(received)
        async with self.changed:
            self.changed.notify_all()
        if mode == "hang":
            await asyncio.sleep(60)
        if mode == "lost":
            assert request.transport is not None
            request.transport.close()
        return self._response(mode)

    def _refused(self, body: str) -> str | None:
        """500 for an event that is to be refused once."""
        for each in self.refused:
            if f'"type":"{each}"' in body:
                self.refused.remove(each)
                return "500"
        return None

    def _response(self, mode: str) -> web.Response:
        if mode.startswith("429"):
            return web.Response(status=429, headers={"Retry-After": mode.partition(" ")[2]})
        location = {"Location": self.url("/elsewhere")} if mode == "302" else {}
        return web.Response(status=STATUS.get(mode, 200), headers=location, text="x" * 5000)

    def _verified(self, body: str, request: web.Request) -> bool:
        """By at least one of the secrets."""
        if request.path == "/elsewhere":
            self.elsewhere += 1
        for secret in self.secrets:
            try:
                Webhook(secret).verify(body, dict(request.headers))
            except WebhookVerificationError:
                continue
            return True
        return False

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["WebhookReceiver"]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()


def some_faults(seed: int) -> Callable[[], str]:
    """Half of the requests go well."""
    chance = random.Random(seed)
    return lambda: chance.choice(["ok", "ok", "ok", "500", "lost", "down"])
