"""What belongs to somebody is nothing at all to everybody else."""

import uuid
from typing import Any

import aiohttp
import pytest

from app.db.engine import Database
from tests.fakes.llm import Reply, ScriptedLLM
from tests.server import Server

NOBODYS = uuid.UUID(int=7)


@pytest.fixture
async def owned(server: Server, llm: ScriptedLLM) -> dict[str, str]:
    async with server.client(f"own-{uuid.uuid4().hex[:6]}") as customer:
        answer = await customer.ask("How much can the X1 tow?")
        return {
            "token": customer.token,
            "session_id": customer.session["session_id"],
            "message_id": answer["message_id"],
        }


CALLS = [
    ("GET", "chat/history/{session_id}"),
    ("DELETE", "chat/conversations/{session_id}"),
    ("GET", "chat/passages/{message_id}/1"),
    ("POST", "feedback"),
]


async def call(
    server: Server, method: str, path: str, ids: dict[str, str], token: str | None
) -> tuple[int, Any]:
    headers = {"X-Guest-Token": token} if token else {}
    body = {"message_id": ids["message_id"], "rating": "up"} if method == "POST" else None
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        http.request(
            method, f"{server.url}/api/v1/{path.format(**ids)}", headers=headers, json=body
        ) as response,
    ):
        return response.status, await response.text()


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_a_foreign_id_and_a_random_one_get_the_same_answer(
    server: Server, owned: dict[str, str], method: str, path: str
) -> None:
    async with server.client() as stranger:
        await stranger.ask("Hello")
        token = stranger.token
    nothing = {"session_id": "none", "message_id": str(uuid.uuid4())}
    foreign = await call(server, method, path, owned, token)
    assert foreign == await call(server, method, path, nothing, token)
    assert foreign[0] == 404
    own_status, _ = await call(server, method, path, owned, owned["token"])
    assert own_status in (200, 204)


async def test_two_guests_with_the_same_word_share_nothing(server: Server) -> None:
    async with server.client("same-word") as one, server.client("same-word") as two:
        await one.ask("How much can the X1 tow?")
        await two.send(type="resume", after=0)
        assert (await two.until("resumed"))["seq"] == 0


async def test_feedback_over_a_socket_needs_the_own_answer(
    server: Server, owned: dict[str, str]
) -> None:
    async with server.client() as stranger:
        await stranger.send(type="feedback", message_id=owned["message_id"], rating="down")
        assert (await stranger.until("error"))["code"] == "NotFound"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "documents"), ("GET", "documents/stats"), ("GET", "documents/jobs"),
        ("POST", "documents/ingest-text"), ("DELETE", f"documents/{NOBODYS}"),
        ("POST", "documents/search"), ("POST", "documents/upload"),
        ("GET", f"documents/jobs/{NOBODYS}"), ("GET", "auth/me"), ("POST", "auth/ticket"),
    ],
)  # fmt: skip
async def test_guests_reach_nothing_that_needs_an_account(
    server: Server, owned: dict[str, str], method: str, path: str
) -> None:
    assert (await call(server, method, path, owned, owned["token"]))[0] == 401


async def test_personal_data_is_in_no_message_and_no_llm_request(
    server: Server, llm: ScriptedLLM
) -> None:
    canary = "jane.canary@mail.test"
    async with server.client() as customer:
        await customer.say(f"I am {canary}, how much can the X1 tow?")
        accepted = await customer.until("accepted")
        await customer.until("complete")
        llm.reply_to = lambda body: Reply("You gave <EMAIL_1> [1].", token_seconds=0.01)
        answer = await customer.ask("Which address did I give for the X1?")
    assert canary in accepted["message"]
    assert canary in answer["response"]
    assert canary not in str(llm.requests)
    database = Database(server.environment["DATABASE_URL"])
    async with database.connection() as db:
        stored = await db.fetch("select text from messages where text like '%canary%'")
    await database.close()
    assert stored == []
    assert canary not in server.log


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "{own}"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_a_cookie_counts_only_for_own_pages_and_for_programs(
    server: Server, owned: dict[str, str], headers: dict[str, str], status: int
) -> None:
    given = {name: value.replace("{own}", server.url) for name, value in headers.items()}
    given["Cookie"] = f"genai_auto_guest={owned['token']}"
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        http.post(f"{server.url}/api/v1/chat", json={"message": "Hello"}, headers=given) as reply,
    ):
        assert reply.status == status
