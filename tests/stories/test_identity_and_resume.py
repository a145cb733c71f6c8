"""A conversation may change its owner while sockets are open; nobody sees what is not theirs."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from tests.fakes.llm import Reply, ScriptedLLM
from tests.server import Client, Server

Start = Callable[..., Awaitable[Server]]
PASSWORD = "a long enough password"


async def account(server: Server, guest: str | None = None) -> dict[str, Any]:
    """Register a customer, as the guest of that token."""
    body = {"email": f"{uuid.uuid4().hex[:8]}@dealer.test", "password": PASSWORD, "name": "Jo"}
    headers = {"X-Guest-Token": guest} if guest else {}
    url = f"{server.url}/api/v1/auth/register"
    async with aiohttp.ClientSession() as http, http.post(url, json=body, headers=headers) as reply:
        return dict(await reply.json())


async def delete(server: Server, session_id: str, **headers: str) -> None:
    url = f"{server.url}/api/v1/chat/conversations/{session_id}"
    async with aiohttp.ClientSession() as http, http.delete(url, headers=headers) as reply:
        assert reply.status == 204


async def closed_with(client: Client, seconds: float = 6) -> int:
    async with asyncio.timeout(seconds):
        await client.connection.wait_closed()
    assert client.connection.close_code is not None
    return client.connection.close_code


async def test_a_guest_s_other_socket_ends_when_the_guest_signs_in(server: Server) -> None:
    async with server.client("tab") as tab:
        await tab.ask("Hello")
        await account(server, guest=tab.token)
        assert await closed_with(tab) == 4401


async def test_another_customer_s_token_does_not_open_the_first_one_s_conversation(
    server: Server,
) -> None:
    one, two = await account(server), await account(server)
    async with server.client("shared", one["access_token"]) as client:
        await client.ask("My address is first@mail.test")
        await client.send(type="auth", token=two["access_token"])
        await client.until("auth_success")
        client.received.clear()
        await client.send(type="resume", after=0)
        await client.until("resumed")
        assert "first@mail.test" not in str(client.received)
        answer = await client.ask("Hello")
    assert answer["seq"] == 2


async def test_a_moved_and_deleted_conversation_begins_anew_on_the_same_socket(
    server: Server,
) -> None:
    async with server.client("again") as client:
        await client.ask("Hello")
        login = await account(server)
        await client.send(type="auth", token=login["access_token"])
        await client.until("auth_success")
        await delete(server, "again", Authorization=f"Bearer {login['access_token']}")
        await client.until("deleted")
        answer = await client.ask("Thanks")
    assert answer["seq"] == 2


async def test_resume_ahead_of_the_store_does_not_silence_the_chat(server: Server) -> None:
    async with server.client() as client:
        await client.send(type="resume", after=50)
        assert (await client.until("resumed"))["seq"] == 0
        await client.say("Hello")
        assert (await client.until("accepted"))["seq"] == 1
        assert (await client.until("complete"))["seq"] == 2


async def test_values_of_a_deleted_conversation_are_forgotten(server: Server) -> None:
    async with server.client("mail") as client:
        await client.ask("my mail is old@first.test")
        await delete(server, "mail", **{"X-Guest-Token": client.token})
        await client.until("deleted")
        await client.say("my mail is new@second.test")
        assert "new@second.test" in (await client.until("accepted"))["message"]


async def test_similar_addresses_stay_different(server: Server) -> None:
    text = "not jane.doe@mail.test but janedoe@mail.test"
    async with server.client() as client:
        await client.say(text)
        assert (await client.until("accepted"))["message"] == text


async def test_resume_brings_the_running_answer_before_it_says_resumed(
    server: Server, llm: ScriptedLLM
) -> None:
    llm.reply_to = lambda body: Reply("the hitch and lamps come first [1].", token_seconds=0.2)
    async with server.client("running") as first:
        await first.say("How much can the X1 tow?")
        await first.until("token")
        await first.until("token")
        async with server.client("running", first.token) as second:
            await second.send(type="resume", after=0)
            await second.until("resumed")
            kinds = [frame["type"] for frame in second.received]
        await first.until("complete")
    assert kinds[:2] == ["session", "accepted"]
    assert "token" in kinds
    assert kinds[-1] == "resumed"


async def test_a_refresh_token_older_than_one_rotation_ends_the_login(server: Server) -> None:
    login = await account(server)

    async def refresh(token: str) -> tuple[int, dict[str, Any]]:
        url = f"{server.url}/api/v1/auth/refresh"
        async with (
            aiohttp.ClientSession() as http,
            http.post(url, json={"refresh_token": token}) as reply,
        ):
            return reply.status, await reply.json()

    _, second = await refresh(login["refresh_token"])
    _, third = await refresh(second["refresh_token"])
    assert (await refresh(login["refresh_token"]))[0] == 401
    assert (await refresh(third["refresh_token"]))[0] == 401


async def test_control_characters_are_an_error_of_the_client_and_never_a_500(
    server: Server,
) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{server.url}/api/v1/chat/history/a%00b") as reply,
    ):
        assert reply.status == 422
    async with server.client() as client:
        await client.send(type="message", message="Hello", client_message_id="a\x00b")
        assert await client.until("complete")


async def test_a_silent_endpoint_that_keeps_the_line_alive_is_left_in_time(
    start_server: Start, llm: ScriptedLLM
) -> None:
    llm.reply_to = lambda body: Reply(fault="comments")
    server = await start_server(LLM_FIRST_TOKEN_SECONDS="1")
    async with server.client() as client:
        complete = await client.ask("How much can the X1 tow?", 8)
    assert complete["metadata"]["notice"] == "degraded"


async def test_questions_in_other_languages_survive_an_endpoint_that_fails(
    start_server: Start, llm: ScriptedLLM
) -> None:
    llm.reply_to = lambda body: Reply(fault="http_500")
    server = await start_server()
    async with server.client() as client:
        complete = await client.ask("Wie viel darf ein X1 2024 ziehen, und wo steht das?")
    assert complete["metadata"]["outcome"] == "answered"
    assert complete["metadata"]["notice"] == "degraded"
    assert "1,800 kg" in complete["response"]
