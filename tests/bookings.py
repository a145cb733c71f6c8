"""Talking to the workshop in tests: say, press, prove; and what SQL knows of it."""

import re
import uuid
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from app.db.engine import Connection
from app.privacy.vault import Vault
from tests.server import Client, Server

ZONE = ZoneInfo("America/Los_Angeles")
OFFLINE = {"LLM_PROVIDER": "offline"}


async def own_rows(store: Connection) -> list[tuple[str, str]]:
    """`(service, state)` of what was booked in a chat, not by the demo."""
    rows = await store.fetch(
        "select distinct service_code, a.state, a.created_at from appointments as a"
        " join appointment_writes as w on w.appointment_id = a.id"
        " join pending_actions as p on p.card_id::text = w.key order by a.created_at"
    )
    return [(row["service_code"], row["state"]) for row in rows]


async def answer(client: Client) -> dict[str, Any]:
    """The answer, and the cards that follow it."""
    complete = await client.until("complete")
    await client.send(type="ping")
    await client.until("pong")
    return complete


async def say(client: Client, text: str) -> dict[str, Any]:
    await client.say(text)
    return await answer(client)


async def press(client: Client, card: dict[str, Any], choice: str) -> dict[str, Any]:
    await client.send(
        type="action", card_id=card["card_id"], choice=choice, client_message_id=uuid.uuid4().hex
    )
    return await answer(client)


def newest(client: Client, kind: str) -> dict[str, Any]:
    return [card for card in client.of("card") if card["kind"] == kind][-1]


def a_free_day(first: int = 20) -> date:
    """A weekday weeks ahead, beyond the demo's full days."""
    day = datetime.now(ZONE).date() + timedelta(days=first)
    while day.weekday() > 3 or (day.month, day.day) in ((12, 24), (12, 25), (12, 31), (1, 1)):
        day += timedelta(days=1)
    return day


async def sent_code(server: Server, store: Connection, to: str = "jo.miller@example.com") -> str:
    """The code in the newest letter, read with the server's own key."""
    sealed = await store.fetchval("select sealed from outbox_messages order by created_at desc")
    key = (server.folder / "data" / "secrets" / "encryption_key").read_text()
    letter = orjson.loads(Vault(None, key).unseal(sealed))  # type: ignore[arg-type]
    assert letter["to"] == to
    return str(re.findall(r"\d{6}", letter["text"])[0])


async def prove(client: Client, server: Server, store: Connection) -> None:
    """Type the code that was sent."""
    await say(client, "my e-mail is jo.miller@example.com")
    await say(client, await sent_code(server, store))
