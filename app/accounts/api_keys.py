"""API keys: what a dealer's systems call with. Shown once, kept as a hash, rotated, revoked."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg

from app.accounts.identity import Account
from app.audit import record
from app.db.engine import Connection, Database
from app.errors import Conflict, NotAllowed, NotFound, NotSignedIn

Scope = Literal["detect", "detect:read", "handoffs"]
BEGINNING = "gaa_"
SHOWN = 12  # characters of a key that tell it apart
SECRET_BYTES = 32
MOST_LIVE = 100

LIVE = "revoked_at is null and (expires_at is null or expires_at > clock_timestamp())"
COLUMNS = "id, name, shown, scopes, created_at, last_used_at, expires_at, revoked_at, replaces"


class BadApiKey(NotSignedIn):
    """This API key does not hold: it is unknown, expired or revoked."""


class MissingScope(NotAllowed):
    """This API key may not do that."""


class TooManyKeys(Conflict):
    """There are 100 live API keys already. Please revoke those that nobody uses."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. `shown` is its beginning."""

    id: UUID
    name: str
    shown: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    replaces: UUID | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its secret, which can be read here and never again."""

    key: ApiKey
    secret: str


class ApiKeys:
    """Every change is audited in its own transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, actor: Account, name: str, scopes: Sequence[Scope], expires_at: datetime | None = None
    ) -> NewKey:
        """Raises TooManyKeys."""
        async with self._database.transaction() as db:
            live = await db.fetchval(f"select count(*) from api_keys where {LIVE}")
            if live >= MOST_LIVE:
                raise TooManyKeys
            new = await _insert(db, actor, name, scopes, expires_at)
            await _audited(db, actor, "api_key_created", new.key.id)
        return new

    async def all(self) -> list[ApiKey]:
        """Live keys first, newest first."""
        async with self._database.connection() as db:
            rows = await db.fetch(
                f"select {COLUMNS} from api_keys order by ({LIVE}) desc, created_at desc limit 500"
            )
        return [_key(row) for row in rows]

    async def rotate(self, actor: Account, key_id: UUID, grace_hours: int) -> NewKey:
        """A new key in the place of a live one, which holds for the grace. Raises NotFound."""
        async with self._database.transaction() as db:
            old = await db.fetchrow(
                f"""
                update api_keys set expires_at = least(
                  coalesce(expires_at, 'infinity'), clock_timestamp() + make_interval(hours => $2))
                where id = $1 and {LIVE} returning name, scopes
                """,
                key_id, grace_hours,
            )  # fmt: skip
            if old is None:
                raise NotFound
            new = await _insert(db, actor, old["name"], old["scopes"], None, key_id)
            await _audited(db, actor, "api_key_rotated", key_id, {"new": str(new.key.id)})
        return new

    async def revoke(self, actor: Account, key_id: UUID) -> None:
        """It holds no longer. Revoked twice is once. Raises NotFound."""
        async with self._database.transaction() as db:
            revoked = await db.fetchval(
                "update api_keys set revoked_at = clock_timestamp()"
                " where id = $1 and revoked_at is null returning id",
                key_id,
            )
            if revoked is not None:
                await _audited(db, actor, "api_key_revoked", key_id)
            elif await db.fetchval("select 1 from api_keys where id = $1", key_id) is None:
                raise NotFound

    async def authenticate(self, secret: str, scope: Scope) -> UUID:
        """The id of the key. Raises BadApiKey, or MissingScope for one that may not do this."""
        if not secret.startswith(BEGINNING) or len(secret) > 100:
            raise BadApiKey
        async with self._database.connection() as db:
            row = await db.fetchrow(
                f"select id, scopes, last_used_at from api_keys where secret_hash = $1 and {LIVE}",
                _hash(secret),
            )
            if row is None:
                raise BadApiKey
            if scope not in row["scopes"]:
                raise MissingScope
            await _used(db, row["id"])
        return UUID(str(row["id"]))

    async def name_of(self, key_id: UUID) -> str:
        """Raises NotFound."""
        async with self._database.connection() as db:
            name = await db.fetchval("select name from api_keys where id = $1", key_id)
        if name is None:
            raise NotFound
        return str(name)


async def _used(db: Connection, key_id: UUID) -> None:
    """To the minute, so that a busy key does not write at every call."""
    await db.execute(
        """
        update api_keys set last_used_at = clock_timestamp() where id = $1
          and (last_used_at is null or last_used_at < clock_timestamp() - interval '1 minute')
        """,
        key_id,
    )


async def _insert(
    db: Connection,
    actor: Account,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None,
    replaces: UUID | None = None,
) -> NewKey:
    secret = BEGINNING + secrets.token_urlsafe(SECRET_BYTES)
    row = await db.fetchrow(
        f"""
        insert into api_keys (name, shown, secret_hash, scopes, created_by, expires_at, replaces)
        values ($1, $2, $3, $4, $5, $6, $7) returning {COLUMNS}
        """,
        name, secret[:SHOWN], _hash(secret), sorted(set(scopes)), actor.user_id, expires_at,
        replaces,
    )  # fmt: skip
    return NewKey(_key(row), secret)


async def _audited(
    db: Connection, actor: Account, action: str, key_id: UUID, detail: dict[str, str] | None = None
) -> None:
    await record(db, f"user:{actor.user_id}", action, f"api_key:{key_id}", detail)


def _key(row: asyncpg.Record | None) -> ApiKey:
    assert row is not None
    return ApiKey(**{**row, "scopes": tuple(row["scopes"])})


def _hash(secret: str) -> bytes:
    """The secret is random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).digest()
