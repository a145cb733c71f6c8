"""API keys over HTTP: who may make them, what they may do, and when they hold no longer."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import asyncpg
import pytest

from app.accounts.identity import Role
from tests.accounts import signed_in
from tests.server import Server

WISH = {"name": "Help desk", "scopes": ["detect"]}


@pytest.fixture
async def http(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(server.url, cookie_jar=jar) as session:
        yield session


@pytest.fixture
async def admin(server: Server, http: aiohttp.ClientSession) -> dict[str, str]:
    return await signed_in(server, http, "admin")


async def call(
    http: aiohttp.ClientSession, method: str, path: str, headers: dict[str, str], body: Any = None
) -> tuple[int, Any]:
    async with http.request(method, path, headers=headers, json=body) as response:
        return response.status, await response.json() if response.status != 204 else None


async def detects(http: aiohttp.ClientSession, secret: str) -> int:
    headers = {"Authorization": f"Bearer {secret}"}
    status, _ = await call(http, "POST", "/detect", headers, {"llm_response": "Fine."})
    return status


@pytest.mark.parametrize("role", ["customer", "staff", "editor"])
async def test_only_admins_make_keys(
    server: Server, http: aiohttp.ClientSession, role: Role
) -> None:
    other = await signed_in(server, http, role)
    assert (await call(http, "POST", "/api/v1/keys", other, WISH))[0] == 403
    assert (await call(http, "GET", "/api/v1/keys", other))[0] == 403
    assert (await call(http, "GET", "/api/v1/keys", {}))[0] == 401


async def test_the_secret_is_shown_once_and_kept_as_a_hash(
    server: Server, http: aiohttp.ClientSession, admin: dict[str, str]
) -> None:
    status, new = await call(http, "POST", "/api/v1/keys", admin, WISH)
    assert status == 201
    _, listed = await call(http, "GET", "/api/v1/keys", admin)
    assert new["secret"] not in str(listed)
    assert new["key"]["shown"] == new["secret"][:12]
    store = await asyncpg.connect(server.environment["DATABASE_URL"])
    kept = await store.fetchrow("select * from api_keys where id = $1", new["key"]["id"])
    await store.close()
    assert kept["secret_hash"] == hashlib.sha256(new["secret"].encode()).digest()
    assert new["secret"] not in str(dict(kept))


async def test_a_revoked_key_holds_no_longer(
    http: aiohttp.ClientSession, admin: dict[str, str]
) -> None:
    _, new = await call(http, "POST", "/api/v1/keys", admin, WISH)
    assert await detects(http, new["secret"]) == 200
    path = f"/api/v1/keys/{new['key']['id']}"
    assert [(await call(http, "DELETE", path, admin))[0] for _ in range(2)] == [204, 204]
    assert await detects(http, new["secret"]) == 401
    assert (await call(http, "POST", f"{path}/rotate", admin, {}))[0] == 404


async def test_a_rotated_key_holds_for_its_grace(
    http: aiohttp.ClientSession, admin: dict[str, str]
) -> None:
    _, old = await call(http, "POST", "/api/v1/keys", admin, WISH)
    path = f"/api/v1/keys/{old['key']['id']}/rotate"
    status, new = await call(http, "POST", path, admin, {"grace_hours": 1})
    assert (status, new["key"]["replaces"]) == (201, old["key"]["id"])
    assert new["key"]["scopes"] == ["detect"]
    assert [await detects(http, each["secret"]) for each in (old, new)] == [200, 200]
    assert (await call(http, "POST", path, admin, {"grace_hours": 0}))[0] == 201
    assert [await detects(http, each["secret"]) for each in (old, new)] == [401, 200]


async def test_a_key_does_only_what_its_scopes_say(
    http: aiohttp.ClientSession, admin: dict[str, str]
) -> None:
    _, new = await call(http, "POST", "/api/v1/keys", admin, WISH)
    key = {"X-API-Key": new["secret"]}
    status, refused = await call(http, "GET", "/logs/recent", key)
    assert (status, refused["error"]) == (403, "MissingScope")
    bearer = {"Authorization": f"Bearer {new['secret']}"}
    assert (await call(http, "GET", "/api/v1/keys", bearer))[0] == 401


@pytest.mark.parametrize(
    "wish",
    [
        {"name": "", "scopes": ["detect"]},
        {"name": "x" * 81, "scopes": ["detect"]},
        {"name": "Desk", "scopes": []},
        {"name": "Desk", "scopes": ["everything"]},
        {"name": "Desk", "scopes": ["detect"], "expires_in_days": 0},
    ],
)
async def test_a_wish_that_makes_no_sense_is_refused(
    http: aiohttp.ClientSession, admin: dict[str, str], wish: dict[str, Any]
) -> None:
    status, body = await call(http, "POST", "/api/v1/keys", admin, wish)
    assert (status, body["error"]) == (422, "BadInput")


async def test_every_change_is_audited(
    server: Server, http: aiohttp.ClientSession, admin: dict[str, str]
) -> None:
    _, new = await call(http, "POST", "/api/v1/keys", admin, WISH)
    path = f"/api/v1/keys/{new['key']['id']}"
    await call(http, "POST", f"{path}/rotate", admin, {})
    await call(http, "DELETE", path, admin)
    store = await asyncpg.connect(server.environment["DATABASE_URL"])
    found = await store.fetch(
        "select action from audit_entries where record = $1 order by id",
        f"api_key:{new['key']['id']}",
    )
    await store.close()
    assert [row["action"] for row in found] == [
        "api_key_created", "api_key_rotated", "api_key_revoked",
    ]  # fmt: skip
