"""Logins: open with lockout, rotate with reuse detection, end for real."""

import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass
from uuid import UUID

from app.accounts.identity import Account
from app.accounts.passwords import password_matches
from app.accounts.tokens import Tokens
from app.db.engine import Database
from app.errors import AccountLocked, SessionEnded, WrongCredentials

MOST_FAILURES = 8
LOCK_MINUTES = 10
LOGIN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Login:
    """What a client keeps: a short access token, a rotating refresh token, a browser's cookie."""

    customer_id: UUID
    access_token: str
    refresh_token: str
    cookie: str
    expires_in: int


class Logins:
    """Each login of each device."""

    def __init__(
        self, database: Database, tokens: Tokens, access_minutes: int, refresh_days: int
    ) -> None:
        self._database, self._tokens = database, tokens
        self._access_seconds = access_minutes * 60
        self._refresh_days = refresh_days

    async def sign_in(self, email: str, password: str) -> Login:
        """Raises WrongCredentials or, after eight failures, AccountLocked for ten minutes."""
        return await self.open(await self.check(email, password))

    async def check(self, email: str, password: str) -> UUID:
        """The account's id, if that is its password. Raises as `sign_in` does."""
        async with self._database.connection() as db:
            user = await db.fetchrow(
                "select id, password_hash, disabled_at, locked_until > clock_timestamp() as locked"
                " from users where email = $1",
                normal(email),
            )
        if user and user["locked"]:
            raise AccountLocked
        matches = await password_matches(password, user["password_hash"] if user else None)
        if user is None or not matches or user["disabled_at"]:
            if user is not None:
                await self._count_failure(user["id"])
            raise WrongCredentials
        return UUID(str(user["id"]))

    async def refresh(self, refresh_token: str) -> Login:
        """New tokens for an old one. An older token of the login was stolen: the login ends."""
        login_id, _, _ = refresh_token.partition(".")
        if not LOGIN_ID.fullmatch(login_id):
            raise SessionEnded
        fresh = f"{login_id}.{secrets.token_urlsafe(32)}"
        async with self._database.transaction() as db:
            row = await db.fetchrow(
                f"""
                update login_sessions as s set refresh_hash = $3,
                  expires_at = clock_timestamp() + interval '{self._refresh_days} days'
                from users as u join customers as c on c.user_id = u.id
                where s.id = $1 and s.refresh_hash = $2 and s.ended_at is null
                  and s.expires_at > clock_timestamp()
                  and u.id = s.user_id and u.disabled_at is null
                returning s.id, s.user_id, c.id as customer_id
                """,
                UUID(login_id), digest(refresh_token), digest(fresh),
            )  # fmt: skip
            if row is None:
                await db.execute(
                    "update login_sessions set ended_at = clock_timestamp()"
                    " where id = $1 and ended_at is null",
                    UUID(login_id),
                )
        if row is None:
            raise SessionEnded
        return self._login(row["user_id"], row["customer_id"], row["id"], fresh)

    async def account(self, login_id: UUID) -> Account:
        """The account behind a login, as it is now. Raises SessionEnded."""
        async with self._database.connection() as db:
            row = await db.fetchrow(
                """
                select u.id, c.id as customer_id, s.id as login_id, u.email, u.name, u.role
                from login_sessions as s join users as u on u.id = s.user_id
                join customers as c on c.user_id = u.id
                where s.id = $1 and s.ended_at is null and s.expires_at > clock_timestamp()
                  and u.disabled_at is null
                """,
                login_id,
            )
        if row is None:
            raise SessionEnded
        return Account(*row.values())

    async def ended_logins(self, login_ids: set[UUID]) -> set[UUID]:
        """Which of these logins hold no longer, in one query."""
        if not login_ids:
            return set()
        async with self._database.connection() as db:
            rows = await db.fetch(
                """
                select s.id from login_sessions as s join users as u on u.id = s.user_id
                where s.id = any($1) and s.ended_at is null and u.disabled_at is null
                  and s.expires_at > clock_timestamp()
                """,
                list(login_ids),
            )
        return login_ids - {row["id"] for row in rows}

    async def sign_out(self, login_id: UUID) -> None:
        """Ends the login: its access tokens, its cookie, its refresh token."""
        async with self._database.connection() as db:
            await db.execute(
                "update login_sessions set ended_at = clock_timestamp()"
                " where id = $1 and ended_at is null",
                login_id,
            )

    async def ticket(self, account: Account) -> str:
        """A one-use token for a socket's address, good for 30 seconds and the clocks' leeway."""
        return self._tokens.sign("ticket", account.user_id, 30, account.login_id)

    async def redeem(self, ticket: str) -> Account:
        """Raises SessionEnded for a ticket that is old, forged or was used."""
        claims = self._tokens.read(ticket, "ticket")
        async with self._database.connection() as db:
            first = await db.fetchval(
                "insert into used_tickets (id, expires_at) values ($1, to_timestamp($2))"
                " on conflict do nothing returning true",
                claims.token_id, claims.expires_at + 120,
            )  # fmt: skip
        if not first or claims.login_id is None:
            raise SessionEnded
        return await self.account(claims.login_id)

    async def forget_expired(self) -> None:
        async with self._database.connection() as db:
            await db.execute("delete from used_tickets where expires_at < clock_timestamp()")
            await db.execute(
                "delete from login_sessions"
                " where expires_at < clock_timestamp() - interval '30 days'"
            )

    async def open(self, user_id: UUID) -> Login:
        """A new login of this account, which has just proven who it is."""
        login_id = uuid.uuid4()
        token = f"{login_id}.{secrets.token_urlsafe(32)}"
        async with self._database.transaction() as db:
            here = await db.fetchval(
                "update users set failed_logins = 0, locked_until = null where id = $1"
                " returning true",
                user_id,
            )
            if not here:  # erased since the password was checked
                raise WrongCredentials
            row = await db.fetchrow(
                f"""
                insert into login_sessions (id, user_id, refresh_hash, expires_at)
                values ($3, $1, $2, clock_timestamp() + interval '{self._refresh_days} days')
                returning id, (select id from customers where user_id = $1) as customer_id
                """,
                user_id, digest(token), login_id,
            )  # fmt: skip
        assert row is not None
        return self._login(user_id, row["customer_id"], row["id"], token)

    def _login(self, user_id: UUID, customer_id: UUID, login_id: UUID, token: str) -> Login:
        cookie_seconds = self._refresh_days * 86_400
        return Login(
            customer_id=customer_id,
            access_token=self._tokens.sign("access", user_id, self._access_seconds, login_id),
            refresh_token=token,
            cookie=self._tokens.sign("cookie", user_id, cookie_seconds, login_id),
            expires_in=self._access_seconds,
        )

    async def _count_failure(self, user_id: UUID) -> None:
        async with self._database.connection() as db:
            await db.execute(
                f"""
                update users set failed_logins = failed_logins + 1, locked_until = case
                  when (failed_logins + 1) % {MOST_FAILURES} = 0
                  then clock_timestamp() + interval '{LOCK_MINUTES} minutes' else locked_until end
                where id = $1
                """,
                user_id,
            )


def normal(email: str) -> str:
    """An address as it is stored and looked up."""
    return email.strip().lower()


def digest(token: str) -> bytes:
    """What is stored of a secret token."""
    return hashlib.sha256(token.encode()).digest()
