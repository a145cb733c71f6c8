"""Whether what the process stands on answers: the store, Redis, the language model."""

import asyncio

from app.db.engine import DatabaseDown
from app.services import Services


async def states(services: Services) -> dict[str, str]:
    database, redis = await asyncio.gather(database_state(services), redis_state(services))
    return {"database": database, "redis": redis, "llm": llm_state(services)}


async def database_state(services: Services) -> str:
    try:
        async with asyncio.timeout(3):
            await services.database.ping()
    except (DatabaseDown, TimeoutError):
        return "unreachable"
    return "connected"


async def redis_state(services: Services) -> str:
    return "connected" if await services.fanout.is_connected() else "unreachable"


def llm_state(services: Services) -> str:
    if services.model_kind == "offline":
        return "offline"
    return "unreachable" if services.models.breaker.is_tripped else "configured"


def overall(found: dict[str, str]) -> str:
    if found["database"] != "connected":
        return "unhealthy"
    return "degraded" if "unreachable" in found.values() else "healthy"
