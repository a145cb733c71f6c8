"""One answer for everybody who asks the same, and for nobody who asks something else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import asyncpg
import orjson
import pytest
import redis.asyncio

from app.db.engine import Connection, Database
from app.llm.embedders import BundledEmbedder
from rag.documents import DocumentMetadata, Upload
from rag.ingestion import Ingestion
from tests.conftest import Shared, no_progress
from tests.fakes.llm import Reply, ScriptedLLM
from tests.server import Server

Start = Callable[..., Awaitable[Server]]
QUESTION = "How much can the 2025 X1 tow?"
SAME = "How much may the 2025 X1 tow?"
CACHING = {"CACHE_ENABLED": "true"}
ANSWER = "The 2025 X1 may tow a braked trailer of up to 2,000 kg [1]."


@pytest.fixture
def llm(llm: ScriptedLLM) -> ScriptedLLM:
    """Answers with the passage that it was given first."""
    llm.reply_to = lambda body: Reply(ANSWER)
    return llm


@pytest.fixture
async def server(start_server: Start, redis_url: str) -> Server:
    await emptied(redis_url)
    return await start_server(**CACHING)


@pytest.fixture(scope="module")
def caching(shared_server: Shared) -> Iterator[Server]:
    """One product that keeps answers, for all tests that leave it as it is."""
    with shared_server("caching", **CACHING) as started:
        yield started


@pytest.fixture
async def shared(caching: Server, shared_store: Connection, redis_url: str) -> Server:
    """That product with nothing in its caches."""
    await emptied(redis_url)
    await shared_store.execute("truncate conversations, cached_answers cascade")
    return caching


@pytest.fixture
async def shared_store(caching: Server) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(caching.environment["DATABASE_URL"])
    yield connection
    await connection.close()


async def emptied(redis_url: str) -> None:
    """Once nobody is about to keep an answer."""
    async with redis.asyncio.Redis.from_url(redis_url) as client, asyncio.timeout(15):
        while [key async for key in client.scan_iter("answer:*:writing")]:
            await asyncio.sleep(0.02)
        await client.flushall()


async def ask(server: Server, text: str) -> dict[str, Any]:
    async with server.client() as client:
        return await client.ask(text)


async def kept(store: Connection, answers: int) -> None:
    """Until so many are kept: that happens after the customer has the answer."""
    async with asyncio.timeout(10):
        while await store.fetchval("select count(*) from cached_answers") < answers:
            await asyncio.sleep(0.02)


def cached(answer: dict[str, Any]) -> str | None:
    kind: str | None = answer["metadata"]["cached"]
    return kind


async def test_the_second_to_ask_gets_the_same_answer_with_its_citations_for_nothing(
    shared: Server, llm: ScriptedLLM, shared_store: Connection
) -> None:
    first = await ask(shared, QUESTION)
    await kept(shared_store, 1)
    second = await ask(shared, f"  {QUESTION.upper()} ")
    assert [cached(each) for each in (first, second)] == [None, "exact"]
    assert second["response"] == first["response"] == ANSWER
    assert second["metadata"]["sources"] == first["metadata"]["sources"] != []
    assert len(llm.requests) == 1
    assert await shared_store.fetchval("select count(*) from llm_calls") == 1
    methods = await shared_store.fetch("select route_method from turns order by created_at")
    assert [row[0] for row in methods][-1] == "cache"


async def test_a_cited_passage_of_a_cached_answer_can_be_opened(
    shared: Server, llm: ScriptedLLM, shared_store: Connection
) -> None:
    await ask(shared, QUESTION)
    await kept(shared_store, 1)
    async with shared.client() as client:
        answer = await client.ask(QUESTION)
        assert cached(answer)
        headers = {"Authorization": f"Bearer {client.token}"}
    path = f"{shared.url}/api/v1/chat/passages/{answer['message_id']}/1"
    async with aiohttp.ClientSession(headers=headers) as http, http.get(path) as response:
        assert "2,000 kg" in (await response.json())["text"]


async def test_other_words_for_the_same_question_share_its_answer(
    shared: Server, llm: ScriptedLLM, shared_store: Connection
) -> None:
    await ask(shared, QUESTION)
    await kept(shared_store, 1)
    again = await ask(shared, SAME)
    assert (cached(again), again["response"]) == ("semantic", ANSWER)
    assert len(llm.requests) == 1


@pytest.mark.parametrize(
    "other",
    [
        "How much can the 2024 X1 tow?",
        "How much can the 2025 X1 tow without brakes?",
        "How much can the 2025 X1 not tow?",
        "How do I tow with the 2025 X1?",
        "Quanto o X1 2025 pode rebocar?",
        "My mail is jo@mail.example. How much can the 2025 X1 tow?",
    ],
)
async def test_another_question_gets_its_own_answer(
    shared: Server, llm: ScriptedLLM, shared_store: Connection, other: str
) -> None:
    await ask(shared, QUESTION)
    await kept(shared_store, 1)
    assert cached(await ask(shared, other)) is None
    assert len(llm.requests) > 1


async def test_a_question_that_leans_on_its_conversation_is_not_shared(
    shared: Server, llm: ScriptedLLM, shared_store: Connection
) -> None:
    await ask(shared, "How much can it tow?")
    await kept(shared_store, 1)
    async with shared.client() as client:
        await client.ask("What is the boot space of the 2024 X1?")
        leaning = await client.ask("How much can it tow?")
    assert cached(leaning) is None
    assert leaning["metadata"]["agent"] == "specs"
    about_towing = "select count(*) from cached_answers where question like '%tow%'"
    assert await shared_store.fetchval(about_towing) == 1


async def test_a_change_of_the_documents_ends_all_that_rested_on_them(
    server: Server, llm: ScriptedLLM, store: Connection, demo_url: str, embedder: BundledEmbedder
) -> None:
    await ask(server, QUESTION)
    await kept(store, 1)
    database = Database(demo_url)
    about = DocumentMetadata(title="Note", type="guide", model="X1", year=2025)
    upload = Upload("note.md", b"# Note\n\nThe 2025 X1 may tow 1,800 kg now.", about)
    await Ingestion(database.engine, embedder).ingest(upload, no_progress)
    await database.close()
    assert cached(await ask(server, QUESTION)) is None
    assert len(llm.requests) == 2


async def test_twenty_at_once_ask_the_model_once(shared: Server, llm: ScriptedLLM) -> None:
    llm.reply_to = lambda body: Reply(ANSWER, first_token_seconds=0.4)
    answers = await asyncio.gather(*(ask(shared, QUESTION) for _ in range(20)))
    assert {each["response"] for each in answers} == {ANSWER}
    assert len(llm.requests) == 1


async def test_a_leader_that_fails_leaves_nobody_waiting(shared: Server, llm: ScriptedLLM) -> None:
    """Its lie is withheld and nothing is shared: each of the others answers for itself."""
    llm.reply_to = lambda body: Reply("It may tow 9,100 kg [1].", first_token_seconds=0.1)
    async with asyncio.timeout(25):
        answers = await asyncio.gather(*(ask(shared, QUESTION) for _ in range(4)))
    assert all("9,100" not in each["response"] for each in answers)
    assert {cached(each) for each in answers} == {None}


async def test_two_replicas_share(
    server: Server, start_server: Start, llm: ScriptedLLM, store: Connection
) -> None:
    other = await start_server(**CACHING)
    await ask(server, QUESTION)
    await kept(store, 1)
    assert cached(await ask(other, QUESTION)) == "exact"


async def test_without_redis_answers_come_from_the_store_and_stay_right(
    start_server: Start, llm: ScriptedLLM, store: Connection
) -> None:
    server = await start_server(**CACHING, REDIS_URL="redis://127.0.0.1:1/0")
    first = await ask(server, QUESTION)
    await kept(store, 1)
    second = await ask(server, QUESTION)
    assert first["response"] == second["response"] == ANSWER
    assert cached(second) == "semantic"


@pytest.mark.parametrize("harm", ["garbage", "other question", "other basis"])
async def test_what_is_not_its_own_is_not_told(
    shared: Server, llm: ScriptedLLM, redis_url: str, shared_store: Connection, harm: str
) -> None:
    await ask(shared, QUESTION)
    await kept(shared_store, 1)
    await shared_store.execute("delete from cached_answers")
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        (key,) = [key async for key in client.scan_iter("answer:*") if b"writing" not in key]
        value = orjson.loads(await client.get(key))
        changed = {
            "garbage": b'{"basis": 1}',
            "other question": orjson.dumps({**value, "question": "how much is it"}),
            "other basis": orjson.dumps({**value, "basis": "another model"}),
        }
        await client.set(key, changed[harm])
    assert cached(await ask(shared, QUESTION)) is None
    assert len(llm.requests) == 2


async def test_the_rest_interface_says_hit_or_miss(
    shared: Server, llm: ScriptedLLM, shared_store: Connection
) -> None:
    found = []
    for _ in range(2):
        async with (
            aiohttp.ClientSession(shared.url) as http,
            http.post("/api/v1/chat", json={"message": QUESTION}) as response,
        ):
            found.append(response.headers["x-cache"])
        await kept(shared_store, 1)
    assert found == ["miss", "hit"]


@pytest.mark.parametrize("off", [{"CACHE_ENABLED": "false"}, {**CACHING, "MASK_PII": "false"}])
async def test_it_can_be_switched_off(
    start_server: Start, llm: ScriptedLLM, off: dict[str, str]
) -> None:
    server = await start_server(**off)
    assert [cached(await ask(server, QUESTION)) for _ in range(2)] == [None, None]
    assert len(llm.requests) == 2


async def test_a_storm_of_cancels_never_mixes_answers_up(shared: Server, llm: ScriptedLLM) -> None:
    """A question's answer belongs to it, whoever hung up in the middle of asking."""
    numbers = {"2024": "1,800", "2025": "2,000"}

    def reply(body: dict[str, Any]) -> Reply:
        asked = str(body["messages"][-1]["content"]).rpartition("<question")[2]
        year = "2024" if "2024" in asked else "2025"
        return Reply(f"The {year} X1 may tow up to {numbers[year]} kg [1].", token_seconds=0.005)

    llm.reply_to = reply

    async def one(number: int) -> None:
        year = ("2024", "2025")[number % 2]
        async with shared.client() as client:
            await client.say(f"How much can the {year} X1 tow?")
            if number % 3 == 0:
                await client.send(type="cancel")
                return
            answer = await client.until("complete")
            assert ("2025" if year == "2024" else "2024") not in answer["response"]

    await asyncio.gather(*(one(number) for number in range(36)))
