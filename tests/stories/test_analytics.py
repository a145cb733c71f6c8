"""What admins are told equals what was asked, called and paid; reckoned by hand from the scripted
model's own count and a price list."""

import csv
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import orjson
import pytest

from tests.accounts import signed_in
from tests.bookings import ZONE
from tests.conftest import Shared
from tests.fakes.llm import ANSWER, Reply, ScriptedLLM
from tests.figures import PRICES, TOWING, chosen
from tests.server import Server

HOSTILE = '=HYPERLINK("http://x.test";"towing")'
PERSON = "I would like to talk to a person"
PROMPT = 100  # tokens of every scripted call
SPOKEN = len(ANSWER.split(" "))
ONE_ANSWER = 3 * PROMPT + 15 * SPOKEN  # millionths of a dollar


@pytest.fixture(scope="module")
def server(shared_server: Shared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    prices: Path = tmp_path_factory.mktemp("prices") / "prices.yaml"
    prices.write_text(PRICES)
    with shared_server("analytics", LLM_PRICES_FILE=str(prices), CACHE_ENABLED="true") as started:
        yield started


@pytest.fixture(scope="module")
async def asked(server: Server, llm_server: ScriptedLLM) -> dict[str, Any]:
    """Six turns in four conversations: an answer; the same again, shared; a person asked for; what
    no manual knows, twice, in a hostile cell's words too; and one that is cut short."""
    llm_server.reset()
    llm_server.reply_to = chosen
    async with server.client() as first:
        answered = await first.ask(TOWING)
    async with server.client() as second:
        shared = await second.ask(TOWING)
        await second.ask(PERSON)
    async with server.client() as third:
        await third.ask(HOSTILE)
        await third.ask(HOSTILE + " ?")
    asked = [body for body in llm_server.requests if "messages" in body]
    spoken = sum(completion(body) for body in asked)
    llm_server.reply_to = lambda body: Reply(ANSWER, token_seconds=1)
    async with server.client() as fourth:
        await fourth.say("How much can the 2024 X1 tow?")
        await fourth.until("token")
        await fourth.send(type="cancel")
        await fourth.until("complete")
    llm_server.reset()
    return {
        "answered": answered, "shared": shared, "calls": len(asked), "spoken": spoken,
        "micros": 3 * PROMPT * len(asked) + 15 * spoken,
    }  # fmt: skip


def completion(body: dict[str, Any]) -> int:
    reply = chosen(body)
    return len(reply.text.split(" ") if body.get("stream") else reply.text.split())


@pytest.fixture
async def admin(server: Server, asked: dict[str, Any]) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.url) as http:
        headers = await signed_in(server, http, "admin", "Ada Ops")
        async with aiohttp.ClientSession(f"{server.url}/api/v1/", headers=headers) as session:
            yield session


async def read(admin: aiohttp.ClientSession, path: str, **query: Any) -> Any:
    async with admin.get(path, params=query) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def sheet(admin: aiohttp.ClientSession, path: str, **query: Any) -> list[dict[str, str]]:
    async with admin.get(path, params={**query, "format": "csv"}) as response:
        assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert 'attachment; filename="' in response.headers["Content-Disposition"]
        return list(csv.DictReader(StringIO((await response.read()).decode())))


async def sql(server: Server, statement: str, *values: Any) -> list[asyncpg.Record]:
    store = await asyncpg.connect(server.environment["DATABASE_URL"])
    try:
        return list(await store.fetch(statement, *values))
    finally:
        await store.close()


async def test_a_day_is_told_as_it_was(admin: aiohttp.ClientSession, asked: dict[str, Any]) -> None:
    told = await read(admin, "analytics")
    today = told["days"][-1]
    totals = told["totals"]
    assert len(told["days"]) == 14
    assert today == {"day": told["to"], **totals}
    assert [day["turns"] for day in told["days"][:-1]] == [0] * 13
    assert (totals["conversations"], totals["turns"]) == (4, 6)
    assert totals["outcomes"] == {
        "answered": 5, "relayed": 0, "cancelled": 1, "failed": 0, "open": 0,
    }  # fmt: skip
    assert totals["cache"]["exact"] == 1
    assert totals["cache"]["share"] == 0.2
    assert totals["escalated"] == 5 - totals["answered_alone"]
    assert totals["answered_alone_share"] == totals["answered_alone"] / 5
    assert 0 < totals["first_token_ms"] <= totals["first_token_p95_ms"]
    cost = totals["cost"]
    assert cost["dollars"] == asked["micros"] / 1_000_000
    assert cost["calls"] == asked["calls"] + 1
    assert (cost["prompt_tokens"], cost["completion_tokens"]) == (
        PROMPT * asked["calls"], asked["spoken"],
    )  # fmt: skip
    assert (cost["unknown_calls"], cost["unestimated_calls"]) == (1, 0)
    assert cost["unknown_at_most_dollars"] > 0
    rows = await sheet(admin, "analytics")
    assert len(rows) == 14
    assert rows[-1]["turns"] == "6"
    assert float(rows[-1]["cost.dollars"]) == cost["dollars"]


