"""Endpoints: their secrets, the one of the settings, what moves with another host."""

import base64
import time
from dataclasses import replace
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from app.errors import ConfigurationError, NotFound
from app.handoff.addresses import Addresses, RefusedAddress
from app.handoff.configured import Configured, keep_in_step
from app.handoff.endpoints import (
    MOST_ENDPOINTS,
    Endpoints,
    FromSettings,
    IncompleteChatwoot,
    NoSecretToRead,
    TooManyEndpoints,
    Wish,
)
from app.handoff.received import AlreadyReceived, ReceivedCalls
from app.handoff.sealing import Secrets
from app.handoff.signing import BadSignature, StaleCall, headers_of
from app.privacy.keys import KeyRing
from app.privacy.rotation import Rotation, check_keys
from app.privacy.vault import Vault
from tests.app.hooks import SECRET, WISH, Hooks
from tests.fakes.webhooks import WebhookReceiver

GIVEN = "whsec_" + base64.b64encode(b"g" * 32).decode()
CHATWOOT = Wish(
    "Chatwoot", "http://127.0.0.1:3000", "chatwoot", ("handoff.created",),
    {"account_id": 1, "inbox_id": 2}, "a token",
)  # fmt: skip


async def step(hooks: Hooks, url: str = "", secret: str = "") -> dict[str, Any]:
    """Start with these settings; the row afterwards, with its secrets."""
    wanted = Configured(url, secret) if url else None
    await keep_in_step(hooks.database, hooks.vault, hooks.addresses, wanted)
    async with hooks.database.connection() as db:
        row = await db.fetchrow("select * from webhook_endpoints where origin = 'settings'")
    return {**row, "secrets": Secrets.unsealed(hooks.vault, row["sealed"])} if row else {}


