"""Handoffs over HTTP: for the desk, and for the help desks of others (docs/handoffs.md)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime, Field

from agents.events import Escalation
from app.desk.cases import Outcome
from app.desk.reading import State, Wanted
from app.errors import NotAllowed
from app.handoff.people import Person
from app.web.handoff_callers import HandoffCaller
from app.web.identity import AnyIdentity, ServicesDep
from app.web.schemas import Body

router = APIRouter(prefix="/api/v1", tags=["handoffs"])

Text = Annotated[str, Field(min_length=1, max_length=4000)]
Note = Annotated[str | None, Field(max_length=2000)]


class OnlyAtTheDesk(NotAllowed):
    """Only staff at the desk may do that."""


class OwnKey(NotAllowed):
    """Only staff, or a system with an API key, may read that."""


class Listing(Body):
    state: State | None = None
    mine: bool = False
    reason: Escalation | None = None
    language: str | None = Field(None, max_length=10)
    q: str | None = Field(None, max_length=200)
    before: UUID | None = None
    limit: int = Field(50, ge=1, le=100)


class Claim(Body):
    """Nothing: who calls claims."""


class Reply(Body):
    text: Text
    client_message_id: str | None = Field(None, min_length=1, max_length=90)


class Resolution(Body):
    outcome: Outcome
    note: Note = None


class Return(Body):
    note: Note = None


class Transfer(Body):
    user_id: UUID | None
    note: Note = None


class Snooze(Body):
    until: AwareDatetime | None


class NoteText(Body):
    text: Annotated[str, Field(min_length=1, max_length=2000)]


class RatingGiven(Body):
    rating: int = Field(ge=1, le=5)
    comment: str | None = Field(None, max_length=1000)


async def _staff(person: HandoffCaller) -> Person:
    if person.user_id is None:
        raise OnlyAtTheDesk
    return person


async def _reader(person: HandoffCaller) -> Person:
    if person.actor.startswith("webhook:"):
        raise OwnKey
    return person


AtTheDesk = Annotated[Person, Depends(_staff)]
Reader = Annotated[Person, Depends(_reader)]


@router.get("/handoffs")
async def handoffs(
    person: Reader, services: ServicesDep, wanted: Annotated[Listing, Query()]
) -> list[dict[str, Any]]:
    """The queue, most urgent first; `before` is the id of the last one shown."""
    return await services.desk.reading.queue(person.user_id, Wanted(**wanted.model_dump()))


@router.get("/handoffs/{handoff_id}")
async def handoff(handoff_id: UUID, person: Reader, services: ServicesDep) -> dict[str, Any]:
    """One handoff with its conversation."""
    return await services.desk.reading.one(person.user_id, handoff_id)


@router.post("/handoffs/{handoff_id}/claim")
async def claim(
    handoff_id: UUID, person: HandoffCaller, services: ServicesDep, body: Claim | None = None
) -> dict[str, Any]:
    """From here on the assistant is silent."""
    await services.desk.cases.claim(handoff_id, person)
    return await shown(handoff_id, person, services)


@router.post("/handoffs/{handoff_id}/messages", status_code=201)
async def reply(
    handoff_id: UUID, body: Reply, person: HandoffCaller, services: ServicesDep
) -> dict[str, Any]:
    """A person's words to the customer, shown at once."""
    row = await services.desk.cases.reply(handoff_id, person, body.text, body.client_message_id)
    return {key: row[key] for key in ("seq", "created_at")} | {
        "message_id": row["id"], "client_message_id": body.client_message_id,
    }  # fmt: skip


@router.post("/handoffs/{handoff_id}/resolve")
async def resolve(
    handoff_id: UUID, body: Resolution, person: HandoffCaller, services: ServicesDep
) -> dict[str, Any]:
    """The matter is settled; the customer is asked for a rating once."""
    await services.desk.cases.resolve(handoff_id, person, body.outcome, body.note)
    return await shown(handoff_id, person, services)


@router.post("/handoffs/{handoff_id}/return")
async def give_back(
    handoff_id: UUID, body: Return, person: AtTheDesk, services: ServicesDep
) -> dict[str, Any]:
    """Back to the assistant, which is told the note."""
    await services.desk.cases.give_back(handoff_id, person, body.note)
    return await shown(handoff_id, person, services)


@router.post("/handoffs/{handoff_id}/transfer")
async def transfer(
    handoff_id: UUID, body: Transfer, person: AtTheDesk, services: ServicesDep
) -> dict[str, Any]:
    """To a colleague, or back into the queue."""
    await services.desk.cases.transfer(handoff_id, person, body.user_id, body.note)
    return await shown(handoff_id, person, services)


@router.post("/handoffs/{handoff_id}/snooze")
async def snooze(
    handoff_id: UUID, body: Snooze, person: AtTheDesk, services: ServicesDep
) -> dict[str, Any]:
    """Out of the queue until then."""
    until: datetime | None = body.until
    await services.desk.cases.snooze(handoff_id, person, until)
    return await shown(handoff_id, person, services)


@router.post("/handoffs/{handoff_id}/notes", status_code=201)
async def note(
    handoff_id: UUID, body: NoteText, person: AtTheDesk, services: ServicesDep
) -> dict[str, Any]:
    """For colleagues only."""
    return dict(await services.desk.cases.note(handoff_id, person, body.text))


@router.post("/handoffs/{handoff_id}/suggestion")
async def suggestion(handoff_id: UUID, person: AtTheDesk, services: ServicesDep) -> dict[str, str]:
    """What the assistant would answer now; it has passed verification, and is not sent."""
    await services.limits.check("reveal", person.actor)
    return {"suggestion": await services.desk.drafting.suggestion(handoff_id)}


@router.put("/me/handoffs/{reference}/rating", status_code=204)
async def rate(
    body: RatingGiven,
    identity: AnyIdentity,
    services: ServicesDep,
    reference: str = Path(pattern=r"^H-[A-Z0-9]{6}$"),
) -> None:
    """How the customer found it; for the owner of the conversation."""
    await services.ratings.rate(identity, reference, body.rating, body.comment)


async def shown(handoff_id: UUID, person: Person, services: ServicesDep) -> dict[str, Any]:
    return await services.desk.reading.listed(person.user_id, handoff_id)
