"""Who may call what: every endpoint stands in one table, and every cell of it is tried."""

import uuid
from collections.abc import Awaitable, Callable
from functools import lru_cache

import aiohttp

from app.main import create_app
from app.settings import Settings
from tests.accounts import api_key, signed_in
from tests.server import Server

Start = Callable[..., Awaitable[Server]]
REFUSED = {401, 403}
ROLES = ("guest", "customer", "staff", "editor", "admin")
KEYS = ("detect", "detect:read", "handoffs")
STAFF, EDITOR, ADMIN = {"staff", "admin"}, {"editor", "admin"}, {"admin"}
SIGNED_IN = {"customer", "staff", "editor", "admin"}
DESK = STAFF | {"handoffs"}
ANYONE = set(ROLES) | set(KEYS)

# The longest beginning of "METHOD path" counts. Whose data an owner sees is in other tests.
TABLE = {
    "POST /api/v1/chat": ANYONE,
    "GET /api/v1/chat": ANYONE,
    "DELETE /api/v1/chat": ANYONE,
    "POST /api/v1/feedback": ANYONE,
    "GET /api/v1/feedback": STAFF,
    "POST /api/v1/auth": ANYONE,
    "POST /api/v1/auth/ticket": SIGNED_IN,
    "GET /api/v1/auth/me": SIGNED_IN,
    "GET /api/v1/documents": EDITOR,
    "POST /api/v1/documents": EDITOR,
    "POST /api/v1/documents/search": SIGNED_IN,
    "DELETE /api/v1/documents": EDITOR,
    "GET /api/v1/appointments": ANYONE,
    "GET /api/v1/outbox": STAFF,
    "GET /api/v1/me/data": ANYONE,
    "DELETE /api/v1/me/data": ANYONE,
    "POST /api/v1/customers": ADMIN,
    "DELETE /api/v1/customers": ADMIN,
    "POST /api/v1/conversations": STAFF,
    "GET /api/v1/keys": ADMIN,
    "POST /api/v1/keys": ADMIN,
    "DELETE /api/v1/keys": ADMIN,
    "GET /health": ANYONE,
    "GET /api/v1/handoffs": DESK,
    "POST /api/v1/handoffs": STAFF,
    "POST /api/v1/handoffs/{handoff_id}/claim": DESK,
    "POST /api/v1/handoffs/{handoff_id}/messages": DESK,
    "POST /api/v1/handoffs/{handoff_id}/resolve": DESK,
    "PUT /api/v1/me/handoffs": ANYONE,
    "GET /api/v1/desk": STAFF,
    "GET /api/v1/canned-replies": STAFF,
    "POST /api/v1/canned-replies": STAFF,
    "DELETE /api/v1/canned-replies": STAFF,
    "POST /api/v1/messages": STAFF,
    "GET /api/v1/knowledge-gaps": STAFF,
    "POST /api/v1/knowledge-gaps": STAFF,
    "GET /api/v1/webhooks/endpoints": ADMIN,
    "POST /api/v1/webhooks/endpoints": ADMIN,
    "PUT /api/v1/webhooks/endpoints": ADMIN,
    "DELETE /api/v1/webhooks/endpoints": ADMIN,
    "POST /api/v1/webhooks/endpoints/{endpoint_id}/replay": STAFF,
    "GET /api/v1/webhooks/deliveries": STAFF,
    "POST /api/v1/webhooks/deliveries": STAFF,
    "GET /api/v1/analytics": ADMIN,
    "GET /api/v1/audit": ADMIN,
    "POST /detect": {"detect"},
    "GET /logs/recent": {"detect:read"},
    "GET /metrics/stats": {"detect:read"},
}


@lru_cache
def endpoints() -> list[str]:
    paths = create_app(Settings(_env_file=None)).openapi()["paths"]
    return [f"{method.upper()} {path}" for path, item in paths.items() for method in item]


def allowed(endpoint: str) -> set[str] | None:
    """None for an endpoint that nobody has thought of."""
    known = [each for each in TABLE if endpoint.startswith(each)]
    return TABLE[max(known, key=len)] if known else None


def test_every_endpoint_stands_in_the_table_and_back() -> None:
    assert [each for each in endpoints() if allowed(each) is None] == []
    stale = [each for each in TABLE if not any(e.startswith(each) for e in endpoints())]
    assert stale == []


async def test_nobody_is_let_in_where_the_table_says_no(start_server: Start) -> None:
    server = await start_server(
        RATE_LIMIT_ADDRESS="100000/minute",
        RATE_LIMIT_API_KEY="100000/minute",
        RATE_LIMIT_AUTH="100000/minute",
    )
    async with aiohttp.ClientSession(server.url, cookie_jar=aiohttp.DummyCookieJar()) as http:
        callers: dict[str, dict[str, str]] = {"guest": {}}
        for role in ("customer", "staff", "editor", "admin"):
            callers[role] = await signed_in(server, http, role)
        for scope in KEYS:
            callers[scope] = await api_key(server, http, scope)
        wrong = [
            (endpoint, caller, status)
            for endpoint in endpoints()
            for caller, headers in callers.items()
            if (status := await answered(http, endpoint, headers)) is not None
            and (status in REFUSED) == (caller in (allowed(endpoint) or ()))
        ]
    assert wrong == []


async def answered(
    http: aiohttp.ClientSession, endpoint: str, headers: dict[str, str]
) -> int | None:
    """The status of a call that can do nothing: its ids name nothing, its body says nothing. None
    for calls without a body that anybody may make."""
    if allowed(endpoint) == ANYONE:
        return None
    method, _, path = endpoint.partition(" ")
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + str(uuid.uuid4()) + rest.partition("}")[2]
    body = {"data": b"{}", "headers": {**headers, "Content-Type": "application/json"}}
    about = {"headers": headers} if method == "GET" else body
    async with http.request(method, path, **about) as response:  # type: ignore[arg-type]
        return response.status
