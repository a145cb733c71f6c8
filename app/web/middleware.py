"""Plain ASGI middleware: headers on every response, figures of every request."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
