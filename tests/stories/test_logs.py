"""The log as whoever operates the product reads it: every line one JSON object with its ids, and
nothing of what customers say, whatever goes wrong."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import orjson

from app.db.engine import Connection
from tests.fakes.llm import Reply, ScriptedLLM, question_in
from tests.server import Server

CANARY = "zanzibar kumquat"
FAILS, BREAKS = "how much can the 2025 X1 tow", "what is the tyre pressure of the 2025 X1"
SAID = "The tyres of the zanzibar kumquat hold it."  # the store refuses this answer
REFUSE = f"""
create function refuse() returns trigger language plpgsql as $$
begin raise exception 'cannot store %', new.text using detail = new.text; end $$;
create trigger refuse before insert on messages for each row
  when (new.author = 'assistant' and new.text like '%{CANARY}%') execute function refuse();
create function refuse_comment() returns trigger language plpgsql as $$
begin raise exception 'cannot store %', new.comment; end $$;
create trigger refuse before insert on feedback for each row execute function refuse_comment();
"""


def scripted(body: dict[str, Any]) -> Reply:
    return Reply(fault="http_500") if FAILS in question_in(body) else Reply(SAID)


async def test_every_line_is_json_with_its_ids_and_without_a_word_of_anybody(
    start_server: Callable[..., Awaitable[Server]], store: Connection, llm: ScriptedLLM
) -> None:
    llm.reply_to = scripted
    await store.execute(REFUSE)
    server = await start_server(LOG_LEVEL="DEBUG")
    async with server.client() as client:
        await client.ask(f"Of the {CANARY}: {FAILS}?")
        await client.connection.send(f"{{not json: {CANARY}")
        await client.until("error")
        await client.ask(f"Of the {CANARY}: {BREAKS}?")
    async with aiohttp.ClientSession(server.url) as http:
        asked = {"message": f"Of the {CANARY}: {BREAKS}?"}
        given = {"X-Request-ID": "from-the-proxy.1"}
        async with http.post("/api/v1/chat", json=asked, headers=given) as reply:
            kept = reply.headers["X-Request-ID"]
            answer = await reply.json()
        async with http.get("/health", headers={"X-Request-ID": f"{CANARY}\t{'x' * 80}"}) as reply:
            made = reply.headers["X-Request-ID"]
        async with http.post("/api/v1/chat", json={"message": [CANARY]}) as reply:
            assert reply.status == 422
        rated = {"message_id": answer["message_id"], "rating": "down", "comment": CANARY}
        guest = {"X-Guest-Token": answer["guest_token"]}
        async with http.post("/api/v1/feedback", json=rated, headers=guest) as reply:
            assert reply.status == 500
            failed = reply.headers["X-Request-ID"]
    server.stop()
    lines = [orjson.loads(line) for line in server.log.splitlines()]
    turns = {str(row["id"]): row for row in await store.fetch("select * from turns")}

    assert CANARY.split()[0] not in server.log.lower()
    assert CANARY.split()[1] not in server.log.lower()
    assert (kept, len(made)) == ("from-the-proxy.1", 32)
    events = {line["event"] for line in lines}
    assert events >= {"llm_unavailable", "turn_failed", "request_failed"}
    told = next(line for line in lines if line["event"] == "request_failed")
    assert (told["request"], told["endpoint"]) == (failed, "/api/v1/feedback")
    server_too = next(line for line in lines if line.get("logger") == "uvicorn.error")
    assert server_too["request"] == failed
    for line in lines:
        assert {"event", "level", "timestamp"} <= line.keys()
        if "turn" in line:
            turn = turns[line["turn"]]
            assert line["conversation"] == str(turn["conversation_id"])
            assert line["trace_id"] == turn["id"].hex
    broken = [line for line in lines if line["event"] == "turn_failed"]
    assert [line["exception"].split("\n")[0] for line in broken] == [
        "asyncpg.exceptions.RaiseError"
    ] * 2
    assert all("app/chat/turn.py" in line["exception"] for line in broken)
    assert broken[1]["request"] == "from-the-proxy.1"
    assert len(broken[0]["request"]) == 32
    assert {line["turn"] for line in lines if line["event"] == "llm_unavailable"} <= turns.keys()
