"""What each kind of receiver is sent; a customer's words do nothing there but stand."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson
import pytest
from aiohttp import web

from app.handoff.addresses import Addresses
from app.handoff.endpoints import Wish
from app.handoff.events import EVENT_TYPES, EventType, written
from app.handoff.formats import FORMATS
from app.handoff.formats.calls import Answer, Call, Event, OddAnswer, Receiver
from app.handoff.formats.words import told
from app.handoff.sending import attempt
from tests.app.hooks import Hooks

HOSTILE = (
    "<!channel> <@U123> @everyone @here <https://evil.test|click> [click](https://evil.test)"
    " *bold* _i_ `x` :smile: www.evil.test & ![x](http://evil.test/a.png) #general"
)
HANDOFF: dict[str, Any] = {
    "id": "0b5f", "conversation_id": "c1", "reference": "H-7KQ4M2", "reason": "user_request",
    "priority": 2, "language": "en", "vehicle": {"model": "X1", "year": 2024}, "confidence": None,
    "state": "claimed", "claimed_by": "Ana <!here>", "outcome": "solved", "messages": [],
    "target_at": "2026-11-21T15:00:00+00:00", "url": "https://own.test/desk?handoff=0b5f",
    "summary": {"text": HOSTILE, "question": "?", "tried": [], "results": [], "suggestion": ""},
}  # fmt: skip
RECEIVER = Receiver("https://hooks.test/x", ("whsec_" + "A" * 44,), desk="https://own.test/desk")


def event(type: EventType, data: dict[str, Any]) -> Event:
    return Event.of("id-1", written(type, data))


def only_call(format: str, event: Event) -> Call:
    (call,) = list(FORMATS[format](event, RECEIVER))
    return call


def texts_of(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for key, each in value.items() if key != "url" for text in texts_of(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts_of(each)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("type", EVENT_TYPES)
@pytest.mark.parametrize("format", ["generic", "slack", "teams"])
def test_every_event_is_one_call_with_json(format: str, type: EventType) -> None:
    for data in (HANDOFF, {}):
        call = only_call(format, event(type, data))
        assert (call.method, call.url) == ("POST", "https://hooks.test/x")
        assert orjson.loads(call.body)


def test_the_generic_body_is_what_was_written() -> None:
    told = event("handoff.created", HANDOFF)
    assert only_call("generic", told).body == told.body.encode()


@pytest.mark.parametrize("format", ["slack", "teams"])
def test_words_become_no_link_no_mention_and_no_markup(format: str) -> None:
    body = orjson.loads(only_call(format, event("handoff.created", HANDOFF)).body)
    texts = " ".join(texts_of(body))
    for lively in ("<!", "<@", "<http", "@everyone", "@here", "://evil", "www.evil", "evil.test"):
        assert lively not in texts
    if format == "slack":
        assert "](" not in texts
        assert (body["parse"], body["link_names"], body["mrkdwn"]) == ("none", False, False)
        assert '"type":"mrkdwn"' not in orjson.dumps(body).decode()
    else:
        card = body["attachments"][0]["content"]
        assert {each["type"] for each in card["body"]} == {"RichTextBlock"}
    shown = re.sub("\u200b", "", texts).replace("&lt;", "<").replace("&gt;", ">")
    assert HOSTILE in shown.replace("&amp;", "&")


@pytest.mark.parametrize(
    ("type", "line"),
    [
        ("handoff.created", "New handoff H-7KQ4M2: asked for a person"),
        ("handoff.claimed", "Handoff H-7KQ4M2 was taken by Ana"),
        ("handoff.resolved", "Handoff H-7KQ4M2 is resolved: solved"),
        ("handoff.updated", "Handoff H-7KQ4M2 has changed: claimed"),
        ("webhook.test", "This is a test of your webhook. It works."),
    ],
)
def test_events_are_short_readable_lines(type: EventType, line: str) -> None:
    body = orjson.loads(only_call("slack", event(type, HANDOFF)).body)
    assert body["text"].startswith(line)
    assert body["blocks"][0]["text"]["text"].startswith(line)


def test_an_appointment_is_a_line() -> None:
    data = {"reference": "A-1", "service": "oil_change", "start": "2026-11-23T09:00", "model": "X1"}
    body = orjson.loads(only_call("teams", event("appointment.booked", data)).body)
    title = body["attachments"][0]["content"]["body"][0]["inlines"][0]["text"]
    assert title == "Appointment A-1 booked: oil_change, 2026-11-23T09:00"


def test_what_slack_would_find_too_long_is_cut_and_no_entity_with_it() -> None:
    data = {**HANDOFF, "claimed_by": "<" * 500, "summary": {"text": "&<>" * 2000}}
    for type in EVENT_TYPES:
        message = orjson.loads(only_call("slack", event(type, data)).body)
        texts = [message["blocks"][0]["text"]["text"], *texts_of(message)]
        assert len(texts[0]) <= 150
        assert max(map(len, texts)) <= 2000
        assert re.search(r"&(?!amp;|lt;|gt;)|[<>]", " ".join(texts)) is None


def test_a_rating_of_a_handoff_is_feedback_too() -> None:
    data = {"kind": "rating", "handoff": "0b5f", "reference": "H-7KQ4M2", "rating": 4}
    body = orjson.loads(only_call("slack", event("feedback.created", data)).body)
    assert body["text"] == "Handoff H-7KQ4M2 was rated: 4 of 5"


def test_the_button_leads_to_the_handoff_when_our_address_is_known() -> None:
    def pages(url: str) -> list[str]:
        told = event("handoff.created", {**HANDOFF, "url": url})
        return re.findall(r'"url":"([^"]+)"', only_call("slack", told).body.decode())

    assert pages("https://own.test/desk?handoff=1") == ["https://own.test/desk?handoff=1"]
    assert pages("/desk?handoff=1") == ["https://own.test/desk"]


# Chatwoot


@dataclass
class Chatwoot:
    """As much of an account's API as is used, with its rules; `lost` calls are done and not
    acknowledged."""

    contacts: dict[int, dict[str, Any]] = field(default_factory=dict)
    conversations: dict[int, dict[str, Any]] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    lost: int = 0
    port: int = 0

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["api_access_token"] == "a token"
        path = request.path.removeprefix("/api/v1/accounts/7/")
        body = orjson.loads(await request.read() or b"{}")
        status, answer = self._done(request.method, path, request.query.get("q", ""), body)
        if request.method == "POST" and self.lost:
            self.lost -= 1
            assert request.transport is not None
            request.transport.close()
        return web.json_response(answer, status=status)

    def _done(self, method: str, path: str, q: str, body: dict[str, Any]) -> tuple[int, Any]:
        parts = path.split("/")
        if path == "inboxes/3":
            return 200, {"id": 3}
        if path == "contacts/search":
            found = [each for each in self.contacts.values() if q in each["identifier"]]
            return 200, {"payload": found}
        if path == "contacts":
            return self._new_contact(body)
        if path == "conversations":
            made = {"id": len(self.conversations) + 1, "status": "open", **body}
            self.conversations[made["id"]] = made
            return 200, made
        if parts[0] == "contacts":
            of = [c for c in self.conversations.values() if c["contact_id"] == int(parts[1])]
            return 200, {"payload": of}
        if parts[2] == "toggle_status":
            self.conversations[int(parts[1])]["status"] = body["status"]
            return 200, {}
        return self._message(method, int(parts[1]), body)

    def _new_contact(self, body: dict[str, Any]) -> tuple[int, Any]:
        if body["identifier"] in [each["identifier"] for each in self.contacts.values()]:
            return 422, {"message": "Identifier has already been taken"}
        made = {"id": len(self.contacts) + 40, **body}
        self.contacts[made["id"]] = made
        return 200, {"payload": {"contact": made, "contact_inbox": {"source_id": "x"}}}

    def _message(self, method: str, conversation: int, body: dict[str, Any]) -> tuple[int, Any]:
        if method == "GET":
            return 200, {"payload": [m for m in self.messages if m["talk"] == conversation]}
        self.messages.append({"id": len(self.messages), "talk": conversation, **body})
        return 200, self.messages[-1]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Chatwoot"]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        yield self
        await runner.cleanup()

    async def told(self, type: EventType, id: str, data: dict[str, Any]) -> str | None:
        """The problem of an attempt."""
        told = Event.of(id, written(type, data))
        options = {"account_id": 7, "inbox_id": 3}
        receiver = Receiver(f"http://127.0.0.1:{self.port}", (), "a token", options)
        return (await attempt(Addresses("127.0.0.1"), "chatwoot", told, receiver)).problem


@pytest.fixture
async def chatwoot() -> AsyncIterator[Chatwoot]:
    async with Chatwoot().serving() as chatwoot:
        yield chatwoot


async def test_a_handoff_is_one_conversation_of_one_contact_with_a_message_per_event(
    chatwoot: Chatwoot,
) -> None:
    for n, type in enumerate(EVENT_TYPES[:2]):
        assert await chatwoot.told(type, f"id-{n}", HANDOFF) is None
    assert [each["identifier"] for each in chatwoot.contacts.values()] == ["genai-auto:c1"]
    (talk,) = chatwoot.conversations.values()
    assert (talk["inbox_id"], talk["source_id"], talk["status"]) == (3, "0b5f", "open")
    assert [(m["message_type"], m["private"]) for m in chatwoot.messages] == [
        ("incoming", False), ("outgoing", True),
    ]  # fmt: skip
    await chatwoot.told("handoff.resolved", "id-9", HANDOFF)
    assert talk["status"] == "resolved"
    await chatwoot.told("handoff.created", "id-10", {**HANDOFF, "id": "0b60"})
    assert (len(chatwoot.contacts), len(chatwoot.conversations)) == (1, 2)


async def test_retries_after_lost_answers_make_nothing_twice(chatwoot: Chatwoot) -> None:
    told = str(uuid4())
    chatwoot.lost = 3  # of contact, conversation and message, one after the other
    problems = [await chatwoot.told("handoff.created", told, HANDOFF)]
    while problems[-1] is not None:
        problems.append(await chatwoot.told("handoff.created", told, HANDOFF))
    assert problems == ["connection"] * 3 + [None]
    counts = (len(chatwoot.contacts), len(chatwoot.conversations), len(chatwoot.messages))
    assert counts == (1, 1, 1)


async def test_a_chatwoot_endpoint_is_told_with_its_sealed_token(
    chatwoot: Chatwoot, hooks: Hooks
) -> None:
    wish = Wish(
        "Chatwoot", f"http://127.0.0.1:{chatwoot.port}/", "chatwoot", ("handoff.created",),
        {"account_id": 7, "inbox_id": 3}, "a token",
    )  # fmt: skip
    made = await hooks.endpoints.create(hooks.admin, wish)
    assert (await hooks.dispatch().test(made.endpoint.id)).status == 200
    async with hooks.database.transaction() as db:
        await hooks.deliveries.owe(db, "handoff.created", HANDOFF)
    await hooks.dispatch().deliver_all()
    (message,) = chatwoot.messages
    assert message["content"].startswith("New handoff H-7KQ4M2")
    assert b"a token" not in (await hooks.rows("select sealed from webhook_endpoints"))[0][0]


async def test_a_test_makes_nothing(chatwoot: Chatwoot) -> None:
    assert await chatwoot.told("webhook.test", "id-1", {}) is None
    assert (chatwoot.contacts, chatwoot.conversations) == ({}, {})


def test_a_list_that_cannot_be_read_is_not_taken_for_an_empty_one() -> None:
    receiver = Receiver("https://chat.test", (), "t", {"account_id": 1, "inbox_id": 2})
    calls = FORMATS["chatwoot"](event("handoff.created", HANDOFF), receiver)
    next(calls)
    calls.send(Answer(200, {"payload": {"contact": {"id": 4}}}))
    with pytest.raises(OddAnswer):
        calls.send(Answer(200, None))


def test_what_the_customer_writes_to_a_person_is_quoted() -> None:
    data = {
        "reference": "H-234567", "change": "message",
        "messages": [
            {"author": "customer", "text": "Are you there?"},
            {"author": "staff", "text": "One moment."},
        ],
    }  # fmt: skip
    words = told(Event("id", "", "handoff.updated", data))
    assert words.title == "The customer has written in H-234567"
    assert words.quote == "Are you there?"
