"""Rate limits per customer, address and endpoint: counted in Redis, or stricter in memory."""

import time

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.errors import TooManyRequests
from app.observability.metrics import RATE_LIMITED

log = structlog.get_logger()


class RateLimits:
    """`await limits.check("messages", key)`. Without Redis each process allows half as much."""

    def __init__(self, redis_url: str, rules: dict[str, str]) -> None:
        self._rules = {name: parse(rule) for name, rule in rules.items()}
        self._shared = SlidingWindowCounterRateLimiter(
            RedisStorage(
                _address(redis_url), implementation="redispy", socket_timeout=0.25,
                socket_connect_timeout=0.25,
                retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]
            )
        )  # fmt: skip
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._own_until = 0.0

    async def check(self, rule: str, key: str) -> None:
        """Raises TooManyRequests with the seconds to wait."""
        item = self._rules[rule]
        if time.monotonic() < self._own_until:
            return await self._check_own(item, rule, key)
        try:
            if await self._shared.hit(item, rule, key):
                return None
            RATE_LIMITED.labels(rule=rule).inc()
            reset_at = (await self._shared.get_window_stats(item, rule, key)).reset_time
        except (RedisError, OSError) as lost:
            log.warning("rate_limits_without_redis", kind=type(lost).__name__)
            self._own_until = time.monotonic() + 10
            return await self._check_own(item, rule, key)
        raise TooManyRequests(min(max(1.0, reset_at - time.time()), item.get_expiry()))

    async def forget(self, key: str) -> None:
        """Nothing of this key stays in Redis or here."""
        for rule, item in self._rules.items():
            await self._own.clear(item, rule, key)
            try:
                await self._shared.clear(item, rule, key)
            except (RedisError, OSError) as lost:
                log.warning("rate_limits_without_redis", kind=type(lost).__name__)

    async def _check_own(self, item: RateLimitItem, rule: str, key: str) -> None:
        if not await self._own.hit(item, rule, key, cost=min(2, item.amount)):
            RATE_LIMITED.labels(rule=rule).inc()
            raise TooManyRequests(item.get_expiry() / 2)


def _address(redis_url: str) -> str:
    """The library names Unix sockets with a scheme of its own."""
    return "async+" + redis_url.replace("unix://", "redis+unix://", 1)
