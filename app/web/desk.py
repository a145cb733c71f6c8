"""What staff work with beside handoffs: colleagues, figures, replies, feedback, wrong answers."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from app.desk.lessons import Rating
from app.web.handoffs import AtTheDesk
from app.web.identity import ServicesDep
from app.web.schemas import Body

router = APIRouter(prefix="/api/v1", tags=["desk"])

Limit = Annotated[int, Query(ge=1, le=100)]


class CannedReply(Body):
    shortcut: str = Field(pattern=r"^[a-z0-9-]{1,30}$")
    language: Literal["en", "pt", "es", "de"]
    text: str = Field(min_length=1, max_length=2000)


class WrongAnswer(Body):
    note: str = Field(min_length=1, max_length=2000)


@router.get("/desk/people")
async def people(person: AtTheDesk, services: ServicesDep) -> list[dict[str, Any]]:
    """Everyone who may answer customers; who is there now, the desk's socket tells."""
    return await services.desk.overview.people()


@router.get("/desk/overview")
async def overview(person: AtTheDesk, services: ServicesDep) -> dict[str, Any]:
    return await services.desk.overview.now()


@router.get("/canned-replies")
async def canned_replies(person: AtTheDesk, services: ServicesDep) -> list[dict[str, Any]]:
    return await services.desk.lessons.canned()


@router.post("/canned-replies", status_code=201)
async def add_canned_reply(
    body: CannedReply, person: AtTheDesk, services: ServicesDep
) -> dict[str, Any]:
    """409 for a shortcut that is taken in this language."""
    return await services.desk.lessons.add_canned(person, body.shortcut, body.language, body.text)


@router.delete("/canned-replies/{reply_id}", status_code=204)
async def delete_canned_reply(reply_id: UUID, person: AtTheDesk, services: ServicesDep) -> None:
    await services.desk.lessons.delete_canned(person, reply_id)


@router.get("/feedback")
async def feedback(
    person: AtTheDesk,
    services: ServicesDep,
    rating: Rating | None = None,
    before: AwareDatetime | None = None,
    limit: Limit = 50,
) -> list[dict[str, Any]]:
    """Thumbs and ratings with what they are about; `before` is the last one's time."""
    return await services.desk.lessons.feedback(rating, before, limit)


@router.post("/messages/{message_id}/wrong", status_code=204)
async def wrong(
    message_id: UUID, body: WrongAnswer, person: AtTheDesk, services: ServicesDep
) -> None:
    """An answer was wrong; the note says what would have been right."""
    await services.desk.lessons.report(person, message_id, body.note)


@router.get("/knowledge-gaps")
async def knowledge_gaps(
    person: AtTheDesk,
    services: ServicesDep,
    state: Literal["open", "closed"] = "open",
    limit: Limit = 50,
) -> list[dict[str, Any]]:
    return await services.desk.lessons.gaps(state, None, limit)


@router.post("/knowledge-gaps/{message_id}/close", status_code=204)
async def close_gap(message_id: UUID, person: AtTheDesk, services: ServicesDep) -> None:
    await services.desk.lessons.close_gap(person, message_id)
