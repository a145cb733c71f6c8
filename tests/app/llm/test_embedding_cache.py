"""A question's vector is asked for once; Redis may be away, and never holds the question."""

from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest
import redis.asyncio
from numpy.typing import NDArray
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from app.llm.embedding_cache import RememberingEmbedder

SECRET = "s" * 32


class Counting:
    """Three dimensions, and how often it was asked."""

    name, dimension = "counting", 3

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return np.array([[len(text), 1.0, 0.0] for text in texts], np.float32)


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[redis.asyncio.Redis]:
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        await client.flushall()
        yield client


async def test_a_question_is_embedded_once_for_all_processes(client: redis.asyncio.Redis) -> None:
    remote = Counting()
    first, second = (RememberingEmbedder(remote, client, SECRET) for _ in range(2))
    vectors = [await each.embed(["how far?"]) for each in (first, first, second)]
    assert remote.asked == ["how far?"]
    assert all((each == vectors[0]).all() and each.shape == (1, 3) for each in vectors)


async def test_redis_holds_neither_the_question_nor_its_plain_hash(
    client: redis.asyncio.Redis,
) -> None:
    await RememberingEmbedder(Counting(), client, SECRET).embed(["where is Ottilie?"])
    await RememberingEmbedder(Counting(), client, "t" * 32).embed(["where is Ottilie?"])
    keys = [key async for key in client.scan_iter("*")]
    assert len(keys) == 2
    assert not any(b"Ottilie" in each for each in keys)


async def test_documents_go_straight_through(client: redis.asyncio.Redis) -> None:
    remembering = RememberingEmbedder(remote := Counting(), client, SECRET)
    for _ in range(2):
        await remembering.embed(["a", "b"])
    assert remote.asked == ["a", "b", "a", "b"]


async def test_what_is_no_vector_is_not_taken_for_one(client: redis.asyncio.Redis) -> None:
    await RememberingEmbedder(Counting(), client, SECRET).embed(["how far?"])
    (key,) = [key async for key in client.scan_iter("*")]
    await client.set(key, b"garbage")
    remembering = RememberingEmbedder(remote := Counting(), client, SECRET)
    assert (await remembering.embed(["how far?"])).shape == (1, 3)
    assert remote.asked == ["how far?"]


async def test_without_redis_it_goes_on() -> None:
    away = redis.asyncio.Redis.from_url("redis://127.0.0.1:1/0", retry=Retry(NoBackoff(), 0))
    remembering = RememberingEmbedder(remote := Counting(), away, SECRET)
    for text in ("one", "two", "one"):
        assert (await remembering.embed([text])).shape == (1, 3)
    assert remote.asked == ["one", "two"]
    await away.aclose()
