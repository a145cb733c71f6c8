"""Rights over data: customers and guests have theirs, admins act for them, staff reveal a value."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from app.accounts.identity import Account, Owner
from app.chat.fanout import Interrupt
from app.errors import NotAllowed, WrongCredentials
from app.rights.erasure import Erased
from app.services import Services
from app.web.identity import (
    GUEST_COOKIE,
    GUEST_HEADER,
    SESSION_COOKIE,
    Admin,
    AnyIdentity,
    ServicesDep,
    Staff,
    address_of,
    check_request_origin,
)
from app.web.schemas import Body

router = APIRouter(prefix="/api/v1", tags=["rights over data"])

Reason = Annotated[str, Field(min_length=1, max_length=200)]


class WrongPassword(NotAllowed):
    """That is not this account's password."""


class OwnErasure(Body):
    """`password` of whoever is signed in; `appointments`: what becomes of those still ahead."""

    password: str = Field("", max_length=4096)
    appointments: Literal["keep", "cancel"] = "keep"


class StaffExport(Body):
    reason: Reason


class StaffErasure(StaffExport):
    appointments: Literal["keep", "cancel"] = "keep"


class CustomerSearch(Body):
    address: str = Field(min_length=3, max_length=254)


class RevealRequest(StaffExport):
    placeholder: str = Field(pattern=r"^<[A-Z]{1,20}_\d{1,4}>$")


class ErasureReply(BaseModel):
    """How many rows of each kind were deleted or emptied."""

    counts: dict[str, int]


class RevealReply(BaseModel):
    placeholder: str
    kind: str
    value: str


@router.get("/me/data")
async def own_data(identity: AnyIdentity, services: ServicesDep) -> Response:
    """Everything stored of the signed-in customer, or of this guest, as one JSON file."""
    return await attachment(identity.owner, services)


@router.delete("/me/data")
async def erase_own_data(
    body: OwnErasure,
    request: Request,
    response: Response,
    identity: AnyIdentity,
    services: ServicesDep,
) -> ErasureReply:
    """Deletes it, once. 404 for a guest who has left nothing; 409 while an appointment is ahead."""
    check_request_origin(request, services)
    await services.limits.check("auth", address_of(request))
    if identity.account is not None:
        await check_password(identity.account, body.password, services)
    owner, cancel = identity.owner, body.appointments == "cancel"
    erased = await services.rights.erasure.erase(owner, owner.key, cancel)
    await forget(erased, services)
    for cookie in (SESSION_COOKIE, GUEST_COOKIE):
        response.delete_cookie(cookie, path="/")
    del response.headers[GUEST_HEADER]
    return ErasureReply(counts=erased.counts)


@router.post("/customers/find")
async def find(body: CustomerSearch, admin: Admin, services: ServicesDep) -> list[UUID]:
    """Ids of customers with this e-mail address or telephone number."""
    return await services.rights.reveal.find_customers(actor_of(admin), body.address)


@router.post("/customers/{customer_id}/data")
async def customers_data(
    customer_id: UUID, body: StaffExport, admin: Admin, services: ServicesDep
) -> Response:
    """A customer's data, for whoever asks the dealership for it. Audited."""
    owner = Owner.customer(customer_id)
    content = await attachment(owner, services)
    await services.rights.reveal.note_export(actor_of(admin), owner, body.reason)
    return content


@router.delete("/customers/{customer_id}/data")
async def erase_customers_data(
    customer_id: UUID, body: StaffErasure, admin: Admin, services: ServicesDep
) -> ErasureReply:
    """Deletes it on the customer's behalf. Audited."""
    reason = await services.rights.reveal.masked_reason(body.reason)
    owner, cancel = Owner.customer(customer_id), body.appointments == "cancel"
    erased = await services.rights.erasure.erase(owner, actor_of(admin), cancel, reason)
    await forget(erased, services)
    return ErasureReply(counts=erased.counts)


@router.post("/conversations/{conversation_id}/reveal")
async def reveal_value(
    conversation_id: UUID, body: RevealRequest, staff: Staff, services: ServicesDep
) -> RevealReply:
    """What one placeholder stands for, with an audit entry."""
    actor = actor_of(staff)
    await services.limits.check("reveal", actor)
    shown = await services.rights.reveal.reveal(
        actor, conversation_id, body.placeholder, body.reason
    )
    return RevealReply(placeholder=shown.placeholder, kind=shown.kind, value=shown.value)


def actor_of(account: Account) -> str:
    return f"user:{account.user_id}"


async def check_password(account: Account, password: str, services: Services) -> None:
    """A signed-in browser may be left open: whoever deletes proves it is them. Raises
    WrongPassword, AccountLocked."""
    try:
        await services.logins.check(account.email, password)
    except WrongCredentials as wrong:
        raise WrongPassword from wrong


async def attachment(owner: Owner, services: Services) -> StreamingResponse:
    """Fails before its first byte, or not at all."""
    pieces = services.rights.export.pieces(owner)
    first = await anext(pieces)
    name = f"my-data-{datetime.now(UTC):%Y-%m-%d}.json"
    return StreamingResponse(
        _from(first, pieces), media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store",
        },
    )  # fmt: skip


async def _from(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


async def forget(erased: Erased, services: Services) -> None:
    """What is not in the store: running answers stop, sockets end, limits are forgotten."""
    for conversation_id in erased.left:
        services.fanout.interrupt(conversation_id, Interrupt("fenced"))
        services.fanout.publish(conversation_id, {"type": "owner", "owner": "nobody"})
    for owner in erased.owners:
        await services.limits.forget(owner.key)
