"""Plain ASGI middleware: headers on every response, figures and an id of every request."""

import re
import time
import uuid

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from app.observability.metrics import (
    HTTP_ERRORS,
    HTTP_REQUESTS,
    REQUEST_SECONDS,
    REQUESTS_IN_PROGRESS,
)

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class SecurityHeaders:
    """On every HTTP response; the pages add their Content-Security-Policy."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        await self.app(scope, receive, send_with_headers)


REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
ANSWERS = ("http.response.start", "websocket.accept")


class Identified:
    """An id for every request and socket, in the lines of its log and as `X-Request-ID`; one that
    a proxy has given is kept."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        header = (b"x-request-id", request.encode())

        async def send_with_id(message: Message) -> None:
            if message["type"] in ANSWERS:
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        bind_contextvars(request=request)  # for the life of this request's task
        await self.app(scope, receive, send_with_id)


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


class Measured:
    """Every HTTP request by the template of its route, never by its path."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.monotonic(), 500

        async def send_seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        REQUESTS_IN_PROGRESS.inc()
        try:
            await self.app(scope, receive, send_seen)
        finally:
            REQUESTS_IN_PROGRESS.dec()
            count_request(scope, status, time.monotonic() - began)


def count_request(scope: Scope, status: int, took: float) -> None:
    method = scope["method"] if scope["method"] in METHODS else "other"
    endpoint = getattr(scope.get("route"), "path", "unmatched")
    REQUEST_SECONDS.labels(endpoint=endpoint, method=method).observe(took)
    answered = {"endpoint": endpoint, "method": method, "status_code": str(status)}
    HTTP_REQUESTS.labels(**answered).inc()
    if status >= 500:
        HTTP_ERRORS.labels(**answered).inc()