async def test_usage_groups_the_same_calls_and_says_what_the_month_will_cost(
    admin: aiohttp.ClientSession, asked: dict[str, Any]
) -> None:
    told = await read(admin, "analytics/usage")
    spent = asked["micros"] / 1_000_000
    for name in ("days", "agents", "models", "purposes", "days_by_agent", "days_by_model"):
        known = sum(row["dollars"] or 0 for row in told[name])
        assert known == pytest.approx(told["totals"]["dollars"], abs=1e-9), name
        assert sum(row["unknown_calls"] for row in told[name]) == 1, name
    assert told["totals"]["dollars"] == spent
    assert [row["model"] for row in told["models"]] == ["scripted"]
    forecast = told["forecast"]
    assert forecast["spent_dollars"] == spent
    assert (forecast["daily_average_dollars"], forecast["dollars"]) == (0, spent)
    rows = await sheet(admin, "analytics/usage")
    assert sum(int(row["calls"]) for row in rows) == asked["calls"] + 1


async def test_what_a_call_of_unknown_cost_may_cost_at_most_stands_beside_and_is_never_added(
    admin: aiohttp.ClientSession, server: Server
) -> None:
    cost = "update llm_calls set estimate_micros = $1 where cost_micros is null"
    await sql(server, cost, 2_500)
    told = (await read(admin, "analytics"))["totals"]["cost"]
    assert (told["unknown_at_most_dollars"], told["unestimated_calls"]) == (0.0025, 0)
    await sql(server, cost, None)
    after = (await read(admin, "analytics"))["totals"]["cost"]
    assert told["dollars"] == after["dollars"]
    page = await read(admin, "analytics/conversations", agent="general", limit=1)
    assert page["conversations"][0]["cost"]["dollars"] is None


async def test_a_turn_is_told_whole_with_masked_words_and_what_each_call_cost(
    admin: aiohttp.ClientSession, asked: dict[str, Any], server: Server
) -> None:
    page = await read(admin, "analytics/conversations", agent="specs")
    listed = next(each for each in page["conversations"] if each["cost"]["calls"])
    talk = await read(admin, f"analytics/conversations/{listed['id']}")
    assert [turn["question"] for turn in talk["turns"]] == [TOWING]
    turn = await read(admin, f"analytics/turns/{listed['last_turn_id']}")
    assert (turn["question"], turn["answer"]) == (TOWING, asked["answered"]["response"])
    assert turn["confidence"] == asked["answered"]["metadata"]["confidence"]
    assert turn["route"]["route"] == "specs"
    assert [source["page"] for source in turn["sources"]] == [29]
    answer = next(call for call in turn["calls"] if call["purpose"] == "answer")
    assert answer["dollars"] == ONE_ANSWER / 1_000_000
    assert turn["cost"]["dollars"] == sum(call["dollars"] for call in turn["calls"])
    assert [verdict["action"] for verdict in turn["verdicts"]] == ["allow"]
    assert turn["timeline"]
    timeline = [
        {"name": "mask", "at_ms": 0, "took_ms": 1.5, "about": {"kinds": 2, "odd": {"deep": 1}}},
        {"name": "nonsense", "at_ms": "0", "took_ms": 1}, 7,
    ]  # fmt: skip
    set_timeline = "update turns set timeline = $2::text::jsonb where id = $1"
    await sql(server, set_timeline, uuid.UUID(turn["id"]), orjson.dumps(timeline).decode())
    told = await read(admin, f"analytics/turns/{turn['id']}")
    assert told["timeline_origin"] == "recorded"
    assert told["timeline"] == [{"name": "mask", "at_ms": 0, "took_ms": 1.5, "about": {"kinds": 2}}]
    await sql(server, "update turns set timeline = null")
    told = await read(admin, f"analytics/turns/{turn['id']}")
    steps = [step["name"] for step in told["timeline"]]
    assert (told["timeline_origin"], steps) == ("reckoned", ["wait", "until_first_text", "text"])
    assert sum(step["took_ms"] for step in told["timeline"]) == pytest.approx(
        told["took_ms"], abs=1
    )


