"""Answers that may be shared: the same words in Redis, the same question in PostgreSQL.

What an answer rests on (language, version of the documents, prompts, model, audience) is part of
its key and stands in the value again: it is compared on reading. Every failure is a miss.
"""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
import redis.asyncio
import structlog
from redis.exceptions import RedisError

from agents.events import Answered, Cached, Share
from agents.same_question import difference, in_plain_words
from app.chat.kept_answers import as_json, from_json
from app.db.engine import Database, DatabaseDown
from app.observability.metrics import CACHE_OPERATIONS, CACHE_SECONDS
from rag.embedding import Embedder, EmbedderUnavailable
from rag.steps import Step

log = structlog.get_logger()
T = TypeVar("T")

WRITING_SECONDS = 10  # after which nobody waits for whoever went to answer; a turn's lease
WAIT_SECONDS = 10.0
LOOK_SECONDS = 0.05
AWAY_SECONDS = 10.0
NEAREST = 5


@dataclass(frozen=True, slots=True)
class CacheRules:
    """How long and how alike; `basis` is what answers rest on besides their question."""

    exact_seconds: int
    semantic_seconds: int
    least_similarity: float
    basis: str


class AnswerCache:
    """Implements `agents.dependencies.AnswerCache`; the turn calls `keep` once it is settled."""

    def __init__(
        self, client: redis.asyncio.Redis, database: Database, embedder: Embedder, rules: CacheRules
    ) -> None:
        self._redis, self._database = client, database
        self._embedder, self._rules = embedder, rules
        self._away_until = 0.0
        self._writing: dict[str, str] = {}

    async def exact(self, share: Share) -> Answered | None:
        """Waits for whoever is answering the same words already, ten seconds at most."""
        key, ends = self._key(share), time.monotonic() + WAIT_SECONDS
        with Step("cache") as step:
            with _timed("exact"):
                found = await self._read(key, share)
            while found is None and not await self._begin(key) and time.monotonic() < ends:
                await asyncio.sleep(LOOK_SECONDS)
                found = await self._read(key, share)
            step.tell(kind="exact", cache="hit" if found else "miss")
        _count("hit" if found else "miss", "exact")
        return found

    async def similar(self, share: Share) -> Answered | None:
        """The nearest that asks the same in every figure, vehicle, unit and denial."""
        with Step("cache") as step:
            found = await self._similar(share)
            step.tell(kind="semantic", cache="hit" if found else "miss")
        return found

    async def _similar(self, share: Share) -> Answered | None:
        with _timed("semantic"):
            try:
                rows = await self._nearest(share)
            except (DatabaseDown, EmbedderUnavailable):
                _count("error", "semantic")
                return None
        for row in rows:
            if self._is_same(share, row) and (found := self._opened(row, share, "semantic")):
                _count("hit", "semantic")
                return found
        _count("miss", "semantic")
        return None

    async def keep(self, answered: Answered) -> None:
        """For the next who asks. An answer with a doubt, or that escalates, is nobody else's."""
        share = answered.share
        if share is None:
            return
        if not (answered.doubt or answered.escalation or answered.cards):
            await self._store(share, as_json(answered))
        await self.give_up(share)

    async def _store(self, share: Share, answer: dict[str, Any]) -> None:
        value = {"basis": self._basis(share), "question": share.question, "answer": answer}
        key, packed = self._key(share), orjson.dumps(value)
        if await self._ask(lambda: self._redis.set(key, packed, ex=self._rules.exact_seconds)):
            _count("set", "exact")
        await self._store_similar(share, orjson.dumps(answer).decode())

    async def give_up(self, share: Share) -> None:
        key = self._key(share)
        if (mine := self._writing.pop(key, None)) is not None:
            await self._ask(lambda: self._redis.eval(RELEASE, 1, f"{key}:writing", mine))

    async def forget_old(self) -> None:
        """Rows whose time is over, or whose documents have changed."""
        async with self._database.connection() as db:
            await db.execute(FORGET)

    async def _begin(self, key: str) -> bool:
        """Whether this caller is the one who answers; without Redis everybody is."""
        mine = secrets.token_hex(8)
        taken = await self._ask(
            lambda: self._redis.set(f"{key}:writing", mine, nx=True, ex=WRITING_SECONDS)
        )
        if taken:
            self._writing[key] = mine
        return bool(taken) or self._is_away

    async def _read(self, key: str, share: Share) -> Answered | None:
        packed = await self._ask(lambda: self._redis.get(key))
        if packed is None:
            return None
        try:
            value = orjson.loads(packed)
            if value["question"] != share.question:
                _count("scope_mismatch", "exact")
                return None
        except (orjson.JSONDecodeError, KeyError, TypeError):
            _count("garbage", "exact")
            return None
        return self._opened(value, share, "exact")

    def _opened(self, value: Mapping[str, Any], share: Share, cached: Cached) -> Answered | None:
        """Only what was kept under this very basis."""
        try:
            if value["basis"] == self._basis(share):
                return from_json(value["answer"], cached)
            _count("scope_mismatch", cached)
        except (KeyError, TypeError, ValueError):
            _count("garbage", cached)
        return None

    async def _nearest(self, share: Share) -> list[Any]:
        vector = await self._vector(share)
        async with self._database.connection() as db:
            return list(await db.fetch(NEAREST_SQL, self._basis(share), share.vehicle, vector))

    def _is_same(self, share: Share, row: Any) -> bool:
        """Similar enough, and different in nothing that counts."""
        if row["similarity"] < self._rules.least_similarity:
            return False
        found = difference(share.question, row["question"], share.language, share.models)
        return found is None

    async def _store_similar(self, share: Share, answer: str) -> None:
        try:
            vector = await self._vector(share)
            async with self._database.connection() as db:
                await db.execute(
                    KEEP, self._basis(share), share.vehicle, share.question, vector,
                    answer, share.knowledge, self._rules.semantic_seconds,
                )  # fmt: skip
        except (DatabaseDown, EmbedderUnavailable):
            _count("error", "semantic")
        else:
            _count("set", "semantic")

    async def _vector(self, share: Share) -> list[float]:
        """Of what is asked, without its vehicle and what says nothing."""
        plain = in_plain_words(share.question, share.language, share.models)
        vectors = await self._embedder.embed([plain])
        return [float(value) for value in vectors[0]]

    def _basis(self, share: Share) -> str:
        return f"{self._rules.basis} specs {share.language} {share.knowledge}"

    def _key(self, share: Share) -> str:
        content = f"{self._basis(share)}\n{share.question}".encode()
        return f"answer:{hashlib.sha256(content).hexdigest()}"

    @property
    def _is_away(self) -> bool:
        return time.monotonic() < self._away_until

    async def _ask(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """None when Redis does not answer; it is left alone for a while then."""
        if self._is_away:
            return None
        try:
            return await ask()
        except (RedisError, OSError) as lost:
            log.warning("answer_cache_without_redis", kind=type(lost).__name__)
            _count("error", "exact")
            self._away_until = time.monotonic() + AWAY_SECONDS
            return None


@contextmanager
def _timed(cache_type: str) -> Iterator[None]:
    with CACHE_SECONDS.labels(cache_type=cache_type).time():
        yield


def _count(op: str, cache_type: str) -> None:
    CACHE_OPERATIONS.labels(op=op, cache_type=cache_type).inc()


RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"
NEAREST_SQL = f"""
select question, answer, basis, 1 - (embedding <=> $3::real[]::halfvec) as similarity
from cached_answers
where basis = $1 and vehicle = $2 and expires_at > clock_timestamp()
order by embedding <=> $3::real[]::halfvec limit {NEAREST}
"""
KEEP = """
insert into cached_answers (basis, vehicle, question, embedding, answer, knowledge, expires_at)
values ($1, $2, $3, $4::real[]::halfvec, $5, $6, clock_timestamp() + make_interval(secs => $7))
on conflict (basis, vehicle, question) do update
set answer = excluded.answer, expires_at = excluded.expires_at
"""
FORGET = """
delete from cached_answers where expires_at < clock_timestamp()
  or knowledge <> (select stamp from knowledge_version)
"""
