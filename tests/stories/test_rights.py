"""Rights over data: everything is handed out, everything goes, and nobody else's is touched."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import aiohttp
import orjson
import pytest
import websockets

from app.db.engine import Connection, Database
from app.dealership.demo_workshop import seed_customer
from tests.bookings import ZONE, a_free_day, newest, own_rows, press, prove, say
from tests.fakes.llm import Reply, ScriptedLLM
from tests.server import Client, Server
from tests.stories.test_canaries import (
    CANARY,
    EMAIL,
    NAME,
    SAID,
    canaries,
    everything_in_redis,
    everything_stored,
    registered,
    traces,
)

PASSWORD = "a long enough password"
SESSION_WORD = "canary-wilhelmina-ashcombe"
OTHER = {"email": "other@dealer.test", "password": PASSWORD, "name": "Otto Other"}


async def call(
    server: Server, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        http.request(method, f"{server.url}/api/v1/{path}", json=body, headers=headers) as response,
    ):
        return response.status, orjson.loads(await response.read() or b"null")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def erase(server: Server, token: str, **body: str) -> tuple[int, Any]:
    return await call(server, "DELETE", "me/data", body, **bearer(token))


async def booked(client: Client, when: int = 20) -> None:
    await say(client, f"book a tire rotation on {a_free_day(when).isoformat()} at 9 am")
    await press(client, newest(client, "action"), "confirm")


async def account(server: Server, **changed: str) -> str:
    _, reply = await call(server, "POST", "auth/register", {**OTHER, **changed})
    return str(reply["access_token"])


async def staff(server: Server, store: Connection, role: str) -> str:
    """The role is read at every request, so it may change after signing in."""
    email = f"{role}-{uuid.uuid4().hex[:6]}@dealer.test"
    token = await account(server, email=email, name=f"Sam {role}")
    await store.execute("update users set role = $2 where email = $1", email, role)
    return token


async def customer_id(store: Connection, email: str) -> UUID:
    found: UUID = await store.fetchval(
        "select c.id from customers as c join users as u on u.id = c.user_id where u.email = $1",
        email,
    )
    return found


@pytest.fixture
async def canary(workshop: Server, store: Connection, demo_url: str) -> str:
    """The token of a customer who has said, rated, booked and owned everything there is."""
    token = await registered(workshop)
    customer = await customer_id(store, EMAIL)
    database = Database(demo_url)
    await seed_customer(database, customer, datetime.now(ZONE).date())
    await database.close()
    await store.execute(
        "update service_history set note = $1 where vehicle_id in"
        " (select id from vehicles where customer_id = $2)",
        f"Brought by {NAME}", customer,
    )  # fmt: skip
    async with workshop.client(SESSION_WORD, token) as client:
        for said in SAID:
            complete = await client.ask(CANARY.sub(r"\1", said))
        await client.send(
            type="feedback", message_id=complete["message_id"], rating="down",
            comment=f"Call {canaries()[2]}, Larkspur was here",
        )  # fmt: skip
        await client.until("feedback")
        await booked(client)
    return token


async def test_a_customer_takes_everything_along_and_leaves_nothing_behind(
    workshop: Server, store: Connection, canary: str, redis_url: str
) -> None:
    other = await account(workshop)
    async with workshop.client("other", other) as client:
        await say(client, "my e-mail is other@mail.example")
        await booked(client, 30)
    customer = await customer_id(store, EMAIL)
    before = await rows_of_others(store, customer)
    audit_before = await store.fetch("select * from audit_entries order by id")

    status, document = await call(workshop, "GET", "me/data", **bearer(canary))
    told = orjson.dumps(document).decode()
    assert (status, document["version"], document["owner"]) == (200, 1, f"customer:{customer}")
    spoken = orjson.dumps(canaries()).decode()[1:-1].replace('","', "\n").split("\n")
    assert [each for each in spoken if each.strip('"') not in told] == []
    assert {"email": EMAIL, "name": NAME}.items() <= document["accounts"][0].items()
    assert [len(document[key]) for key in ("vehicles", "appointments")] == [2, 1]
    assert document["services_done"][0]["note"] == f"Brought by {NAME}"
    (conversation,) = document["conversations"]
    assert conversation["session_id"] == SESSION_WORD
    assert any("feedback" in each for each in conversation["messages"])
    assert any(card["kind"] == "action" and card["facts"] for card in conversation["cards"])
    assert "other@mail.example" not in told
    assert "password" not in told

    assert await erase(workshop, canary, password="a wrong password") == (
        403, {"error": "WrongPassword", "detail": "That is not this account's password."},
    )  # fmt: skip
    refused, why = await erase(workshop, canary, password=PASSWORD)
    assert (refused, why["error"]) == (409, "AppointmentsAhead")
    assert await store.fetchval("select count(*) from personal_values") > 50
    status, reply = await erase(workshop, canary, password=PASSWORD, appointments="cancel")
    assert status == 200
    assert reply["counts"]["personal_values"] > 50

    planted = [*canaries(), NAME, EMAIL, SESSION_WORD, "Larkspur was here"]
    stored = await everything_stored(store)
    assert {table: traces(text, planted) for table, text in stored.items()} == {
        table: [] for table in stored
    }
    assert traces(await everything_in_redis(redis_url), [*planted, str(customer)]) == []
    texts = await store.fetch(
        "select text from messages where author = 'customer' and text ~ '<[A-Z]+_[0-9]+>'"
    )
    assert len(texts) >= len(SAID)
    assert await store.fetchrow(
        "select customer_id, state, reason, vehicle_id is not null as has_car from appointments"
        " where customer_id = $1",
        customer,
    ) == (customer, "cancelled", "", False)
    kept = await store.fetch("select * from audit_entries order by id")
    assert kept[: len(audit_before)] == audit_before
    erased = kept[-1]
    assert (erased["action"], erased["record"]) == ("data_erased", f"customer:{customer}")
    assert all(isinstance(count, int) for count in orjson.loads(erased["detail"]).values())
    assert await rows_of_others(store, customer) == before

    assert (await call(workshop, "GET", "me/data", **bearer(canary)))[0] == 401
    assert (await erase(workshop, canary, password=PASSWORD))[0] == 401
    again = {"email": EMAIL, "password": PASSWORD}
    assert (await call(workshop, "POST", "auth/login", again))[0] == 401
    status, _ = await call(workshop, "GET", "chat/history/other", **bearer(other))
    assert status == 200


async def rows_of_others(store: Connection, customer: UUID) -> dict[str, list[str]]:
    """What is stored of everybody but this customer, the letters and limits apart."""
    of_others = {
        "users": "select t from users as t where email = 'other@dealer.test'",
        "customers": "select t from customers as t where id <> $1 and user_id is not null",
        "conversations": "select t from conversations as t where session_id = 'other'",
        "personal_values": "select t from personal_values as t join conversations as c"
        " on c.id = conversation_id where c.session_id = 'other'",
        "messages": "select t from messages as t join conversations as c"
        " on c.id = conversation_id where c.session_id = 'other'",
        "cards": "select t from cards as t join conversations as c"
        " on c.id = conversation_id where c.session_id = 'other'",
        "appointments": "select t from appointments as t where customer_id <> $1",
    }
    kept = {}
    for name, select in of_others.items():
        given = [customer] if "$1" in select else []
        rows = await store.fetch(
            select.replace("select t", "select row_to_json(t)::text", 1), *given
        )
        kept[name] = sorted(row[0] for row in rows)
        assert kept[name], name
    return kept


async def test_a_guest_who_proved_an_address_erases_it_too(
    workshop: Server, store: Connection
) -> None:
    async with workshop.client("word") as client:
        token = client.token
        await say(client, f"book a tire rotation on {a_free_day().isoformat()} at 9 am")
        await prove(client, workshop, store)
        await press(client, newest(client, "action"), "confirm")
        _, document = await call(workshop, "GET", "me/data", **bearer(token))
        assert document["contacts"] == [{"channel": "email", "address": "jo.miller@example.com"}]
        assert document["letters"][0]["to"] == "jo.miller@example.com"
        assert "text" not in document["letters"][0]
        assert (await erase(workshop, token))[1]["error"] == "AppointmentsAhead"
        status, _ = await erase(workshop, token, appointments="cancel")
        assert status == 200
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await client.until("never")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401
    for table in ("personal_values", "contacts", "outbox_messages", "identity_codes"):
        assert await store.fetchval(f"select count(*) from {table}") == 0, table
    assert await own_rows(store) == [("tire_rotation", "cancelled")]
    status, _ = await erase(workshop, token)
    assert status == 404
    async with workshop.client("word", token) as stranger:
        assert stranger.token != token
        assert stranger.session["seq"] == 0
        await say(stranger, "hello")


async def test_a_guest_has_no_right_over_anybody_elses_data(
    workshop: Server, store: Connection
) -> None:
    async with workshop.client("word") as client:
        await say(client, "my e-mail is jo.miller@example.com")
    async with workshop.client("word") as stranger:
        token = stranger.token
        await say(stranger, "hello")
    _, document = await call(workshop, "GET", "me/data", **bearer(token))
    assert "jo.miller" not in str(document)
    assert len(document["conversations"]) == 1
    assert (await erase(workshop, token))[0] == 200
    assert await store.fetchval("select count(*) from personal_values") == 1
    assert (await erase(workshop, token))[0] == 404


async def test_erasure_beside_a_running_turn_leaves_nothing_behind(
    start_server: Callable[..., Awaitable[Server]], store: Connection, llm: ScriptedLLM
) -> None:
    server = await start_server()
    llm.reply_to = lambda body: Reply(first_token_seconds=0.3, token_seconds=0.05)
    for _ in range(5):
        async with server.client("word") as client:
            await client.say("I am at jo.miller@example.com. How much can the 2025 X1 tow?")
            await client.until("token")
            erasing = erase(server, client.token)
            saying = [
                client.send(
                    type="message", message=f"and jo{n}@example.com", client_message_id=f"{n}"
                )
                for n in range(5)
            ]
            results = await asyncio.gather(erasing, *saying, return_exceptions=True)
            assert results[0][0] == 200  # type: ignore[index]
            with pytest.raises(websockets.ConnectionClosed):
                await client.until("never")
    assert await store.fetchval("select count(*) from personal_values") == 0
    open_ = "select count(*) from turns where state in ('queued', 'running')"
    assert await store.fetchval(open_) == 0
    assert await store.fetchval("select count(*) from messages where text like '%@%'") == 0


async def test_staff_look_at_one_value_for_a_reason_and_it_is_noted(
    workshop: Server, store: Connection
) -> None:
    async with workshop.client("word") as client:
        await say(client, "my e-mail is jo.miller@example.com, phone 503-555-0163")
        guest = client.token
    conversation = await store.fetchval("select id from conversations")
    path = f"conversations/{conversation}/reveal"
    wish = {"placeholder": "<EMAIL_1>", "reason": "Call back jo.miller@example.com on 503-555-0163"}
    token = await staff(workshop, store, "staff")
    status, shown = await call(workshop, "POST", path, wish, **bearer(token))
    assert (status, shown) == (
        200, {"placeholder": "<EMAIL_1>", "kind": "EMAIL", "value": "jo.miller@example.com"},
    )  # fmt: skip
    entry = await store.fetchrow("select * from audit_entries where action = 'value_revealed'")
    assert entry is not None
    assert entry["actor"].startswith("user:")
    assert entry["record"] == f"conversation:{conversation}"
    assert orjson.loads(entry["detail"]) == {
        "placeholder": "<EMAIL_1>", "kind": "EMAIL", "reason": "Call back <EMAIL_1> on <PHONE_1>",
    }  # fmt: skip

    customer, editor = await account(workshop), await staff(workshop, store, "editor")
    for who, expected in ((guest, 401), (customer, 403), (editor, 403)):
        assert (await call(workshop, "POST", path, wish, **bearer(who)))[0] == expected
    for changed in ({"reason": ""}, {"reason": "x" * 201}, {"placeholder": "EMAIL"}):
        status, _ = await call(workshop, "POST", path, {**wish, **changed}, **bearer(token))
        assert status == 422
    nothing = {**wish, "placeholder": "<EMAIL_2>"}
    assert (await call(workshop, "POST", path, nothing, **bearer(token)))[0] == 404
    elsewhere = f"conversations/{uuid.uuid4()}/reveal"
    assert (await call(workshop, "POST", elsewhere, wish, **bearer(token)))[0] == 404
    count = "select count(*) from audit_entries where action = 'value_revealed'"
    assert await store.fetchval(count) == 1


async def test_one_member_of_staff_reveals_no_more_than_the_limit(
    start_server: Callable[..., Awaitable[Server]], store: Connection
) -> None:
    server = await start_server(RATE_LIMIT_REVEAL="2/hour", LLM_PROVIDER="offline")
    async with server.client("word") as client:
        await say(client, "my e-mail is jo.miller@example.com")
    path = f"conversations/{await store.fetchval('select id from conversations')}/reveal"
    token, wish = (
        await staff(server, store, "staff"),
        {"placeholder": "<EMAIL_1>", "reason": "Call"},
    )
    statuses = [(await call(server, "POST", path, wish, **bearer(token)))[0] for _ in range(3)]
    assert statuses == [200, 200, 429]


async def test_an_admin_acts_for_a_customer_and_staff_do_not(
    workshop: Server, store: Connection
) -> None:
    token = await account(workshop)
    async with workshop.client("other", token) as client:
        await say(client, "my phone is 503-555-0163")
        await booked(client)
    customer = await customer_id(store, OTHER["email"])
    path, wish = f"customers/{customer}/data", {"reason": "Letter of other@dealer.test"}
    for role in ("staff", "editor", "customer"):
        who = await staff(workshop, store, role)
        for method in ("POST", "DELETE"):
            assert (await call(workshop, method, path, wish, **bearer(who)))[0] == 403
    admin = await staff(workshop, store, "admin")
    search = {"address": "Other@dealer.test"}
    found = await call(workshop, "POST", "customers/find", search, **bearer(admin))
    assert found == (200, [str(customer)])
    status, document = await call(workshop, "POST", path, wish, **bearer(admin))
    assert (status, document["accounts"][0]["email"]) == (200, OTHER["email"])
    assert (await call(workshop, "DELETE", path, wish, **bearer(admin)))[0] == 409
    cancel = {**wish, "appointments": "cancel"}
    assert (await call(workshop, "DELETE", path, cancel, **bearer(admin)))[0] == 200
    assert (await call(workshop, "DELETE", path, cancel, **bearer(admin)))[0] == 404
    assert (await call(workshop, "POST", path, wish, **bearer(admin)))[0] == 404
    entries = await store.fetch(
        "select action, detail from audit_entries where record = $1 and actor like 'user:%'"
        " order by id",
        f"customer:{customer}",
    )
    assert [row["action"] for row in entries] == ["customer_found", "data_exported", "data_erased"]
    assert all("Letter of <" in row["detail"] for row in entries[1:])
    assert "other@dealer.test" not in str(await everything_stored(store))
    own = await customer_id(
        store, await store.fetchval("select email from users where role='admin'")
    )
    status, why = await call(workshop, "DELETE", f"customers/{own}/data", wish, **bearer(admin))
    assert (status, why["error"]) == (403, "StaffAccount")


async def test_the_key_is_rotated_while_the_product_serves(
    start_server: Callable[..., Awaitable[Server]], store: Connection, demo_url: str
) -> None:
    old, new = "o" * 40, "n" * 40
    first = await start_server(ENCRYPTION_KEY=old, LLM_PROVIDER="offline")
    async with first.client("word") as client:
        token = client.token
        await say(client, "my e-mail is jo.miller@example.com")
    first.stop()
    second = await start_server(ENCRYPTION_KEY=new, ENCRYPTION_KEYS_OLD=old, LLM_PROVIDER="offline")
    async with second.client("word", token) as client:
        await say(client, "mail me at jo.miller@example.com or 503-555-0163")
        assert "jo.miller@example.com" in client.of("accepted")[-1]["message"]
        rotating = await asyncio.create_subprocess_exec(
            ".venv/bin/python", "-m", "app.cli", "vault", "rotate",
            env={"DATABASE_URL": demo_url, "ENCRYPTION_KEY": new, "ENCRYPTION_KEYS_OLD": old,
                 "DATA_DIR": str(second.folder / "data")},
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, told = await rotating.communicate()
        assert b"Nothing remains" in told
    second.stop()
    assert await store.fetchval("select count(distinct key_id) from personal_values") == 1
    third = await start_server(ENCRYPTION_KEY=new, LLM_PROVIDER="offline")
    async with third.client("word", token) as client:
        await say(client, "jo.miller@example.com, as I said")
        assert "jo.miller@example.com" in client.of("accepted")[-1]["message"]
    assert await store.fetchval("select count(*) from personal_values") == 2
