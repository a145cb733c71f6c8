"""Password hashing: argon2id, off the event loop, two at a time."""

import asyncio
import secrets
import warnings

from passlib.exc import PasslibSecurityError, PasswordSizeError, UnknownHashError

with warnings.catch_warnings():
    # passlib imports `crypt`, which Python 3.13 drops; the argon2 handler does not use it.
    warnings.simplefilter("ignore", DeprecationWarning)
    from passlib.context import CryptContext

LONGEST = 1024

_context = CryptContext(
    ["argon2"],
    argon2__type="ID",
    argon2__memory_cost=19_456,
    argon2__time_cost=2,
    argon2__parallelism=1,
)
_at_once = asyncio.Semaphore(2)
_nobody = _context.hash(secrets.token_urlsafe(16))


async def hash_password(password: str) -> str:
    async with _at_once:
        return str(await asyncio.to_thread(_context.hash, password))


async def password_matches(password: str, stored: str | None) -> bool:
    """Without a stored hash it works as long and says no, so that timing names no account."""
    async with _at_once:
        return await asyncio.to_thread(_verify, password, stored or _nobody) and stored is not None


def _verify(password: str, stored: str) -> bool:
    try:
        return len(password) <= LONGEST and bool(_context.verify(password, stored))
    except (UnknownHashError, PasswordSizeError, PasslibSecurityError, ValueError):
        return False
