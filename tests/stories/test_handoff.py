"""A person takes over: asked for, claimed, answered, given back, resolved, rated."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
import pytest
from standardwebhooks.webhooks import Webhook

from tests.accounts import api_key, signed_in
from tests.fakes.llm import Reply, ScriptedLLM
from tests.server import Client, Server
from tests.stories.test_claims import in_turn

Start = Callable[..., Awaitable[Server]]
PERSON = "I would like to talk to a person"


@pytest.fixture
async def http(server: Server) -> Any:
    async with aiohttp.ClientSession(server.url) as session:
        yield session


class Staff:
    """A member of staff at the API."""

    def __init__(self, http: aiohttp.ClientSession, headers: dict[str, str]) -> None:
        self.http, self.headers = http, headers

    async def post(self, path: str, expected: int = 200, **body: Any) -> Any:
        async with self.http.post(f"/api/v1/{path}", json=body, headers=self.headers) as response:
            assert response.status == expected, await response.text()
            return await response.json() if response.status != 204 else None

    async def get(self, path: str) -> Any:
        async with self.http.get(f"/api/v1/{path}", headers=self.headers) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def handoff(self, reference: str) -> dict[str, Any]:
        listed = await self.get(f"handoffs?q={reference}")
        assert len(listed) == 1
        return dict(listed[0])


@pytest.fixture
async def staff(server: Server, http: aiohttp.ClientSession) -> Staff:
    return Staff(http, await signed_in(server, http, "staff"))


async def ask_for_a_person(client: Client) -> dict[str, Any]:
    await client.ask(PERSON)
    return await client.until("handoff")


async def test_whoever_asks_for_a_person_gets_a_reference_and_a_place_in_the_queue(
    server: Server, staff: Staff
) -> None:
    async with server.client() as client:
        complete = await client.ask(PERSON)
        told = await client.until("handoff")
        assert complete["metadata"]["escalation"] == "user_request"
        assert told["state"] == "open"
        assert told["position"] >= 1
        waiting = await staff.handoff(told["reference"])
        assert waiting["reason"] == "user_request"
        assert waiting["state"] == "open"
        again = await client.ask("Can I please talk to a human?")
        assert again["response"].startswith("Our team has your request")
        assert client.of("handoff")[0]["reference"] == told["reference"]
        assert len({each["reference"] for each in client.of("handoff")}) == 1


async def test_a_person_joins_and_the_assistant_is_silent_until_it_is_given_back(
    server: Server, staff: Staff, llm: ScriptedLLM
) -> None:
    async with server.client() as client:
        told = await ask_for_a_person(client)
        case = await staff.handoff(told["reference"])
        await staff.post(f"handoffs/{case['id']}/claim")
        joined = await client.until("participant")
        assert (joined["state"], joined["name"]) == ("joined", "Sam")
        asked = len(llm.requests)
        await client.say("My number is +49 170 1234567, when can I come?")
        accepted = await client.until("accepted")
        assert accepted["relayed"]
        await staff.post(
            f"handoffs/{case['id']}/messages", 201, text="Tomorrow at nine.", client_message_id="a"
        )
        said = await client.until("human_message")
        assert (said["message"], said["name"]) == ("Tomorrow at nine.", "Sam")
        again = await staff.post(
            f"handoffs/{case['id']}/messages", 201, text="Tomorrow at nine.", client_message_id="a"
        )
        assert again["message_id"] == said["message_id"]
        one = await staff.get(f"handoffs/{case['id']}")
        assert "<PHONE_1>" in str(one["transcript"])
        assert "1234567" not in str(one)
        assert len(llm.requests) == asked
        await staff.post(f"handoffs/{case['id']}/return", note="A slot tomorrow at nine is agreed.")
        ended = await client.until("handoff")
        assert (ended["state"], ended["outcome"], ended["rate"]) == ("resolved", "returned", True)
        assert "agreed" not in str(ended)
        llm.reply_to = in_turn("The 2025 X1 may tow a braked trailer of up to 2,000 kg [1].")
        complete = await client.ask("How much can the 2025 X1 tow?")
        assert "2,000 kg" in complete["response"]
        assert "A slot tomorrow at nine is agreed." in str(llm.requests[-1])


async def test_two_desks_one_claim(server: Server, http: aiohttp.ClientSession) -> None:
    desks = [Staff(http, await signed_in(server, http, "staff")) for _ in range(2)]
    async with server.client() as client:
        told = await ask_for_a_person(client)
        case = await desks[0].handoff(told["reference"])

        async def claim(desk: Staff) -> tuple[int, Any]:
            async with http.post(
                f"/api/v1/handoffs/{case['id']}/claim", headers=desk.headers
            ) as response:
                return response.status, await response.json()

        won, lost = sorted(await asyncio.gather(*map(claim, desks)), key=lambda each: each[0])
        assert (won[0], lost[0]) == (200, 409)
        assert "Sam has claimed" in lost[1]["detail"]


async def test_a_help_desk_answers_from_its_own_screen(
    server: Server, http: aiohttp.ClientSession, staff: Staff
) -> None:
    key = await api_key(server, http, "handoffs")
    desk = Staff(http, {**key, "X-Person-Name": "Ana Reis"})
    async with server.client() as client:
        told = await ask_for_a_person(client)
        case = await desk.handoff(told["reference"])
        await desk.post(f"handoffs/{case['id']}/messages", 201, text="Hello, Ana here.")
        joined = await client.until("participant")
        said = await client.until("human_message")
        assert joined["name"] == said["name"] == "Ana Reis"
        await desk.post(f"handoffs/{case['id']}/resolve", outcome="solved")
        resolved = await client.until("handoff")
        assert resolved["state"] == "resolved"
        assert resolved["rate"]
        rated = {"rating": 5, "comment": "Quick, thank you"}
        path = f"/api/v1/me/handoffs/{told['reference']}/rating"
        guest = {"X-Guest-Token": client.token}
        async with http.put(path, json=rated, headers=guest) as response:
            assert response.status == 204, await response.text()
        async with http.put(path, json=rated, headers={"X-Guest-Token": ""}) as response:
            assert response.status == 404
        given = await staff.get("feedback?rating=stars")
        assert [each["comment"] for each in given if each["reference"] == told["reference"]] == [
            "Quick, thank you"
        ]


async def test_a_help_desk_answers_with_the_signature_of_its_endpoint(
    server: Server, http: aiohttp.ClientSession, staff: Staff
) -> None:
    admin = Staff(http, await signed_in(server, http, "admin"))
    wish = {"name": "Help desk", "url": "http://127.0.0.1:9/hook", "events": ["handoff.created"]}
    made = await admin.post("webhooks/endpoints", 201, **wish)

    async def replied(case: str, call: str, text: str, secret: str) -> int:
        body = orjson.dumps({"text": text})
        now = datetime.now(UTC).replace(microsecond=0)
        signed = {
            "webhook-id": call,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(call, now, body.decode()),
            "Content-Type": "application/json",
        }
        url = f"/api/v1/handoffs/{case}/messages"
        async with http.post(url, data=body, headers=signed) as response:
            return response.status

    async with server.client() as client:
        told = await ask_for_a_person(client)
        case = (await staff.handoff(told["reference"]))["id"]
        assert await replied(case, "call_1", "Hello from afar.", made["secret"]) == 201
        said = await client.until("human_message")
        assert (said["name"], said["message"]) == ("Help desk", "Hello from afar.")
        assert await replied(case, "call_1", "Hello from afar.", made["secret"]) == 409
        assert await replied(case, "call_2", "Not mine.", "whsec_" + "c2VjcmV0" * 4) == 401
        assert len(client.of("human_message")) == 1


async def test_a_person_is_one_word_away_while_the_model_hangs(
    start_server: Start, llm: ScriptedLLM
) -> None:
    llm.reply_to = lambda body: Reply(fault="hang")
    server = await start_server(LLM_FIRST_TOKEN_SECONDS="60")
    async with server.client() as client:
        await client.say("How much can the X1 tow?")
        await client.until("progress")
        async with asyncio.timeout(20):
            complete = await client.ask(PERSON)
            told = await client.until("handoff")
    assert complete["metadata"]["escalation"] == "user_request"
    assert told["reference"]


async def test_what_the_customer_shows_while_waiting_survives_a_reconnect(
    server: Server, staff: Staff
) -> None:
    async with server.client() as client:
        told = await ask_for_a_person(client)
        token, word = client.token, client.session["session_id"]
    async with server.client(word, token=token) as back:
        assert back.session["handoff"]["reference"] == told["reference"]
        assert back.session["handoff"]["state"] == "open"
        await back.send(type="resume", after=0)
        await back.until("resumed")
        assert [each["reference"] for each in back.of("handoff")] == [told["reference"]]


async def test_after_a_resolve_little_opens_no_new_handoff(
    server: Server, staff: Staff, llm: ScriptedLLM
) -> None:
    llm.reply_to = in_turn("The passages do not say who made the paint of the X1.")
    async with server.client() as client:
        told = await ask_for_a_person(client)
        case = await staff.handoff(told["reference"])
        await staff.post(f"handoffs/{case['id']}/resolve", outcome="no_reply")
        await client.until("handoff")
        unsure = await client.ask("Which page of the manual says who paints the X1 trailer hitch?")
        assert unsure["metadata"]["escalation"] == "low_confidence"
        again = await client.ask(PERSON)
        assert again["metadata"]["escalation"] == "user_request"
        opened = await client.until("handoff")
        assert opened["reference"] != told["reference"]
        states = [each["state"] for each in client.of("handoff") if "seq" in each]
        assert states == ["open", "resolved", "open"]


async def test_strangers_read_and_change_nothing(
    server: Server, http: aiohttp.ClientSession, staff: Staff
) -> None:
    async with server.client() as client:
        told = await ask_for_a_person(client)
        case = await staff.handoff(told["reference"])
    detector = await api_key(server, http, "detect")
    customer = await signed_in(server, http, "customer")
    editor = await signed_in(server, http, "editor")
    paths = [("GET", ""), ("GET", f"/{case['id']}"), ("POST", f"/{case['id']}/claim")]
    for headers, status in (({}, 401), (customer, 403), (editor, 403), (detector, 403)):
        for method, path in paths:
            async with http.request(method, f"/api/v1/handoffs{path}", headers=headers) as response:
                assert response.status == status, (method, path, headers)


async def test_customer_and_staff_may_be_on_different_replicas(start_server: Start) -> None:
    here, there = await start_server(), await start_server()
    async with aiohttp.ClientSession(there.url) as http:
        headers = await signed_in(there, http, "staff")
        staff = Staff(http, headers)
        async with (
            here.client() as client,
            http.ws_connect("/ws/desk/live", headers=headers) as desk,
        ):
            assert (await desk.receive_json())["type"] == "session"
            told = await ask_for_a_person(client)
            await frame_of(desk, "queue")
            case = await staff.handoff(told["reference"])
            await desk.send_json({"type": "watch", "handoff_id": case["id"], "after": 0})
            assert (await frame_of(desk, "presence"))["customer"] is True
            await staff.post(f"handoffs/{case['id']}/messages", 201, text="Hello from there")
            assert (await client.until("human_message"))["message"] == "Hello from there"
            await client.send(type="typing")
            assert (await frame_of(desk, "typing"))["who"] == "customer"
            await desk.send_json({"type": "typing"})
            assert (await client.until("typing"))["name"] == "Sam"
            await client.say("Hello from here")
            while (await frame_of(desk, "accepted"))["message"] != "Hello from here":
                pass
            await client.connection.close()
            assert (await frame_of(desk, "presence"))["customer"] is False


async def frame_of(desk: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """The next frame of this type."""
    async with asyncio.timeout(20):
        while True:
            frame: dict[str, Any] = await desk.receive_json()
            if frame["type"] == kind:
                return frame


async def test_what_was_said_to_a_person_is_in_the_export_and_goes_with_erasure(
    server: Server, http: aiohttp.ClientSession, staff: Staff
) -> None:
    async with server.client() as client:
        await client.ask("My number is +49 170 7654321, how much can the X1 tow?")
        told = await ask_for_a_person(client)
        case = await staff.handoff(told["reference"])
        path = f"handoffs/{case['id']}"
        await staff.post(f"{path}/notes", 201, text="Prefers +49 170 7654321")
        await staff.post(f"{path}/messages", 201, text="I will call +49 170 7654321.")
        await staff.post(f"{path}/resolve", outcome="callback", note="Call +49 170 7654321 at 9")
        guest = {"X-Guest-Token": client.token}
    async with http.get("/api/v1/me/data", headers=guest) as response:
        exported = (await response.json())["conversations"][0]
    kept = exported["handoffs"][0]
    assert kept["notes"] == ["Prefers +49 170 7654321"]
    assert kept["outcome_note"] == "Call +49 170 7654321 at 9"
    assert "I will call +49 170 7654321." in [each["text"] for each in exported["messages"]]
    async with http.delete("/api/v1/me/data", json={}, headers=guest) as response:
        assert response.status == 200, await response.text()
    left = await staff.get(path)
    assert (left["summary"], left["outcome_note"], left["notes"]) == ({}, None, [])


async def test_what_waits_becomes_as_urgent_as_what_is_said_next(
    server: Server, staff: Staff, llm: ScriptedLLM
) -> None:
    llm.reply_to = in_turn("The passages do not say who made the paint of the X1.")
    async with server.client() as client:
        await client.ask("Which page of the manual says who paints the X1 trailer hitch?")
        told = await client.until("handoff")
        assert (await staff.handoff(told["reference"]))["reason"] == "low_confidence"
        await client.ask("My brakes have failed and I am on the highway!")
        urgent = await staff.handoff(told["reference"])
        assert (urgent["reason"], urgent["priority"]) == ("safety_concern", 1)
        await client.ask(PERSON)
        assert (await staff.handoff(told["reference"]))["reason"] == "safety_concern"
