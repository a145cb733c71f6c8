"""Password hashing: argon2id, off the event loop, two at a time, at low rank."""

import asyncio
import secrets
import warnings
from functools import lru_cache

with warnings.catch_warnings():
    # passlib imports `crypt`, which Python 3.13 drops; the argon2 handler does not use it.
    warnings.simplefilter("ignore", DeprecationWarning)
    from passlib.context import CryptContext
    from passlib.exc import PasslibSecurityError, PasswordSizeError, UnknownHashError

from app.background import background_threads

LONGEST = 1024

_threads = background_threads("passwords", 2)


async def hash_password(password: str) -> str:
    loop = asyncio.get_running_loop()
    return str(await loop.run_in_executor(_threads, lambda: _hasher().hash(password)))


async def password_matches(password: str, stored: str | None) -> bool:
    """Without a stored hash it works as long and says no, so that timing names no account."""
    loop = asyncio.get_running_loop()
    matches = await loop.run_in_executor(_threads, lambda: _verify(password, stored or _nobody()))
    return matches and stored is not None


def _verify(password: str, stored: str) -> bool:
    try:
        return len(password) <= LONGEST and bool(_hasher().verify(password, stored))
    except (UnknownHashError, PasswordSizeError, PasslibSecurityError, ValueError):
        return False


@lru_cache(maxsize=1)
def _hasher() -> CryptContext:
    hasher = CryptContext(
        ["argon2"],
        argon2__type="ID",
        argon2__memory_cost=19_456,
        argon2__time_cost=2,
        argon2__parallelism=1,
    )
    with warnings.catch_warnings():
        # On first use passlib asks argon2 for its version in a way that is on its way out.
        warnings.simplefilter("ignore", DeprecationWarning)
        hasher.hash("load the backend")
    return hasher


@lru_cache(maxsize=1)
def _nobody() -> str:
    """The hash of a password that nobody has."""
    return str(_hasher().hash(secrets.token_urlsafe(16)))