async def test_after_a_rotation_both_secrets_verify_and_after_a_day_the_new_one_alone(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    endpoint = await hooks.endpoint(receiver)
    (former,) = receiver.secrets
    rotated = await hooks.endpoints.rotate(hooks.admin, endpoint.id)
    assert rotated.secret not in (None, former)
    await hooks.owe("feedback.created")
    await hooks.dispatch().deliver_all()
    assert len(receiver.taken) == 1  # by the former
    receiver.secrets = [rotated.secret or ""]
    await hooks.owe("feedback.created")
    await hooks.dispatch().deliver_all()
    assert len(receiver.taken) == 2  # by the new one
    await hooks.run("update webhook_endpoints set former_until = now() - interval '1 second'")
    receiver.secrets = [former]
    await hooks.owe("feedback.created")
    await hooks.dispatch().deliver_all()
    assert [each.verified for each in receiver.requests] == [True, True, False]


async def test_secrets_are_sealed_and_sealed_again_with_a_new_key(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    endpoint = await hooks.endpoint(receiver)
    ((sealed,),) = await hooks.rows("select sealed from webhook_endpoints")
    assert receiver.secrets[0].encode() not in sealed
    keys = KeyRing("n" * 40, [SECRET])
    assert await Rotation(hooks.database, keys).remaining() == 1
    assert [done async for done in Rotation(hooks.database, keys).run()] == [1]
    after = Vault(hooks.database, "n" * 40)
    await check_keys(hooks.database, after.keys)
    with pytest.raises(ConfigurationError):
        await check_keys(hooks.database, hooks.vault.keys)
    hooks.vault = after
    await hooks.dispatch().test(endpoint.id)
    assert len(receiver.taken) == 1


async def test_another_host_gets_a_new_secret_and_no_token(hooks: Hooks) -> None:
    made = await hooks.endpoints.create(hooks.admin, CHATWOOT)
    known = made.endpoint.id
    path = replace(CHATWOOT, url="http://127.0.0.1:3000/other", token=None)
    same = await hooks.endpoints.change(hooks.admin, known, path)
    assert same.secret is None
    for url in ("http://127.0.0.1:3001/", "http://93.184.215.14/"):
        with pytest.raises(IncompleteChatwoot):
            await hooks.endpoints.change(hooks.admin, known, replace(path, url=url))
    elsewhere = replace(CHATWOOT, url="http://93.184.215.14/", token="its own")
    moved = await hooks.endpoints.change(hooks.admin, known, elsewhere)
    assert moved.secret not in (None, made.secret)
    ((sealed,),) = await hooks.rows("select sealed from webhook_endpoints")
    assert Secrets.unsealed(hooks.vault, sealed) == Secrets(moved.secret or "", "", "its own")
    generic = replace(elsewhere, format="generic", token=None)
    await hooks.endpoints.change(hooks.admin, known, generic)
    ((sealed,),) = await hooks.rows("select sealed from webhook_endpoints")
    assert Secrets.unsealed(hooks.vault, sealed).token == ""


async def test_what_is_not_allowed_is_not_saved(hooks: Hooks) -> None:
    for url in ("http://10.0.0.8/", "http://0x7f.1/", "http://nothing.invalid/"):
        with pytest.raises(RefusedAddress):
            await hooks.endpoints.create(hooks.admin, replace(WISH, url=url))
    with pytest.raises(IncompleteChatwoot):
        await hooks.endpoints.create(hooks.admin, replace(CHATWOOT, token=None))
    assert await hooks.endpoints.all() == []


async def test_there_are_twenty_endpoints_at_most(hooks: Hooks, receiver: WebhookReceiver) -> None:
    for _ in range(MOST_ENDPOINTS):
        await hooks.endpoint(receiver)
    with pytest.raises(TooManyEndpoints):
        await hooks.endpoint(receiver)


async def test_every_change_is_audited_by_ids_alone(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    endpoint = await hooks.endpoint(receiver)
    wish = replace(WISH, url=receiver.url(), enabled=False)
    await hooks.owe("feedback.created")
    await hooks.endpoints.change(hooks.admin, endpoint.id, wish)
    await hooks.endpoints.rotate(hooks.admin, endpoint.id)
    assert [row[1:3] for row in await hooks.states()] == [("dead", "disabled")]
    await hooks.endpoints.delete(hooks.admin, endpoint.id)
    with pytest.raises(NotFound):
        await hooks.endpoints.delete(hooks.admin, endpoint.id)
    entries = await hooks.rows("select actor, action, record, detail from audit_entries")
    assert {row[1] for row in entries} == {
        "webhook_endpoint_created", "webhook_endpoint_changed", "webhook_secret_rotated",
        "webhook_endpoint_deleted",
    }  # fmt: skip
    about = {(row[0], row[2], str(row[3])) for row in entries}
    assert about == {(f"user:{hooks.admin.user_id}", f"webhook_endpoint:{endpoint.id}", "{}")}


async def test_the_endpoint_of_the_settings_is_kept_in_step(hooks: Hooks) -> None:
    assert await step(hooks) == {}
    first = await step(hooks, "http://127.0.0.1:8080/a")
    assert (first["enabled"], first["secret_unread"]) == (True, True)
    assert first["events"] == [
        "handoff.created", "handoff.claimed", "handoff.updated", "handoff.resolved",
        "handoff.expired",
    ]  # fmt: skip
    same_host = await step(hooks, "http://127.0.0.1:8080/b")
    assert (same_host["id"], same_host["url"]) == (first["id"], "http://127.0.0.1:8080/b")
    assert same_host["secrets"] == first["secrets"]
    read = await hooks.endpoints.read_secret(hooks.admin, first["id"])
    assert read.secret == first["secrets"].secret
    with pytest.raises(NoSecretToRead):
        await hooks.endpoints.read_secret(hooks.admin, first["id"])
    moved = await step(hooks, "http://127.0.0.1:8443/b")
    assert moved["secrets"].secret != first["secrets"].secret
    assert moved["secret_unread"]
    removed = await step(hooks)
    assert (removed["enabled"], removed["disabled_why"]) == (False, "settings")
    back = await step(hooks, "http://127.0.0.1:8443/b")
    assert (back["enabled"], back["secrets"]) == (True, moved["secrets"])


async def test_a_secret_of_the_settings_signs_beside_its_former_one(hooks: Hooks) -> None:
    minted = await step(hooks, "http://127.0.0.1:8080/a")
    given = await step(hooks, "http://127.0.0.1:8080/a", GIVEN)
    assert given["secrets"] == Secrets(GIVEN, minted["secrets"].secret)
    assert (given["secret_unread"], given["former_until"] is not None) == (False, True)
    fixed = Endpoints(hooks.database, hooks.vault, hooks.addresses, fixed_secret=True)
    with pytest.raises(FromSettings):
        await fixed.rotate(hooks.admin, given["id"])
    with pytest.raises(FromSettings):
        await fixed.delete(hooks.admin, given["id"])
    wish = replace(WISH, url="http://127.0.0.1:8080/other")
    with pytest.raises(FromSettings):
        await fixed.change(hooks.admin, given["id"], wish)


async def test_what_an_admin_disabled_stays_so_and_what_is_gone_waits_for_another_url(
    hooks: Hooks,
) -> None:
    url = "http://127.0.0.1:8080/a"
    for why, expected in (("admin", False), ("gone", False)):
        await step(hooks, url)
        await hooks.run("update webhook_endpoints set enabled = false, disabled_why = $1", why)
        assert (await step(hooks, url))["enabled"] == expected
    assert (await step(hooks, url + "b"))["enabled"]


@pytest.mark.parametrize(
    ("url", "secret", "named"),
    [
        ("ftp://desk.test/", "", "HUMAN_SUPPORT_WEBHOOK"),
        ("http://desk.test/", "whsec_short", "HUMAN_SUPPORT_WEBHOOK_SECRET"),
    ],
)
async def test_settings_that_can_never_work_stop_the_start(
    hooks: Hooks, url: str, secret: str, named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named):
        await step(hooks, url, secret)


async def test_settings_that_do_not_work_today_do_not(hooks: Hooks) -> None:
    hooks.addresses = Addresses()
    assert (await step(hooks, "http://desk.invalid/"))["enabled"]
    assert (await step(hooks, "http://10.0.0.8/"))["enabled"]


# Calls that come in


def called(secret: str, id: str = "msg_1", at: float | None = None) -> dict[str, str]:
    return headers_of([secret], id, int(at or time.time()), b"{}")


async def test_a_signed_call_is_let_in_once_under_the_present_or_the_former_secret(
    hooks: Hooks, receiver: WebhookReceiver, other: WebhookReceiver
) -> None:
    await hooks.endpoint(other)
    endpoint = await hooks.endpoint(receiver, name="Zendesk")
    (former,) = receiver.secrets
    calls = ReceivedCalls(hooks.database, hooks.vault)
    caller = await calls.accept(called(former), b"{}")
    assert (caller.endpoint_id, caller.name) == (endpoint.id, "Zendesk")
    with pytest.raises(AlreadyReceived):
        await calls.accept(called(former), b"{}")
    await calls.forget(caller)
    assert await calls.accept(called(former), b"{}")
    new = (await hooks.endpoints.rotate(hooks.admin, endpoint.id)).secret or ""
    for n, secret in enumerate((former, new)):
        assert await calls.accept(called(secret, f"later_{n}"), b"{}")
    await hooks.run("update webhook_endpoints set former_until = now()")
    with pytest.raises(BadSignature):
        await calls.accept(called(former, "too late"), b"{}")


async def test_tampered_old_and_foreign_calls_are_refused(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    endpoint = await hooks.endpoint(receiver)
    (secret,) = receiver.secrets
    calls = ReceivedCalls(hooks.database, hooks.vault)
    with pytest.raises(BadSignature):
        await calls.accept(called(secret), b"{ }")
    with pytest.raises(BadSignature):
        await calls.accept({**called(secret), "webhook-id": "another"}, b"{}")
    with pytest.raises(BadSignature):
        await calls.accept(called(GIVEN), b"{}")
    for seconds in (-301, 301):
        with pytest.raises(StaleCall):
            await calls.accept(called(secret, at=time.time() + seconds), b"{}")
    await hooks.endpoints.change(
        hooks.admin, endpoint.id, replace(WISH, url=receiver.url(), enabled=False)
    )
    with pytest.raises(BadSignature):
        await calls.accept(called(secret), b"{}")
    assert await hooks.rows("select * from received_webhooks") == []
    assert Webhook(secret).verify("{}", called(secret)) == {}
