"""Accounts over REST: register, sign in, refresh, sign out, set up the first admin."""

from contextlib import suppress
from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.accounts.identity import Identity, Owner
from app.accounts.logins import Login
from app.errors import SessionEnded
from app.services import Services
from app.web.identity import (
    GUEST_COOKIE,
    GUEST_HEADER,
    SESSION_COOKIE,
    ServicesDep,
    SignedIn,
    address_of,
    bring_along,
    check_request_origin,
    identify,
    known_guest,
    set_cookie,
)
from app.web.schemas import (
    Credentials,
    LoginReply,
    Me,
    RefreshRequest,
    Registration,
    SetupRequest,
    TicketReply,
)

router = APIRouter(prefix="/api/v1/auth", tags=["accounts"])


@router.post("/register", status_code=201)
async def register(
    body: Registration, request: Request, response: Response, services: ServicesDep
) -> LoginReply:
    """A customer's account. Staff are made by an admin."""
    await guard(request, services)
    login = await services.users.register(body.email, body.password, body.name)
    return await welcome(login, request, response, services)


@router.post("/login")
async def login(
    body: Credentials, request: Request, response: Response, services: ServicesDep
) -> LoginReply:
    """Sign in; a guest's conversations come along."""
    await guard(request, services)
    opened = await services.logins.sign_in(body.email, body.password)
    return await welcome(opened, request, response, services)


@router.post("/setup", status_code=201)
async def setup(
    body: SetupRequest, request: Request, response: Response, services: ServicesDep
) -> LoginReply:
    """The first admin, with the one-use link printed at start."""
    await guard(request, services)
    opened = await services.users.set_up_admin(body.token, body.email, body.password, body.name)
    return await welcome(opened, request, response, services)


@router.post("/refresh")
async def refresh(body: RefreshRequest, request: Request, services: ServicesDep) -> LoginReply:
    """New tokens for a refresh token; one used twice ends its login."""
    await guard(request, services)
    return reply(await services.logins.refresh(body.refresh_token))


@router.post("/logout", status_code=204)
async def logout(request: Request, response: Response, services: ServicesDep) -> None:
    """Ends this login everywhere: its tokens, its cookie, its open sockets. Works twice."""
    await guard(request, services)
    with suppress(SessionEnded):
        account = (await identify(request, services)).account
        if account is not None:
            await services.logins.sign_out(account.login_id)
    response.delete_cookie(SESSION_COOKIE, path="/")


@router.get("/me")
async def me(account: SignedIn) -> Me:
    return Me(id=account.user_id, email=account.email, name=account.name, role=account.role)


@router.post("/ticket")
async def ticket(account: SignedIn, services: ServicesDep) -> TicketReply:
    """For clients that cannot send headers with a WebSocket."""
    return TicketReply(ticket=await services.logins.ticket(account))


async def guard(request: Request, services: Services) -> None:
    """Signing in and out is limited per address, and refused to pages of other origins."""
    check_request_origin(request, services)
    await services.limits.check("auth", address_of(request))


async def welcome(
    login: Login, request: Request, response: Response, services: Services
) -> LoginReply:
    """Set the browser's cookie and bring the guest's conversations along."""
    guest = await guest_of(request, services)
    if guest is not None:
        await bring_along(guest, Identity(Owner.customer(login.customer_id)), services)
    response.delete_cookie(GUEST_COOKIE, path="/")
    seconds = services.settings.jwt_refresh_expire_days * 86_400
    set_cookie(response, SESSION_COOKIE, login.cookie, seconds, services)
    return reply(login)


async def guest_of(request: Request, services: Services) -> UUID | None:
    """The guest this browser was until now."""
    token = request.headers.get(GUEST_HEADER) or request.cookies.get(GUEST_COOKIE)
    known = await known_guest(token, services) if token else None
    return known.owner.guest_id if known else None


def reply(login: Login) -> LoginReply:
    return LoginReply(
        access_token=login.access_token,
        refresh_token=login.refresh_token,
        expires_in=login.expires_in,
    )
