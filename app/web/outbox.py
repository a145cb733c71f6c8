"""The outbox as staff see it: what was sent to customers, and what waits to be passed on."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from app.web.identity import ServicesDep, Staff

router = APIRouter(prefix="/api/v1/outbox", tags=["operations"])


class OutboxEntry(BaseModel):
    """A message. Address and text are shown only where nothing else carries them to a customer."""

    id: UUID
    channel: str
    purpose: str
    state: str
    attempts: int
    created_at: datetime
    to: str | None
    text: str | None


@router.get("")
async def outbox(staff: Staff, services: ServicesDep) -> list[OutboxEntry]:
    """The newest hundred."""
    return [
        OutboxEntry(
            id=each.id, channel=each.channel, purpose=each.purpose, state=each.state,
            attempts=each.attempts, created_at=each.created_at,
            to=each.letter.to if each.letter else None,
            text=each.letter.text if each.letter else None,
        )
        for each in await services.outbox.entries()
    ]  # fmt: skip
