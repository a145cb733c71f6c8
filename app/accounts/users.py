"""Accounts: register, create, change roles, set up the first admin."""

import re
import secrets
from typing import Any
from uuid import UUID

import asyncpg

from app.accounts.identity import Role
from app.accounts.logins import Login, Logins, digest, normal
from app.accounts.passwords import hash_password
from app.audit import record
from app.db.engine import Connection, Database
from app.errors import AccountExists, BadInput, NotFound

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,}")


class WeakPassword(BadInput):
    """A password needs 10 to 1024 characters."""


class BadEmail(BadInput):
    """That is not an e-mail address."""


class SetupLinkUsed(NotFound):
    """This set-up link is not valid, or was used already. Restart the server for a new one."""


class Users:
    """The accounts."""

    def __init__(self, database: Database, logins: Logins) -> None:
        self._database, self._logins = database, logins

    async def register(self, email: str, password: str, name: str) -> Login:
        """A customer's account. Raises AccountExists, WeakPassword, BadEmail."""
        hashed = await _hashed(password)
        async with self._database.transaction() as db:
            user_id = await _create(db, email, hashed, name, "customer")
        return await self._logins.open(user_id)

    async def create(self, email: str, password: str, name: str, role: Role, actor: str) -> UUID:
        """An account of any role, by an admin or a command."""
        hashed = await _hashed(password)
        async with self._database.transaction() as db:
            user_id = await _create(db, email, hashed, name, role)
            await record(db, actor, "user_created", f"user:{user_id}", {"role": role})
            return user_id

    async def set_role(self, email: str, role: Role, actor: str) -> None:
        """Takes effect with the next request. Raises NotFound."""
        async with self._database.transaction() as db:
            user_id = await db.fetchval(
                "update users set role = $2 where email = $1 returning id", normal(email), role
            )
            if user_id is None:
                raise NotFound
            await record(db, actor, "role_changed", f"user:{user_id}", {"role": role})

    # The first admin

    async def setup_token(self) -> str | None:
        """A fresh one-use token while there is no admin, else None; earlier ones become void."""
        token = secrets.token_urlsafe(32)
        async with self._database.transaction() as db:
            await db.execute("delete from setup_links where used_at is null")
            if await db.fetchval("select exists (select 1 from users where role = 'admin')"):
                return None
            await db.execute("insert into setup_links (token_hash) values ($1)", digest(token))
        return token

    async def set_up_admin(self, token: str, email: str, password: str, name: str) -> Login:
        """Raises SetupLinkUsed."""
        hashed = await _hashed(password)
        async with self._database.transaction() as db:
            valid = await db.fetchval(
                """
                update setup_links set used_at = clock_timestamp()
                where token_hash = $1 and used_at is null
                  and created_at > clock_timestamp() - interval '1 day'
                  and not exists (select 1 from users where role = 'admin')
                returning true
                """,
                digest(token),
            )
            if not valid:
                raise SetupLinkUsed
            user_id = await _create(db, email, hashed, name, "admin")
            await record(db, "setup-link", "user_created", f"user:{user_id}", {"role": "admin"})
        return await self._logins.open(user_id)


async def _create(db: Connection, email: str, hashed: str, name: str, role: str) -> UUID:
    if not EMAIL.fullmatch(normal(email)):
        raise BadEmail
    try:
        row: dict[str, Any] | asyncpg.Record | None = await db.fetchrow(
            "insert into users (email, name, password_hash, role) values ($1, $2, $3, $4)"
            " returning id",
            normal(email), name.strip()[:100], hashed, role,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as taken:
        raise AccountExists from taken
    assert row is not None
    await db.execute("insert into customers (user_id) values ($1)", row["id"])
    return UUID(str(row["id"]))


async def _hashed(password: str) -> str:
    if not 10 <= len(password) <= 1024:
        raise WeakPassword
    return await hash_password(password)
