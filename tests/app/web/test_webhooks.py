"""Webhooks over HTTP: admins keep endpoints, staff send again, others get nothing."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from app.accounts.identity import Role
from tests.accounts import signed_in
from tests.fakes.webhooks import WebhookReceiver
from tests.server import Server

BASE = "/api/v1/webhooks"
Headers = dict[str, str]


@pytest.fixture
async def http(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(server.url, cookie_jar=jar) as session:
        yield session


@pytest.fixture
async def admin(server: Server, http: aiohttp.ClientSession) -> Headers:
    return await signed_in(server, http, "admin")


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver().serving() as receiver:
        yield receiver


async def call(
    http: aiohttp.ClientSession, method: str, path: str, headers: Headers, body: Any = None
) -> tuple[int, Any]:
    async with http.request(method, BASE + path, headers=headers, json=body) as response:
        return response.status, await response.json() if response.status != 204 else None


def wish(receiver: WebhookReceiver, **changed: Any) -> dict[str, Any]:
    return {"name": "Desk", "url": receiver.url(), "events": ["feedback.created"], **changed}


@pytest.fixture
async def endpoint(
    http: aiohttp.ClientSession, admin: Headers, receiver: WebhookReceiver
) -> AsyncIterator[dict[str, Any]]:
    status, made = await call(http, "POST", "/endpoints", admin, wish(receiver))
    assert status == 201
    receiver.secrets.append(made["secret"])
    yield made["endpoint"]
    await call(http, "DELETE", f"/endpoints/{made['endpoint']['id']}", admin)


async def test_a_secret_is_shown_once(
    http: aiohttp.ClientSession, admin: Headers, endpoint: dict[str, Any],
    receiver: WebhookReceiver,
) -> None:  # fmt: skip
    _, listed = await call(http, "GET", "/endpoints", admin)
    assert receiver.secrets[0] not in str(listed)
    path = f"/endpoints/{endpoint['id']}"
    status, changed = await call(http, "PUT", path, admin, wish(receiver, name="Help"))
    assert (status, changed["secret"], changed["endpoint"]["name"]) == (200, None, "Help")
    status, refused = await call(http, "POST", f"{path}/secret", admin)
    assert (status, refused["error"]) == (409, "NoSecretToRead")
    status, rotated = await call(http, "POST", f"{path}/rotate", admin)
    assert (status, rotated["secret"] != receiver.secrets[0]) == (201, True)


async def test_a_test_tells_what_the_receiver_answered(
    http: aiohttp.ClientSession, admin: Headers, endpoint: dict[str, Any],
    receiver: WebhookReceiver,
) -> None:  # fmt: skip
    path = f"/endpoints/{endpoint['id']}/test"
    _, well = await call(http, "POST", path, admin)
    assert (well["status"], well["problem"]) == (200, None)
    receiver.mode = "500"
    _, badly = await call(http, "POST", path, admin)
    assert (badly["status"], badly["problem"]) == (500, "status")
    assert receiver.types == ["webhook.test"]


async def test_staff_see_deliveries_and_send_again(
    server: Server, http: aiohttp.ClientSession, admin: Headers, endpoint: dict[str, Any],
    receiver: WebhookReceiver,
) -> None:  # fmt: skip
    staff = await signed_in(server, http, "staff")
    async with server.client() as client:
        answer = await client.ask("How much can the X1 tow?")
        await client.send(
            type="feedback", message_id=answer["message_id"], rating="down",
            reason="wrong", comment="Mail me at jane.canary@mail.test",
        )  # fmt: skip
        await receiver.until(1)
    (received,) = receiver.taken
    data = received.event["data"]
    assert (data["rating"], data["comment"]) == ("down", "Mail me at <EMAIL_1>")
    assert data["message_id"] == answer["message_id"]
    mine = f"/deliveries?endpoint_id={endpoint['id']}"
    _, listed = await call(http, "GET", mine, staff)
    assert [each["id"] for each in listed] == [received.id]
    _, whole = await call(http, "GET", f"/deliveries/{received.id}", staff)
    assert whole["body"] == received.body
    assert (await call(http, "POST", f"/deliveries/{received.id}/replay", staff))[0] == 204
    await receiver.until(2)
    assert {each.id for each in receiver.taken} == {received.id}
    assert await call(http, "POST", f"/endpoints/{endpoint['id']}/replay", staff) == (
        200, {"count": 0},
    )  # fmt: skip
    assert await call(http, "GET", f"{mine}&state=dead&type=feedback.created", staff) == (200, [])


async def test_the_same_feedback_again_is_no_news(
    server: Server, endpoint: dict[str, Any], receiver: WebhookReceiver
) -> None:
    async with server.client() as client:
        answer = await client.ask("How much can the X1 tow?")
        rated = {"type": "feedback", "message_id": answer["message_id"]}
        for rating in ("up", "up", "down"):
            await client.send(**rated, rating=rating)
        await receiver.until(2)
    assert [each.event["data"]["rating"] for each in receiver.taken] == ["up", "down"]


CALLS = [
    ("GET", "/endpoints", "admin"),
    ("POST", "/endpoints", "admin"),
    ("PUT", "/endpoints/{id}", "admin"),
    ("DELETE", "/endpoints/{id}", "admin"),
    ("POST", "/endpoints/{id}/rotate", "admin"),
    ("POST", "/endpoints/{id}/secret", "admin"),
    ("POST", "/endpoints/{id}/test", "admin"),
    ("POST", "/endpoints/{id}/replay", "staff"),
    ("GET", "/deliveries", "staff"),
    ("GET", "/deliveries/{id}", "staff"),
    ("POST", "/deliveries/{id}/replay", "staff"),
]


async def test_who_may_call_what(
    server: Server, http: aiohttp.ClientSession, receiver: WebhookReceiver
) -> None:
    roles: list[Role] = ["customer", "staff", "editor", "admin"]
    of = {role: await signed_in(server, http, role) for role in roles}
    for method, path, least in CALLS:
        where = path.format(id=uuid.uuid4())
        body = wish(receiver, events=["nothing"]) if method in ("POST", "PUT") else None
        body = body if where.count("/") < 3 else None
        assert (await call(http, method, where, {}, body))[0] == 401
        for role in roles:
            status, _ = await call(http, method, where, of[role], body)
            allowed = role == "admin" or (role == "staff" and least == "staff")
            assert (status in (200, 404, 422)) == allowed, (method, path, role, status)
            assert allowed or status == 403


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "http://10.0.0.8/"}, {"url": "http://2130706433/"}, {"url": "ftp://desk.test"},
        {"url": "http://169.254.169.254/latest"}, {"url": "http://x@127.0.0.1/"},
        {"url": "http://127.0.0.1/" + "x" * 2000}, {"url": ""}, {"name": ""}, {"name": " "},
        {"name": "x" * 81}, {"events": []}, {"events": ["handoff.unknown"]},
        {"format": "discord"}, {"format": "chatwoot"}, {"more": 1},
        {"format": "chatwoot", "token": "t", "chatwoot": {"account_id": 0, "inbox_id": 1}},
    ],
)  # fmt: skip
async def test_what_cannot_work_is_refused(
    http: aiohttp.ClientSession, admin: Headers, receiver: WebhookReceiver, changed: dict[str, Any]
) -> None:
    status, refused = await call(http, "POST", "/endpoints", admin, wish(receiver, **changed))
    assert status == 422, refused


async def test_a_foreign_origin_changes_nothing(
    server: Server, http: aiohttp.ClientSession, receiver: WebhookReceiver
) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(server.url, cookie_jar=jar) as browser:
        await signed_in(server, browser, "admin")
        foreign = {"Origin": "https://evil.test"}
        assert (await call(browser, "POST", "/endpoints", foreign, wish(receiver)))[0] == 403
