"""Webhooks: admins keep the endpoints, staff see what was delivered and send it again."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field, model_validator

from app.audit import record
from app.handoff.addresses import LONGEST_URL
from app.handoff.delivery_log import Delivery, State, Wanted, WholeDelivery
from app.handoff.endpoints import Changed, Endpoint, Format, Wish
from app.handoff.events import EVENT_TYPES, EventType
from app.handoff.sending import Attempt
from app.web.identity import Admin, ServicesDep, Staff
from app.web.schemas import Body

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])

LARGEST_ID = 2_000_000_000


class ChatwootOptions(Body):
    account_id: int = Field(ge=1, le=LARGEST_ID)
    inbox_id: int = Field(ge=1, le=LARGEST_ID)


class EndpointRequest(Body):
    """`chatwoot` and `token` belong to that format; a token that is left out stays as it is."""

    name: str = Field(min_length=1, max_length=80, examples=["Help desk"])
    url: str = Field(min_length=1, max_length=LONGEST_URL, examples=["https://desk.test/hook"])
    format: Format = "generic"
    events: list[EventType] = Field(min_length=1, max_length=len(EVENT_TYPES))
    chatwoot: ChatwootOptions | None = None
    token: str | None = Field(None, min_length=1, max_length=200)
    enabled: bool = True

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.name.strip():
            raise ValueError("a name has a letter")
        return self

    @property
    def wish(self) -> Wish:
        options = self.chatwoot.model_dump() if self.chatwoot else {}
        return Wish(
            self.name.strip(), self.url.strip(), self.format, self.events, options, self.token,
            self.enabled,
        )  # fmt: skip


class EndpointReply(BaseModel):
    """`secret` is given when it was made anew; it is shown here and never again."""

    endpoint: Endpoint
    secret: str | None

    @classmethod
    def of(cls, changed: Changed) -> Self:
        return cls(endpoint=changed.endpoint, secret=changed.secret)


class TestReply(BaseModel):
    """`problem` is null when the receiver took it."""

    status: int | None
    problem: str | None
    took_ms: int

    @classmethod
    def of(cls, tried: Attempt) -> Self:
        return cls(status=tried.status, problem=tried.problem, took_ms=tried.took_ms)


class Replayed(BaseModel):
    count: int


def _unkept(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


Unkept = Depends(_unkept)


@router.get("/endpoints")
async def endpoints(admin: Admin, services: ServicesDep) -> list[Endpoint]:
    """By name, without their secrets."""
    return await services.webhooks.endpoints.all()


@router.post("/endpoints", status_code=201, dependencies=[Unkept])
async def create(body: EndpointRequest, admin: Admin, services: ServicesDep) -> EndpointReply:
    return EndpointReply.of(await services.webhooks.endpoints.create(admin, body.wish))


@router.put("/endpoints/{endpoint_id}", dependencies=[Unkept])
async def change(
    endpoint_id: UUID, body: EndpointRequest, admin: Admin, services: ServicesDep
) -> EndpointReply:
    """Another host gets a new secret, and needs its own token."""
    return EndpointReply.of(await services.webhooks.endpoints.change(admin, endpoint_id, body.wish))


@router.delete("/endpoints/{endpoint_id}", status_code=204)
async def delete(endpoint_id: UUID, admin: Admin, services: ServicesDep) -> None:
    """With its deliveries."""
    await services.webhooks.endpoints.delete(admin, endpoint_id)


@router.post("/endpoints/{endpoint_id}/rotate", status_code=201, dependencies=[Unkept])
async def rotate(endpoint_id: UUID, admin: Admin, services: ServicesDep) -> EndpointReply:
    """A new secret; for 24 hours everything is signed with the former one too."""
    return EndpointReply.of(await services.webhooks.endpoints.rotate(admin, endpoint_id))


@router.post("/endpoints/{endpoint_id}/secret", dependencies=[Unkept])
async def read_secret(endpoint_id: UUID, admin: Admin, services: ServicesDep) -> EndpointReply:
    """The secret that was minted for HUMAN_SUPPORT_WEBHOOK, once."""
    return EndpointReply.of(await services.webhooks.endpoints.read_secret(admin, endpoint_id))


@router.post("/endpoints/{endpoint_id}/test")
async def test(endpoint_id: UUID, admin: Admin, services: ServicesDep) -> TestReply:
    """Send `webhook.test` now, once."""
    async with services.database.transaction() as db:
        what = f"webhook_endpoint:{endpoint_id}"
        await record(db, f"user:{admin.user_id}", "webhook_endpoint_tested", what)
    return TestReply.of(await services.webhooks.dispatch.test(endpoint_id))


@router.post("/endpoints/{endpoint_id}/replay")
async def replay_dead(endpoint_id: UUID, staff: Staff, services: ServicesDep) -> Replayed:
    """Everything it did not get, once more under the same ids."""
    actor = f"user:{staff.user_id}"
    return Replayed(count=await services.webhooks.log.replay_dead(actor, endpoint_id))


@router.get("/deliveries")
async def deliveries(  # noqa: PLR0913  filters
    staff: Staff,
    services: ServicesDep,
    state: State | None = None,
    type: EventType | None = None,
    endpoint_id: UUID | None = None,
    handoff_id: UUID | None = None,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[Delivery]:
    """Newest first; `before` is the `number` of the last one seen."""
    return await services.webhooks.log.list(
        Wanted(state, type, endpoint_id, handoff_id, before, limit)
    )


@router.get("/deliveries/{delivery_id}")
async def delivery(delivery_id: UUID, staff: Staff, services: ServicesDep) -> WholeDelivery:
    """With its attempts and the body as it is signed."""
    return await services.webhooks.log.one(delivery_id)


@router.post("/deliveries/{delivery_id}/replay", status_code=204)
async def replay(delivery_id: UUID, staff: Staff, services: ServicesDep) -> None:
    """Once more, under the same id."""
    await services.webhooks.log.replay(f"user:{staff.user_id}", delivery_id)
