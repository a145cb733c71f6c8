"""Verification as a service, as the observability guide calls it."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import asyncpg
import pytest

from tests.accounts import api_key
from tests.server import Server

SOURCES = [
    "The X1 may tow a braked trailer of up to 2,000 kg.",
    "A basic service costs $189 and takes one hour.",
]
FIELDS = {
    "action", "tier_used", "method", "confidence", "processing_time_ms", "failure_class",
    "severity", "explanation", "blocked",
}  # fmt: skip


@pytest.fixture
async def http(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(server.url, cookie_jar=jar) as session:
        session.headers.update(await api_key(server, session, "detect", "detect:read"))
        yield session


async def detected(http: aiohttp.ClientSession, response: str, **more: Any) -> dict[str, Any]:
    async with http.post("/detect", json={"llm_response": response, **more}) as answer:
        assert answer.status == 200, await answer.text()
        found: dict[str, Any] = await answer.json()
    assert set(found) == FIELDS
    assert found["blocked"] == (found["action"] == "block")
    assert 0.5 <= found["confidence"] <= 1
    return found


@pytest.mark.parametrize(
    "said",
    [
        "The X1 may tow up to 2,000 kg.",
        "It may tow a braked trailer of two thousand kilograms.",
        "A basic service is $189.",
        "Happy to help!",
        "No, 5000 kg is too much for the X1.",
    ],
)
async def test_what_sources_say_is_allowed(http: aiohttp.ClientSession, said: str) -> None:
    found = await detected(
        http, said, sources=SOURCES, context={"query": "Does the X1 tow 5000 kg?"}
    )
    assert (found["action"], found["failure_class"]) == ("allow", None)


@pytest.mark.parametrize(
    ("said", "failure_class", "severity"),
    [
        ("The X1 tows 3,100 kg.", "unsupported_number", "high"),
        ("Yes, it tows 5000 kg.", "unsupported_number", "high"),
        ("A basic service is $99.", "unsupported_price", "critical"),
        ("It tows 3,100 kg, and we guarantee it.", "unsupported_commitment", "critical"),
        ("According to a study from Harvard, this is effective.", "false_attribution", "high"),
        ("See https://evil.example/x1 for more.", "foreign_link", "critical"),
    ],
)
async def test_what_no_source_says_is_blocked(
    http: aiohttp.ClientSession, said: str, failure_class: str, severity: str
) -> None:
    found = await detected(
        http, said, sources=SOURCES, context={"query": "Does the X1 tow 5000 kg?"}
    )
    assert found["action"] == "block"
    assert (found["failure_class"], found["severity"]) == (failure_class, severity)
    assert found["tier_used"] == 1


async def test_harvard_is_not_let_through_without_a_source(http: aiohttp.ClientSession) -> None:
    said = "According to a study from Harvard, this approach is effective."
    assert (await detected(http, said, context={"query": "What works?"}))["blocked"]


async def test_without_any_source_a_figure_is_a_warning_and_a_promise_is_not(
    http: aiohttp.ClientSession,
) -> None:
    assert (await detected(http, "The X1 tows 3,100 kg."))["action"] == "warn"
    assert (await detected(http, "It tows 3,100 kg, that is guaranteed."))["action"] == "block"


async def test_a_statement_beside_its_sources_is_doubted(http: aiohttp.ClientSession) -> None:
    said = "The steering wheel can be ordered with a heated rim in green leather."
    found = await detected(http, said, sources=SOURCES)
    assert (found["action"], found["failure_class"]) == ("warn", "unsupported_statement")
    assert found["tier_used"] in (2, 3)


async def test_a_batch_is_answered_in_its_order(http: aiohttp.ClientSession) -> None:
    said = ["It tows 2,000 kg.", "It tows 2,100 kg."] * 10
    body = [{"llm_response": each, "context": {}, "sources": SOURCES} for each in said]
    async with http.post("/detect/batch", json=body) as answer:
        found = await answer.json()
    assert found["total"] == 20
    assert [each["action"] for each in found["results"]] == ["allow", "block"] * 10


@pytest.mark.parametrize("size", [0, 101])
async def test_a_batch_has_a_hundred_at_most(http: aiohttp.ClientSession, size: int) -> None:
    body = [{"llm_response": "Fine."}] * size
    async with http.post("/detect/batch", json=body) as answer:
        assert answer.status == 422


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"llm_response": ""},
        {"llm_response": "x" * 20_001},
        {"llm_response": "Fine.", "sources": ["x"] * 21},
        {"llm_response": "Fine.", "sources": ["x" * 20_001]},
        {"llm_response": "Fine.", "context": {"query": "x" * 20_000}},
        {"llm_response": "Fine.", "context": "no object"},
    ],
)
async def test_bounds_are_told(http: aiohttp.ClientSession, body: dict[str, Any]) -> None:
    async with http.post("/detect", json=body) as answer:
        assert answer.status == 422
        assert set(await answer.json()) == {"error", "detail"}


async def test_without_a_key_nothing_is_answered(server: Server) -> None:
    async with aiohttp.ClientSession(server.url) as stranger:
        for method, path in (
            ("POST", "/detect"), ("POST", "/detect/batch"), ("GET", "/logs/recent"),
            ("GET", "/metrics/stats"),
        ):  # fmt: skip
            async with stranger.request(method, path, json={}) as answer:
                assert answer.status == 401


async def test_verdicts_are_kept_counted_and_hold_no_personal_data(
    server: Server, http: aiohttp.ClientSession
) -> None:
    said = "Thank you, my name is Ottilie Brandtner: write to ottilie@brandtner.example."
    context = {"query": "Who?", "caller": {"card": 4111111111111111, "open": True}}
    headers = {"X-Request-ID": "call-77"}
    async with http.post(
        "/detect", json={"llm_response": said, "context": context}, headers=headers
    ) as answer:
        assert answer.status == 200
    async with http.get("/logs/recent?limit=1") as answer:
        (log,) = (await answer.json())["logs"]
    assert (log["request_id"], log["origin"]) == ("call-77", "service")
    store = await asyncpg.connect(server.environment["DATABASE_URL"])
    row = await store.fetchrow("select * from detection_logs where request_id = 'call-77'")
    await store.close()
    assert row["blocked"] == log["blocked"]
    assert row["llm_response"] == "Thank you, my name is <PERSON_1>: write to <EMAIL_1>."
    assert "4111" not in row["context"]
    assert '"open": true' in row["context"]


async def test_statistics_add_up(http: aiohttp.ClientSession) -> None:
    await detected(http, "Fine.")
    async with http.get("/metrics/stats") as answer:
        stats = await answer.json()
    counts = [stats[f"tier{tier}_count"] for tier in (1, 2, 3)]
    assert stats["total_detections"] == sum(counts) > 0
    assert 99.5 <= sum(stats["distribution"].values()) <= 100.5
    assert set(stats["health"]) == {"is_healthy", "message"}
    async with http.get("/health") as answer:
        health = await answer.json()
    assert set(health["tier_distribution"]) == {"tier1_pct", "tier2_pct", "tier3_pct"}
    assert health["health_message"]


async def test_the_verdict_of_a_turn_is_kept_too(
    server: Server, http: aiohttp.ClientSession
) -> None:
    async with server.client() as client:
        await client.ask("How much can the 2025 X1 tow?")
    async with http.get("/logs/recent?limit=5") as answer:
        logs = (await answer.json())["logs"]
    assert "turn" in [each["origin"] for each in logs]
