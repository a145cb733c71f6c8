"""What operators and machines ask: health per dependency, metrics."""

import asyncio
import ipaddress
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from app.db.engine import DatabaseDown
from app.errors import NotFound
from app.health import overall, states
from app.observability.metrics import exposition
from app.services import Services
from app.version import VERSION
from app.web.identity import ServicesDep, address_of

router = APIRouter(tags=["operations"])


@router.get("/health")
async def health(services: ServicesDep, response: Response) -> dict[str, Any]:
    """503 without PostgreSQL; 200 `degraded` without Redis or the language model."""
    found = await states(services)
    if found["database"] != "connected":
        response.status_code = 503
    return {
        "status": overall(found),
        "version": VERSION,
        "services": found,
        "mode": "production" if services.settings.is_production else "development",
        **await verdicts(services),
    }


async def verdicts(services: Services) -> dict[str, Any]:
    """By tier; nothing is known of them while the store is away."""
    try:
        async with asyncio.timeout(3):
            found = await services.detector.stats()
    except (DatabaseDown, TimeoutError):
        return {"tier_distribution": None, "health_message": "unknown"}
    return {"tier_distribution": found.percentages, "health_message": found.message}


@router.get("/health/ready")
async def ready(services: ServicesDep, response: Response) -> dict[str, Any]:
    """Whether this process may get traffic: its store answers."""
    found = await states(services)
    is_ready = found["database"] == "connected"
    response.status_code = 200 if is_ready else 503
    return {"ready": is_ready, "services": found}


@router.get("/health/live")
async def live() -> dict[str, str]:
    """For container liveness: asks no dependency."""
    return {"status": "alive"}


@router.get("/api/v1/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Prometheus exposition, for addresses inside the network alone."""
    if not is_inside(address_of(request)):
        raise NotFound
    return Response(exposition(), media_type=CONTENT_TYPE_LATEST)


def is_inside(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False
