"""Verification as a service, for systems with an API key."""

import re
import uuid
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field, field_validator

from agents.events import Verified
from app.detection import Distribution, HandedIn, Logged
from app.web.identity import ServicesDep, needs_key
from app.web.schemas import Body

router = APIRouter(tags=["detection"])
LARGEST_BATCH = 4 * 1024 * 1024
LARGEST_CONTEXT = 20_000
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,50}")

Detects = Annotated[UUID, Depends(needs_key("detect"))]
Reads = Annotated[UUID, Depends(needs_key("detect:read"))]
Source = Annotated[str, Field(min_length=1, max_length=20_000)]


class DetectRequest(Body):
    """`context.query` is the question that the response answers."""

    llm_response: str = Field(
        min_length=1, max_length=20_000,
        examples=["According to a study from Harvard, this approach is effective."],
    )  # fmt: skip
    context: dict[str, Any] = Field(
        default_factory=dict, examples=[{"query": "What's the best approach?"}]
    )
    sources: list[Source] = Field(
        default_factory=list, max_length=20, description="texts that the response may rest on"
    )

    @field_validator("context")
    @classmethod
    def _bounded(cls, context: dict[str, Any]) -> dict[str, Any]:
        if len(orjson.dumps(context)) > LARGEST_CONTEXT:
            raise ValueError(f"may have {LARGEST_CONTEXT} bytes at most")
        return context

    def handed_in(self, request_id: str) -> HandedIn:
        query = self.context.get("query")
        question = query if isinstance(query, str) else ""
        return HandedIn(self.llm_response, self.sources, question, self.context, request_id)


class Detection(BaseModel):
    """`confidence`: how often such verdicts are right, 0..1."""

    action: str
    tier_used: int
    method: str
    confidence: float
    processing_time_ms: float
    failure_class: str | None
    severity: str | None
    explanation: str
    blocked: bool

    @classmethod
    def of(cls, told: Verified) -> "Detection":
        return cls(
            action=told.action, tier_used=told.tier, method=told.method,
            confidence=told.confidence, processing_time_ms=told.took_ms,
            failure_class=told.failure_class, severity=told.severity,
            explanation=told.explanation, blocked=told.action == "block",
        )  # fmt: skip


class DetectionBatch(BaseModel):
    total: int
    results: list[Detection]


class DetectionLog(Detection):
    """`origin`: a turn of the chat, or this service."""

    id: int
    origin: str
    request_id: str | None
    created_at: datetime

    @classmethod
    def kept(cls, each: Logged) -> "DetectionLog":
        return cls(
            id=each.id, origin=each.origin, action=each.action, tier_used=each.tier,
            method=each.method, confidence=each.confidence, processing_time_ms=each.took_ms,
            failure_class=each.failure_class, severity=each.severity,
            explanation=each.explanation, blocked=each.action == "block",
            request_id=each.request_id, created_at=each.created_at,
        )  # fmt: skip


class DetectionLogs(BaseModel):
    total: int
    logs: list[DetectionLog]


class DetectionStats(BaseModel):
    total_detections: int
    tier1_count: int
    tier2_count: int
    tier3_count: int
    distribution: dict[str, float]
    health: dict[str, Any]

    @classmethod
    def of(cls, found: Distribution) -> "DetectionStats":
        return cls(
            total_detections=found.total, tier1_count=found.tier1, tier2_count=found.tier2,
            tier3_count=found.tier3, distribution=found.percentages,
            health={"is_healthy": found.is_healthy, "message": found.message},
        )  # fmt: skip


@router.post("/detect")
async def detect(
    body: DetectRequest, key: Detects, services: ServicesDep, request: Request
) -> Detection:
    """Whether a response may be shown: `allow`, `warn` or `block`, and why."""
    told = await services.detector.detect(body.handed_in(request_id(request)), key)
    return Detection.of(told)


@router.post("/detect/batch")
async def detect_batch(
    body: Annotated[list[DetectRequest], Field(min_length=1, max_length=100)],
    key: Detects,
    services: ServicesDep,
    request: Request,
) -> DetectionBatch:
    """A hundred responses at most, answered in their order."""
    name = request_id(request)
    results = [
        Detection.of(await services.detector.detect(each.handed_in(name), key)) for each in body
    ]
    return DetectionBatch(total=len(results), results=results)


@router.get("/logs/recent")
async def logs_recent(
    key: Reads, services: ServicesDep, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> DetectionLogs:
    """The newest verdicts, of the chat and of this service."""
    logs = [DetectionLog.kept(each) for each in await services.detector.recent(limit)]
    return DetectionLogs(total=len(logs), logs=logs)


@router.get("/metrics/stats")
async def metrics_stats(key: Reads, services: ServicesDep) -> DetectionStats:
    """How many verdicts each tier gave."""
    return DetectionStats.of(await services.detector.stats())


def request_id(request: Request) -> str:
    """The caller's own, or a new one."""
    given = request.headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
