"""Questions come again: their vectors are remembered, in this process and in Redis."""

import hmac
import time
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import redis.asyncio
import structlog
from numpy.typing import NDArray
from redis.exceptions import RedisError

from app.observability.metrics import CACHE_OPERATIONS
from rag.embedding import Embedder

log = structlog.get_logger()
Vectors = NDArray[np.float32]

RECENT = 1000
SECONDS = 86_400
AWAY_SECONDS = 10.0


class RememberingEmbedder:
    """Before an embedder that costs a call. Redis keeps a keyed hash of the text, never the text;
    it may be away."""

    def __init__(self, embedder: Embedder, client: redis.asyncio.Redis, secret: str) -> None:
        self.name, self.dimension = embedder.name, embedder.dimension
        self._embedder, self._redis, self._secret = embedder, client, secret.encode()
        self._recent: OrderedDict[str, Vectors] = OrderedDict()
        self._away_until = 0.0

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """A single text may be known; documents go straight through. Raises EmbedderUnavailable."""
        if len(texts) != 1:
            return await self._embedder.embed(texts)
        key = self._key(texts[0])
        known = self._recent.get(key)
        if known is None:
            known = await self._read(key)
        if known is None:
            CACHE_OPERATIONS.labels(op="miss", cache_type="embedding").inc()
            known = await self._embedder.embed(texts)
            await self._write(key, known)
        else:
            CACHE_OPERATIONS.labels(op="hit", cache_type="embedding").inc()
        self._remember(key, known)
        return known

    def _remember(self, key: str, vectors: Vectors) -> None:
        self._recent[key] = vectors
        self._recent.move_to_end(key)
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)

    async def _read(self, key: str) -> Vectors | None:
        """None for what is not there, or is no vector of this model."""
        if time.monotonic() < self._away_until:
            return None
        try:
            packed = await self._redis.get(key)
        except (RedisError, OSError) as lost:
            self._leave_alone(lost)
            return None
        if not isinstance(packed, bytes) or len(packed) != 4 * self.dimension:
            return None
        return np.frombuffer(packed, np.float32).reshape(1, self.dimension)

    async def _write(self, key: str, vectors: Vectors) -> None:
        if time.monotonic() < self._away_until:
            return
        try:
            await self._redis.set(key, vectors.astype(np.float32).tobytes(), ex=SECONDS)
        except (RedisError, OSError) as lost:
            self._leave_alone(lost)

    def _leave_alone(self, lost: Exception) -> None:
        log.warning("embedding_cache_without_redis", kind=type(lost).__name__)
        self._away_until = time.monotonic() + AWAY_SECONDS

    def _key(self, text: str) -> str:
        content = f"{self.name} {self.dimension}\n{text}".encode()
        return f"embedding:{hmac.digest(self._secret, content, 'sha256').hex()}"
