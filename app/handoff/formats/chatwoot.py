"""Chatwoot: a contact for our conversation, a conversation for the handoff, a message for each
event, by the account's API. Each step looks for what an earlier attempt has made: the contact by
its `identifier`, the conversation by `custom_attributes`, the message by its `source_id`."""

from collections.abc import Generator
from typing import Any
from urllib.parse import quote

import orjson

from app.handoff.formats.calls import Answer, Call, Event, OddAnswer, Receiver
from app.handoff.formats.words import is_message, told

Step = Generator[Call, Answer, None]
Found = Generator[Call, Answer, Any]

LONG = 512 * 1024
MATTER = "genai_auto_id"
DONE = ("handoff.resolved", "handoff.expired")


def calls(event: Event, receiver: Receiver) -> Step:
    """A test only looks whether the inbox is there."""
    account = Account(receiver)
    if event.type == "webhook.test":
        yield account.call("GET", f"inboxes/{account.inbox}")
        return
    talk = event.data.get("conversation_id") or event.id
    contact = yield from account.contact(str(talk))
    matter = str(event.data.get("handoff") or event.data.get("id") or talk)
    conversation = yield from account.conversation(contact, matter)
    yield from account.message(conversation, event)
    if event.type in DONE:
        yield account.call(
            "POST", f"conversations/{conversation}/toggle_status", {"status": "resolved"}
        )


class Account:
    """One account's API at the endpoint's URL."""

    def __init__(self, receiver: Receiver) -> None:
        base = receiver.url.rstrip("/").partition("?")[0]
        self._base = f"{base}/api/v1/accounts/{int(receiver.options['account_id'])}"
        self.inbox = int(receiver.options["inbox_id"])
        self._headers = {"api_access_token": receiver.token, "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: object = None, *accepted: int) -> Call:
        written = b"" if body is None else orjson.dumps(body)
        return Call(
            method, f"{self._base}/{path}", written, self._headers, signed=False,
            accepted=frozenset(accepted), longest=LONG,
        )  # fmt: skip

    def contact(self, talk: str) -> Found:
        """The contact's id; 422 says that there is one of this identifier."""
        identifier = f"genai-auto:{talk}"
        wish = {"name": f"Customer {talk[:8]}", "identifier": identifier}
        made = yield self.call("POST", "contacts", wish, 422)
        if made.status != 422:
            return number_of(dig(made.json, "payload", "contact"))
        found = yield self.call("GET", f"contacts/search?q={quote(identifier, safe='')}")
        same = [each for each in listed(found) if each.get("identifier") == identifier]
        return number_of(same[0] if same else None)

    def conversation(self, contact: int, matter: str) -> Found:
        """The number of the contact's conversation on this matter."""
        known = yield self.call("GET", f"contacts/{contact}/conversations")
        for each in listed(known):
            if dig(each, "custom_attributes", MATTER) == matter:
                return number_of(each)
        wish = {
            "inbox_id": self.inbox, "contact_id": contact, "source_id": matter, "status": "open",
            "custom_attributes": {MATTER: matter},
        }  # fmt: skip
        made = yield self.call("POST", "conversations", wish)
        return number_of(made.json)

    def message(self, conversation: int, event: Event) -> Step:
        """A new handoff and what the customer writes come in like a customer's messages, so that
        people are alerted; all else is a note for them."""
        path = f"conversations/{conversation}/messages"
        there = yield self.call("GET", path)
        if any(each.get("source_id") == event.id for each in listed(there)):
            return
        said = told(event)
        is_new = event.type == "handoff.created" or is_message(event)
        wish = {
            "content": "\n\n".join(part for part in (said.line, said.quote) if part),
            "message_type": "incoming" if is_new else "outgoing",
            "private": not is_new, "source_id": event.id,
        }  # fmt: skip
        yield self.call("POST", path, wish)


def listed(answer: Answer) -> list[dict[str, Any]]:
    """Raises OddAnswer: a list that cannot be read must not be taken for an empty one."""
    payload = dig(answer.json, "payload")
    if not isinstance(payload, list):
        raise OddAnswer
    return [each for each in payload if isinstance(each, dict)]


def number_of(record: object) -> int:
    """Raises OddAnswer."""
    found = dig(record, "id")
    if not isinstance(found, int):
        raise OddAnswer
    return found


def dig(value: object, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
