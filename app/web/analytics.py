"""What conversations did and cost, for admins (docs/admin.md)."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime

from agents.events import Agent, Escalation
from app.analytics import audit_log, conversations
from app.analytics.span import Span
from app.web.identity import Admin, ServicesDep
from app.web.tables import MOST_ROWS, Format, table

router = APIRouter(prefix="/api/v1", tags=["analytics"])

Limit = Annotated[int, Query(ge=1, le=100)]
LARGEST_ID = 9_000_000_000_000_000


def _span(
    admin: Admin,
    services: ServicesDep,
    from_: Annotated[
        date | None, Query(alias="from", description="first day; otherwise the last 14 days")
    ] = None,
    to: Annotated[
        date | None, Query(description="last day, at most 366 days from the first")
    ] = None,
) -> Span:
    """Days are the dealer's."""
    return Span.of(from_, to, services.settings.zone)


Days = Annotated[Span, Depends(_span)]


@router.get("/analytics", response_model=None)
async def figures(
    admin: Admin, services: ServicesDep, span: Days, format: Format = "json"
) -> dict[str, Any] | Response:
    """Conversations, answers, times, cost, satisfaction and cache: totals and by day."""
    told = await services.analytics.figures.over(span)
    return table("days", DAY_COLUMNS, told["days"]) if format == "csv" else told


@router.get("/analytics/usage", response_model=None)
async def usage(
    admin: Admin, services: ServicesDep, span: Days, format: Format = "json"
) -> dict[str, Any] | Response:
    """Tokens and cost by day, agent, model and purpose; a forecast of this month. As CSV by all
    four at once."""
    if format == "csv":
        rows = await services.analytics.usage.rows(span, MOST_ROWS)
        return table("usage", ("day", "agent", "model", "purpose", *COST_COLUMNS), rows)
    return await services.analytics.usage.over(span)


@router.get("/analytics/conversations", response_model=None)
async def listed(  # noqa: PLR0913  filters
    admin: Admin,
    services: ServicesDep,
    span: Days,
    agent: Agent | None = None,
    escalation: Escalation | Literal["any"] | None = None,
    before: Annotated[str | None, Query(max_length=100, description="`next` of a page")] = None,
    limit: Limit = 50,
    format: Format = "json",
) -> dict[str, Any] | Response:
    """Those with a turn in these days, the latest touched first."""
    cursor = conversations.Cursor.of(before) if before else None
    most = MOST_ROWS if format == "csv" else limit
    wanted = conversations.Wanted(agent, escalation, cursor, most)
    page = await services.analytics.conversations.page(span, wanted)
    if format == "csv":
        return table("conversations", CONVERSATION_COLUMNS, page["conversations"])
    return page


@router.get("/analytics/conversations/{conversation_id}")
async def conversation(
    conversation_id: UUID, admin: Admin, services: ServicesDep
) -> dict[str, Any]:
    """With its turns, masked."""
    return await services.analytics.conversations.one(conversation_id)


@router.get("/analytics/turns/{turn_id}")
async def turn(turn_id: UUID, admin: Admin, services: ServicesDep) -> dict[str, Any]:
    """Everything that is kept of one turn, masked: route, verdicts, sources, calls, timeline."""
    return await services.analytics.turns.one(turn_id)


@router.get("/analytics/unanswered", response_model=None)
async def unanswered(
    admin: Admin, services: ServicesDep, span: Days, limit: Limit = 50, format: Format = "json"
) -> dict[str, Any] | Response:
    """Questions that found nothing, were not understood, withheld, unsure or out of scope; the
    same in other words counted as one."""
    most = MOST_ROWS if format == "csv" else limit
    found = await services.analytics.questions.unanswered(span, most)
    if format == "csv":
        return table("unanswered", UNANSWERED_COLUMNS, found["questions"])
    return found


@router.get("/analytics/low-rated", response_model=None)
async def low_rated(
    admin: Admin,
    services: ServicesDep,
    before: AwareDatetime | None = None,
    limit: Limit = 50,
    format: Format = "json",
) -> list[dict[str, Any]] | Response:
    """Thumbs down, and answers that staff reported; `before` is the last one's time."""
    most = MOST_ROWS if format == "csv" else limit
    rows = await services.analytics.questions.low_rated(before, most)
    return table("low-rated", LOW_RATED_COLUMNS, rows) if format == "csv" else rows


@router.get("/audit", response_model=None)
async def audit(  # noqa: PLR0913  filters
    admin: Admin,
    services: ServicesDep,
    action: Annotated[str | None, Query(max_length=100)] = None,
    actor: Annotated[str | None, Query(max_length=100, description="part of name or id")] = None,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    limit: Limit = 50,
    format: Format = "json",
) -> dict[str, Any] | Response:
    """Who did what to which record, newest first; `before` is `next` of a page."""
    most = MOST_ROWS if format == "csv" else limit
    page = await services.analytics.audit.page(
        audit_log.Wanted(action or None, actor or None, before, most)
    )
    return table("audit", AUDIT_COLUMNS, page["entries"]) if format == "csv" else page


COST_COLUMNS = (
    "calls", "prompt_tokens", "completion_tokens", "dollars", "unknown_calls",
    "unknown_at_most_dollars", "unestimated_calls",
)  # fmt: skip
WITH_COST = tuple(f"cost.{name}" for name in COST_COLUMNS)
DAY_COLUMNS = (
    "day", "conversations", "escalated_conversations", "turns", "outcomes.answered",
    "outcomes.relayed", "outcomes.cancelled", "outcomes.failed", "outcomes.open", "escalated",
    "answered_alone", "answered_alone_share", "first_token_ms", "first_token_p95_ms",
    "satisfaction.thumbs_up", "satisfaction.thumbs_down", "satisfaction.ratings",
    "satisfaction.average_rating", "cache.exact", "cache.semantic", *WITH_COST,
)  # fmt: skip
CONVERSATION_COLUMNS = (
    "id", "created_at", "updated_at", "first_question", "language", "model", "year", "turns",
    "agents", "escalations", *WITH_COST,
)  # fmt: skip
UNANSWERED_COLUMNS = (
    "why", "count", "question", "language", "agent", "confidence", "first_at", "created_at",
    "turn_id",
)  # fmt: skip
LOW_RATED_COLUMNS = (
    "kind", "created_at", "reason", "comment", "question", "answer", "message_id", "turn_id",
)  # fmt: skip
AUDIT_COLUMNS = (
    "id", "created_at", "actor", "actor_name", "action", "record", "detail",
)  # fmt: skip
