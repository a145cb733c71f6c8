"""Who acts on handoffs: staff by cookie, systems by key, and systems that sign their calls."""

import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.accounts.api_keys import ApiKeys, Scope
from app.accounts.identity import Role
from app.accounts.logins import Logins
from app.accounts.tokens import Tokens
from app.accounts.users import Users
from app.errors import Conflict
from app.handoff.received import ReceivedCalls
from app.handoff.signing import headers_of
from app.settings import Settings
from app.web.error_handlers import add_error_handlers
from app.web.handoff_callers import HandoffCaller
from app.web.identity import SESSION_COOKIE
from tests.app.hooks import Hooks
from tests.fakes.webhooks import WebhookReceiver

URL = "http://127.0.0.1:8000"
BODY = b'{"text": "On my way"}'


@dataclass
class Desk:
    """A tiny product with one call that tells who called."""

    client: httpx.AsyncClient
    hooks: Hooks
    services: Any

    async def call(self, headers: dict[str, str], path: str = "/act") -> tuple[int, Any]:
        response = await self.client.post(path, content=BODY, headers=headers)
        return response.status_code, response.json()

    async def key(self, *scopes: Scope) -> tuple[str, str]:
        """Its id and secret."""
        made = await ApiKeys(self.hooks.database).create(self.hooks.admin, "Zendesk", scopes)
        return str(made.key.id), made.secret

    async def cookie(self, role: Role) -> dict[str, str]:
        """Headers of a browser that is signed in with this role."""
        account = (f"{uuid.uuid4().hex}@dealer.test", "a long password", "Sam")
        await self.services.users.create(*account, role, "test")
        login = await self.services.logins.sign_in(*account[:2])
        return {"Cookie": f"{SESSION_COOKIE}={login.cookie}", "Origin": URL}


async def allowed(rule: str, key: str) -> None:
    """No limit is reached."""


@pytest.fixture
async def desk(hooks: Hooks) -> AsyncIterator[Desk]:
    app = FastAPI()
    add_error_handlers(app)

    @app.post("/act")
    async def act(person: HandoffCaller, body: dict[str, str]) -> dict[str, str | None]:
        user_id = str(person.user_id) if person.user_id else None
        return {"name": person.name, "actor": person.actor, "user_id": user_id, **body}

    @app.post("/fail")
    async def fail(person: HandoffCaller) -> None:
        raise Conflict

    database = hooks.database
    tokens = Tokens("x" * 40)
    logins = Logins(database, tokens, 30, 7)
    app.state.services = SimpleNamespace(
        settings=Settings(_env_file=None),
        limits=SimpleNamespace(check=allowed),
        tokens=tokens, logins=logins, users=Users(database, logins),
        api_keys=ApiKeys(database),
        webhooks=SimpleNamespace(received=ReceivedCalls(database, hooks.vault)),
    )  # fmt: skip
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1))
    json = {"Content-Type": "application/json"}
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=json) as client:
        yield Desk(client, hooks, app.state.services)


def signed(secret: str, id: str = "msg_1", at: float | None = None) -> dict[str, str]:
    return headers_of([secret], id, int(at or time.time()), BODY)


async def test_staff_act_under_their_name_from_our_own_pages_alone(desk: Desk) -> None:
    cookie = await desk.cookie("staff")
    status, told = await desk.call({**cookie, "X-Person-Name": "Somebody else"})
    assert (status, told["name"]) == (200, "Sam")
    assert told["actor"] == f"user:{told['user_id']}"
    assert (await desk.call({**cookie, "Origin": "https://evil.test"}))[0] == 403
    assert (await desk.call(await desk.cookie("customer")))[0] == 403
    assert (await desk.call({}))[0] == 401


async def test_a_key_acts_under_the_name_it_gives_or_its_own(desk: Desk) -> None:
    key_id, secret = await desk.key("handoffs")
    for header in ({"X-API-Key": secret}, {"Authorization": f"Bearer {secret}"}):
        status, told = await desk.call({**header, "X-Person-Name": "Ana Reis"})
        assert (status, told["name"], told["user_id"]) == (200, "Ana Reis", None)
        assert told["actor"] == f"api_key:{key_id}"
    for name in ("", "  ", "x" * 81, "\x01"):
        assert (await desk.call({"X-API-Key": secret, "X-Person-Name": name}))[1]["name"] == (
            "Zendesk"
        )


async def test_a_name_is_read_as_utf_8(desk: Desk) -> None:
    _, secret = await desk.key("handoffs")
    response = await desk.client.post(
        "/act", content=BODY, headers=[(b"x-api-key", secret.encode()),
                                       (b"x-person-name", "Jürgen Weiß".encode())],
    )  # fmt: skip
    assert response.json()["name"] == "Jürgen Weiß"


async def test_a_key_without_the_scope_or_unknown_is_refused(desk: Desk) -> None:
    _, secret = await desk.key("detect")
    assert (await desk.call({"X-API-Key": secret}))[0] == 403
    assert (await desk.call({"X-API-Key": "gaa_nothing"}))[0] == 401
    assert (await desk.call({"Authorization": "Bearer gaa_nothing"}))[0] == 401


async def test_a_signed_call_acts_for_its_endpoint_once(
    desk: Desk, receiver: WebhookReceiver
) -> None:
    endpoint = await desk.hooks.endpoint(receiver, name="Freshdesk")
    (secret,) = receiver.secrets
    status, told = await desk.call({**signed(secret), "X-Person-Name": "Ana"})
    assert (status, told) == (
        200,
        {"name": "Ana", "actor": f"webhook:{endpoint.id}", "user_id": None, "text": "On my way"},
    )
    status, again = await desk.call(signed(secret))
    assert (status, again["error"]) == (409, "AlreadyReceived")
    assert (await desk.call(signed(secret, "msg_2")))[1]["name"] == "Freshdesk"


async def test_a_call_that_failed_may_come_again_under_its_id(
    desk: Desk, receiver: WebhookReceiver
) -> None:
    await desk.hooks.endpoint(receiver)
    (secret,) = receiver.secrets
    status, refused = await desk.call(signed(secret), "/fail")
    assert (status, refused["error"]) == (409, "Conflict")
    assert (await desk.call(signed(secret)))[0] == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "another"},
        {"webhook-timestamp": str(int(time.time()) - 400)},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""},
        {"webhook-id": ""},
    ],
)
async def test_a_call_whose_signature_does_not_hold_is_refused_even_with_a_cookie(
    desk: Desk, receiver: WebhookReceiver, changed: dict[str, str]
) -> None:
    await desk.hooks.endpoint(receiver)
    headers = {**signed(receiver.secrets[0]), **changed}
    assert (await desk.call({**headers, **(await desk.cookie("staff"))}))[0] == 401
