"""Who acts on handoffs over HTTP: staff, a system with an API key, or one that signs its calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request

from app.accounts.api_keys import BEGINNING
from app.accounts.permissions import require
from app.handoff.people import Person
from app.services import Services
from app.web.frames import visible
from app.web.identity import (
    SAFE_METHODS,
    address_of,
    check_request_origin,
    identify,
    needs_key,
    services_of,
)

PERSON_HEADER = "x-person-name"
LONGEST_NAME = 80

with_key = needs_key("handoffs")


async def _caller(request: Request) -> AsyncIterator[Person]:
    """Raises NotSignedIn, NotAllowed, BadSignature, AlreadyReceived."""
    services = services_of(request)
    if "webhook-signature" in request.headers:
        async with _signed(request, services) as person:
            yield person
    elif _has_key(request):
        yield await _by_key(request, services)
    else:
        yield await _staff(request, services)


@asynccontextmanager
async def _signed(request: Request, services: Services) -> AsyncIterator[Person]:
    """What fails may be sent again under its id."""
    await services.limits.check("address", address_of(request))
    caller = await services.webhooks.received.accept(request.headers, await request.body())
    done = False
    try:
        await services.limits.check("api_key", str(caller.endpoint_id))
        yield Person(_person_name(request, caller.name), f"webhook:{caller.endpoint_id}")
        done = True
    finally:
        if not done:
            await services.webhooks.received.forget(caller)


async def _by_key(request: Request, services: Services) -> Person:
    key_id = await with_key(request)
    name = _person_name(request, await services.api_keys.name_of(key_id))
    return Person(name, f"api_key:{key_id}")


async def _staff(request: Request, services: Services) -> Person:
    if request.method not in SAFE_METHODS:
        check_request_origin(request, services)
    await services.limits.check("address", address_of(request))
    account = require((await identify(request, services)).account, "staff")
    return Person(account.name, f"user:{account.user_id}", account.user_id)


def _has_key(request: Request) -> bool:
    bearer = request.headers.get("authorization", "").partition(" ")[2]
    return "x-api-key" in request.headers or bearer.startswith(BEGINNING)


def _person_name(request: Request, otherwise: str) -> str:
    """Of X-Person-Name in UTF-8, when it is a name that can be shown."""
    given = request.headers.get(PERSON_HEADER, "")
    try:
        given = given.encode("latin-1").decode()
    except UnicodeError:
        return otherwise
    name = " ".join(visible(given).split())
    return name if 0 < len(name) <= LONGEST_NAME else otherwise


HandoffCaller = Annotated[Person, Depends(_caller)]
