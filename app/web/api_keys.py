"""API keys: admins create, rotate and revoke them."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from app.accounts.api_keys import ApiKey, NewKey, Scope
from app.web.identity import Admin, ServicesDep
from app.web.schemas import Body

router = APIRouter(prefix="/api/v1/keys", tags=["keys"])


class KeyRequest(Body):
    name: str = Field(min_length=1, max_length=80, examples=["Help desk"])
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)]
    expires_in_days: int | None = Field(None, ge=1, le=3650)


class RotateRequest(Body):
    grace_hours: int = Field(24, ge=0, le=168, description="how long the old key still holds")


class NewKeyReply(BaseModel):
    """`secret` is shown here and never again."""

    key: ApiKey
    secret: str

    @classmethod
    def of(cls, new: NewKey) -> "NewKeyReply":
        return cls(key=new.key, secret=new.secret)


@router.get("")
async def keys(admin: Admin, services: ServicesDep) -> list[ApiKey]:
    """Live keys first, without their secrets."""
    return await services.api_keys.all()


@router.post("", status_code=201)
async def create(
    body: KeyRequest, admin: Admin, services: ServicesDep, response: Response
) -> NewKeyReply:
    response.headers["Cache-Control"] = "no-store"
    days = body.expires_in_days
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    new = await services.api_keys.create(admin, body.name.strip(), body.scopes, expires_at)
    return NewKeyReply.of(new)


@router.post("/{key_id}/rotate", status_code=201)
async def rotate(
    key_id: UUID, body: RotateRequest, admin: Admin, services: ServicesDep, response: Response
) -> NewKeyReply:
    """A new key with the same name and scopes; the old one holds until the grace is over."""
    response.headers["Cache-Control"] = "no-store"
    return NewKeyReply.of(await services.api_keys.rotate(admin, key_id, body.grace_hours))


@router.delete("/{key_id}", status_code=204)
async def revoke(key_id: UUID, admin: Admin, services: ServicesDep) -> None:
    await services.api_keys.revoke(admin, key_id)
