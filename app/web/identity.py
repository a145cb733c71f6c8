"""Who is asking, for requests and sockets alike, and whether their origin may."""

import ipaddress
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request, Response
from starlette.requests import HTTPConnection

from app.accounts.api_keys import Scope
from app.accounts.identity import Account, Identity, Owner
from app.accounts.permissions import require
from app.errors import NotAllowed, NotSignedIn, SessionEnded
from app.services import Services

SESSION_COOKIE = "genai_auto_session"
GUEST_COOKIE = "genai_auto_guest"
GUEST_HEADER = "X-Guest-Token"
GUEST_SECONDS = 90 * 86_400
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class ForeignOrigin(NotAllowed):
    """This origin may not do that."""


def services_of(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


async def identify(connection: HTTPConnection, services: Services) -> Identity:
    """Ticket, bearer token, session cookie, guest token, in this order; else a new guest.

    Raises SessionEnded when what was presented does not hold.
    """
    if ticket := connection.query_params.get("ticket"):
        return _signed_in(await services.logins.redeem(ticket))
    scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        return await _by_bearer(bearer, services)
    if cookie := connection.cookies.get(SESSION_COOKIE):
        try:
            return await signed_in_by(cookie, "cookie", services)
        except SessionEnded:
            if GUEST_COOKIE not in connection.cookies and not _is_page(connection):
                raise
    guest = connection.headers.get(GUEST_HEADER) or connection.cookies.get(GUEST_COOKIE)
    if guest and (identity := await known_guest(guest, services)):
        return identity
    return new_guest(services)


async def signed_in_by(token: str, kind: str, services: Services) -> Identity:
    claims = services.tokens.read(token, "access" if kind == "access" else "cookie")
    if claims.login_id is None:
        raise SessionEnded
    return _signed_in(await services.logins.account(claims.login_id))


def new_guest(services: Services) -> Identity:
    guest_id = uuid.uuid4()
    return Identity(
        Owner.guest(guest_id), guest_token=_guest_token(guest_id, services), minted=True
    )


async def _by_bearer(token: str, services: Services) -> Identity:
    claims = services.tokens.read(token, "access", "guest")
    if claims.kind == "guest":
        return await known_guest(token, services) or new_guest(services)
    return await signed_in_by(token, "access", services)


async def known_guest(token: str, services: Services) -> Identity | None:
    """None for a token that does not hold, or of a guest who signed in or was erased."""
    try:
        claims = services.tokens.read(token, "guest")
    except SessionEnded:
        return None
    if await services.conversations.guest_has_ended(claims.subject):
        return None
    return Identity(Owner.guest(claims.subject), guest_token=token)


def _signed_in(account: Account) -> Identity:
    return Identity(Owner.customer(account.customer_id), account)


def _guest_token(guest_id: UUID, services: Services) -> str:
    return services.tokens.sign("guest", guest_id, GUEST_SECONDS)


def _is_page(connection: HTTPConnection) -> bool:
    return "text/html" in connection.headers.get("accept", "")


# Origins


def check_origin(connection: HTTPConnection, services: Services) -> None:
    """A browser must come from our pages; no Origin, no cookie. Raises ForeignOrigin."""
    origin = connection.headers.get("origin")
    if origin is None:
        if SESSION_COOKIE in connection.cookies or GUEST_COOKIE in connection.cookies:
            raise ForeignOrigin
    elif not allowed_origin(origin, connection.headers, services):
        raise ForeignOrigin


def check_request_origin(request: Request, services: Services) -> None:
    """A browser names its origin with every change; what names none is no browser.

    Raises ForeignOrigin.
    """
    if "origin" in request.headers:
        check_origin(request, services)
    elif request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise ForeignOrigin


def allowed_origin(origin: str, headers: Mapping[str, str], services: Services) -> bool:
    """Listed, or (in development) the very host asked, if that is an address and not a name:
    a name could be rebound to this machine."""
    if origin in services.settings.origins:
        return True
    host = headers.get("host", "")
    return (
        not services.settings.is_production
        and origin in (f"http://{host}", f"https://{host}")
        and _is_local_host(origin)
    )


def _is_local_host(origin: str) -> bool:
    name = urlsplit(origin).hostname or ""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost"
    return True


async def bring_along(guest_id: UUID, identity: Identity, services: Services) -> None:
    """A guest has signed in: the conversations move, and the guest's other sockets end."""
    customer_id = identity.owner.customer_id
    assert customer_id is not None
    for moved in await services.conversations.move_to_customer(guest_id, customer_id):
        services.fanout.publish(moved, {"type": "owner", "owner": identity.owner.key})


# Dependencies of the routes


def _services(request: Request) -> Services:
    return services_of(request)


async def _identity(request: Request, response: Response) -> Identity:
    """Also returns the guest's token, as cookie and header."""
    services = services_of(request)
    if request.method not in SAFE_METHODS and _brings_cookie(request):
        check_request_origin(request, services)
    await services.limits.check("address", address_of(request))
    identity = await identify(request, services)
    if identity.guest_token:
        give_guest_token(response, identity.guest_token, services)
    return identity


def give_guest_token(response: Response, token: str, services: Services) -> None:
    response.headers[GUEST_HEADER] = token
    set_cookie(response, GUEST_COOKIE, token, GUEST_SECONDS, services)


def set_cookie(response: Response, name: str, value: str, seconds: int, services: Services) -> None:
    secure = services.settings.is_production or services.settings.public_url.startswith("https")
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure, path="/"
    )


def address_of(connection: HTTPConnection) -> str:
    """For limits: an IPv6 customer has a whole /64, so that is what counts."""
    host = connection.client.host if connection.client else "unknown"
    if ":" not in host:
        return host
    try:
        return str(ipaddress.ip_network(f"{host.split('%')[0]}/64", strict=False).network_address)
    except ValueError:
        return host


def _brings_cookie(request: Request) -> bool:
    by_cookie = SESSION_COOKIE in request.cookies or GUEST_COOKIE in request.cookies
    return by_cookie and "authorization" not in request.headers


AnyIdentity = Annotated[Identity, Depends(_identity)]
ServicesDep = Annotated[Services, Depends(_services)]


async def _customer(identity: AnyIdentity) -> Account:
    return require(identity.account, "customer")


async def _staff(identity: AnyIdentity) -> Account:
    return require(identity.account, "staff")


async def _editor(identity: AnyIdentity) -> Account:
    return require(identity.account, "editor")


async def _admin(identity: AnyIdentity) -> Account:
    return require(identity.account, "admin")


def needs_key(scope: Scope) -> Callable[[Request], Awaitable[UUID]]:
    """The id of the API key, from `Authorization: Bearer` or `X-API-Key`."""

    async def key(request: Request) -> UUID:
        services = services_of(request)
        await services.limits.check("address", address_of(request))
        key_id = await services.api_keys.authenticate(presented_key(request), scope)
        await services.limits.check("api_key", str(key_id))
        return key_id

    return key


def presented_key(request: Request) -> str:
    """Raises NotSignedIn without one."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    key = bearer if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
    if not key:
        raise NotSignedIn("Please send an API key: Authorization: Bearer gaa_…")
    return key


SignedIn = Annotated[Account, Depends(_customer)]
Staff = Annotated[Account, Depends(_staff)]
Editor = Annotated[Account, Depends(_editor)]
Admin = Annotated[Account, Depends(_admin)]