async def test_lists_page_to_their_end_and_filter(
    admin: aiohttp.ClientSession, asked: dict[str, Any]
) -> None:
    whole = await read(admin, "analytics/conversations")
    found, before = [], {}
    while True:
        page = await read(admin, "analytics/conversations", limit=1, **before)
        found += page["conversations"]
        if page["next"] is None:
            break
        before = {"before": page["next"]}
    assert found == whole["conversations"]
    assert len(found) == 4
    escalated = await read(admin, "analytics/conversations", escalation="any")
    assert [each["escalations"] for each in escalated["conversations"]] == [["user_request"]]
    nobody = await read(admin, "analytics/conversations", escalation="after_hours")
    assert (nobody["conversations"], nobody["next"]) == ([], None)
    yesterday = (datetime.now(ZONE) - timedelta(days=1)).date().isoformat()
    past = await read(admin, "analytics/conversations", to=yesterday)
    assert past["conversations"] == []


async def test_a_question_that_would_be_a_formula_is_text_in_a_spreadsheet(
    admin: aiohttp.ClientSession,
) -> None:
    found = (await read(admin, "analytics/unanswered"))["questions"]
    assert [(each["why"], each["count"]) for each in found] == [("not_found", 2)]
    assert found[0]["question"] == f"{HOSTILE} ?"
    (row,) = await sheet(admin, "analytics/unanswered")
    assert row["question"] == f"'{HOSTILE} ?"
    rows = await sheet(admin, "analytics/conversations")
    assert f"'{HOSTILE}" in [each["first_question"] for each in rows]


async def test_thumbs_down_and_reported_answers_are_one_list(
    admin: aiohttp.ClientSession, asked: dict[str, Any]
) -> None:
    told = {"note": "2,200 kg since May."}
    message = asked["answered"]["message_id"]
    async with admin.post(f"messages/{message}/wrong", json=told) as response:
        assert response.status == 204
    (row,) = await read(admin, "analytics/low-rated")
    assert (row["kind"], row["comment"], row["question"]) == ("report", told["note"], TOWING)
    assert row["turn_id"]
    past = datetime.fromisoformat(row["created_at"]).isoformat()
    assert await read(admin, "analytics/low-rated", before=past) == []


async def test_the_audit_pages_filters_and_names_who_it_was(admin: aiohttp.ClientSession) -> None:
    for name in ("One", "Two"):
        wish = {"name": name, "scopes": ["detect"]}
        async with admin.post("keys", json=wish) as response:
            assert response.status == 201
    newest = await read(admin, "audit", limit=1, actor="ada o")
    entry = newest["entries"][0]
    assert (entry["action"], entry["actor_name"]) == ("api_key_created", "Ada Ops")
    assert "api_key_created" in newest["actions"]
    older = await read(admin, "audit", limit=1, before=newest["next"], action="api_key_created")
    assert older["entries"][0]["id"] < entry["id"]
    assert (await read(admin, "audit", actor="%"))["entries"] == []
    assert (await sheet(admin, "audit", action="api_key_created"))[0]["record"] == entry["record"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("analytics", {"from": "2026-02-30"}),
        ("analytics", {"from": "2026-02-03", "to": "2026-02-02"}),
        ("analytics", {"from": "2024-01-01", "to": "2026-01-01"}),
        ("analytics", {"to": "0001-01-01"}),
        ("analytics/usage", {"to": "9999-12-31"}),
        ("analytics", {"format": "xlsx"}),
        ("analytics/conversations", {"before": "yesterday"}),
        ("analytics/conversations", {"before": f"2026-01-01T00:00:00_{uuid.uuid4()}"}),
        ("analytics/conversations", {"agent": "nobody"}),
        ("analytics/conversations", {"limit": 101}),
        ("analytics/turns/1", {}),
        ("audit", {"before": 0}),
        ("audit", {"action": "x" * 101}),
    ],
)
async def test_nonsense_is_refused_in_one_line(
    admin: aiohttp.ClientSession, path: str, query: dict[str, Any]
) -> None:
    async with admin.get(path, params=query) as response:
        body = await response.json()
        assert (response.status, set(body)) == (422, {"error", "detail"})
        assert "\n" not in body["detail"]


async def test_what_is_not_there_is_not_found(admin: aiohttp.ClientSession) -> None:
    for path in ("analytics/turns", "analytics/conversations"):
        async with admin.get(f"{path}/{uuid.uuid4()}") as response:
            assert response.status == 404
