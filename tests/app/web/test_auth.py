"""Accounts over HTTP and on open sockets, with the running product."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import jwt
import orjson
import pytest
import websockets

from tests.server import Client, Server

PASSWORD = "a long enough password"
Start = Callable[..., Awaitable[Server]]


@pytest.fixture
async def http(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    """A client that keeps no cookies."""
    async with aiohttp.ClientSession(
        f"{server.url}/api/v1/", cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        yield session


async def post(http: aiohttp.ClientSession, path: str, **body: Any) -> tuple[int, Any]:
    async with http.post(path, json=body) as response:
        return response.status, await response.json() if response.content_length else None


async def registered(http: aiohttp.ClientSession) -> tuple[str, dict[str, Any]]:
    email = f"{uuid.uuid4().hex[:10]}@dealer.test"
    status, login = await post(http, "auth/register", email=email, password=PASSWORD, name="Jo")
    assert status == 201
    return email, login


def bearer(login: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {login['access_token']}"}


async def test_register_sign_in_and_see_oneself(http: aiohttp.ClientSession) -> None:
    email, _ = await registered(http)
    status, login = await post(http, "auth/login", email=email.upper(), password=PASSWORD)
    assert status == 200
    async with http.get("auth/me", headers=bearer(login)) as response:
        me = await response.json()
    assert (me["email"], me["name"], me["role"]) == (email, "Jo", "customer")


async def test_wrong_password_and_unknown_address_look_the_same(
    http: aiohttp.ClientSession,
) -> None:
    email, _ = await registered(http)
    wrong = await post(http, "auth/login", email=email, password="not the password")
    unknown = await post(http, "auth/login", email="nobody@dealer.test", password="whatever it is")
    assert wrong == unknown
    assert wrong[0] == 401


async def test_eight_failures_lock_the_account_for_a_while(http: aiohttp.ClientSession) -> None:
    email, _ = await registered(http)
    for _ in range(8):
        await post(http, "auth/login", email=email, password="not the password")
    status, body = await post(http, "auth/login", email=email, password=PASSWORD)
    assert (status, body["error"]) == (429, "AccountLocked")


async def test_refresh_rotates_and_a_token_used_twice_ends_the_login(
    http: aiohttp.ClientSession,
) -> None:
    _, login = await registered(http)
    status, fresh = await post(http, "auth/refresh", refresh_token=login["refresh_token"])
    assert status == 200
    stolen, _ = await post(http, "auth/refresh", refresh_token=login["refresh_token"])
    assert stolen == 401
    ended, _ = await post(http, "auth/refresh", refresh_token=fresh["refresh_token"])
    assert ended == 401
    async with http.get("auth/me", headers=bearer(fresh)) as response:
        assert response.status == 401


async def test_logout_ends_tokens_at_once_and_open_sockets_within_five_seconds(
    http: aiohttp.ClientSession, server: Server
) -> None:
    _, login = await registered(http)
    async with server.client("mine", login["access_token"]) as customer:
        assert customer.session["signed_in"]
        async with http.post("auth/logout", headers=bearer(login)) as response:
            assert response.status == 204
        async with http.get("auth/me", headers=bearer(login)) as response:
            assert response.status == 401
        with pytest.raises(websockets.ConnectionClosed) as closed:
            async with asyncio.timeout(5):
                await customer.connection.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


@pytest.mark.parametrize(
    "claims",
    [
        {"alg": "none"},
        {"exp": None},
        {"aud": "another"},
        {"iss": "another"},
        {"typ": "guest"},
        {"iat": int(time.time()) + 3600},
        {"sid": None},
    ],
)
async def test_forged_and_incomplete_tokens_are_refused(
    http: aiohttp.ClientSession, claims: dict[str, Any], server: Server
) -> None:
    key = (server.folder / "data" / "secrets" / "jwt_secret").read_text().strip()
    _, login = await registered(http)
    body = jwt.decode(login["access_token"], key, ["HS256"], audience="genai-auto")
    algorithm = claims.pop("alg", "HS256")
    body = {k: v for k, v in {**body, **claims}.items() if v is not None}
    forged = jwt.encode(body, key if algorithm != "none" else None, algorithm)
    async with http.get("auth/me", headers={"Authorization": f"Bearer {forged}"}) as response:
        assert response.status == 401


async def test_tokens_hold_for_an_independent_verifier(
    http: aiohttp.ClientSession, server: Server
) -> None:
    key = (server.folder / "data" / "secrets" / "jwt_secret").read_text().strip()
    _, login = await registered(http)
    options = {"require": ["exp", "iat", "aud", "iss", "sub", "jti"]}
    jwt.decode(
        login["access_token"], key, ["HS256"], audience="genai-auto", issuer="genai-auto",
        options=options,
    )  # fmt: skip


async def test_a_ticket_opens_one_socket_once(http: aiohttp.ClientSession, server: Server) -> None:
    _, login = await registered(http)
    async with http.post("auth/ticket", headers=bearer(login)) as response:
        ticket = (await response.json())["ticket"]
    async with server.client("t", query=f"?ticket={ticket}") as customer:
        assert customer.session["signed_in"]
    assert await refused_with(server, f"?ticket={ticket}") == 4401


async def refused_with(server: Server, query: str = "", **headers: str) -> int:
    async with websockets.connect(
        server.socket_url("x", query), additional_headers=headers
    ) as connection:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await connection.recv()
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code


@pytest.mark.parametrize(
    "origin",
    ["https://evil.test", "null", "http://localhost.evil.test", "http://127.0.0.1:1", "file://"],
)
async def test_foreign_origins_open_no_socket(server: Server, origin: str) -> None:
    assert await refused_with(server, Origin=origin) == 4403


async def test_own_origin_opens_a_socket_and_a_cookie_without_origin_does_not(
    server: Server,
) -> None:
    async with websockets.connect(
        server.socket_url("x"), additional_headers={"Origin": server.url}
    ) as connection:
        client = Client(connection)
        assert (await client.next())["type"] == "session"
    assert await refused_with(server, Cookie="genai_auto_guest=whatever") == 4403


async def test_login_in_mid_chat_takes_the_conversation_along(
    http: aiohttp.ClientSession, server: Server
) -> None:
    _, login = await registered(http)
    async with server.client("moving") as customer:
        await customer.ask("Hello")
        guest = customer.token
        await customer.send(type="auth", token=login["access_token"])
        success = await customer.until("auth_success")
        assert success["session_id"] == "moving"
        await customer.ask("Thanks")
    async with http.get("chat/history/moving", headers=bearer(login)) as response:
        assert len((await response.json())["messages"]) == 4
    async with http.get("chat/history/moving", headers={"X-Guest-Token": guest}) as response:
        assert response.status == 404


async def test_a_wrong_token_in_mid_chat_is_an_auth_error_and_the_chat_goes_on(
    server: Server,
) -> None:
    async with server.client() as customer:
        await customer.send(type="auth", token="not.a.token")
        assert (await customer.until("auth_error"))["code"] == "SessionEnded"
        assert await customer.ask("Hello")


async def test_setup_link_makes_the_first_admin_once(start_server: Start) -> None:
    server = await start_server()
    link = next(line for line in server.log.splitlines() if "First admin" in line)
    token = orjson.loads(link)["event"].split("setup=")[1]
    body = {"email": "boss@dealer.test", "password": PASSWORD, "name": "Boss", "token": token}
    async with aiohttp.ClientSession(f"{server.url}/api/v1/") as http:
        first, login = await post(http, "auth/setup", **body)
        again, _ = await post(http, "auth/setup", **{**body, "email": "two@dealer.test"})
        async with http.get("auth/me", headers=bearer(login)) as response:
            assert (await response.json())["role"] == "admin"
    assert (first, again) == (201, 404)


async def test_refused_input_names_the_field_and_not_its_value(
    http: aiohttp.ClientSession,
) -> None:
    status, body = await post(http, "auth/login", email="a@b.test", password="x", extra="secret-9")
    assert status == 422
    assert body["error"] == "BadInput"
    assert "secret-9" not in str(body)


async def test_signing_out_twice_clears_the_cookie_and_is_no_error(
    http: aiohttp.ClientSession, server: Server
) -> None:
    _, login = await registered(http)
    for _ in range(2):
        async with http.post("auth/logout", headers=bearer(login)) as response:
            assert response.status == 204
            assert 'genai_auto_session=""' in response.headers["Set-Cookie"]
    foreign = {"Cookie": "genai_auto_session=x", "Origin": "https://evil.test"}
    async with http.post("auth/logout", headers=foreign) as response:
        assert response.status == 403
