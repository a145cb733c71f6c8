"""Guests prove who they are: a one-time code to an address or number, then they are a customer."""

import hashlib
import hmac
import re
import secrets
from typing import Literal
from uuid import UUID

from app.audit import record
from app.db.engine import Connection, Database
from app.outbox import Outbox
from app.privacy.vault import Vault

CODE = re.compile(r"\D{0,30}(\d{3})[ .-]?(\d{3})\D{0,10}")
MINUTES, MOST_TRIES, MOST_CODES_AN_HOUR, PROVEN_HOURS = 10, 3, 4, 12

Checked = Literal["proven", "wrong", "expired"]
CodeState = Literal["live", "proven", "expired"]

NEWEST = "where conversation_id = $1 order by created_at desc limit 1"
IN_TIME = "expires_at > clock_timestamp()"

# The conversation before its rows, as everywhere.
LOCK = "select id from conversations where id = $1 for update"
TRY = f"""
update identity_codes set tries = tries + case when used_at is null then 1 else 0 end
where id = (select id from identity_codes {NEWEST} for update)
  and {IN_TIME} and (used_at is not null or tries < {MOST_TRIES})
returning id, channel, contact, code_hash, tries
"""
STATE = f"""
select case when used_at is not null then 'proven'
  when {IN_TIME} and tries < {MOST_TRIES} then 'live' else 'expired' end
from identity_codes {NEWEST}
"""


def code_in(text: str) -> str | None:
    """The six digits of a message that is nothing but a code."""
    found = CODE.fullmatch(text.strip())
    return found[1] + found[2] if found else None


class Proofs:
    """Codes are six digits, live ten minutes and allow three tries. Only their hash is kept."""

    def __init__(self, database: Database, vault: Vault, outbox: Outbox, secret: str) -> None:
        self._database, self._vault, self._outbox = database, vault, outbox
        self._secret = secret.encode()

    async def is_allowed(self, conversation_id: UUID) -> bool:
        """Whether this conversation may be sent one more code, and there is a way to send it."""
        if not any(map(self._outbox.sender.carries, ("email", "sms"))):
            return False
        async with self._database.connection() as db:
            sent = await db.fetchval(
                "select count(*) from identity_codes where conversation_id = $1"
                " and created_at > clock_timestamp() - interval '1 hour'",
                conversation_id,
            )
        return int(sent) < MOST_CODES_AN_HOUR

    async def send_code(
        self, db: Connection, conversation_id: UUID, placeholder: str, text: str
    ) -> None:
        """In the caller's transaction: a new code owed to the address; `text` has `{code}`."""
        address = await self._vault.read(db, conversation_id, placeholder)
        if address is None:
            return  # a placeholder of no value of this conversation
        code = f"{secrets.randbelow(1_000_000):06d}"
        channel = "sms" if placeholder.startswith("<PHONE") else "email"
        code_id = await db.fetchval(
            f"""
            with earlier as (
              update identity_codes set expires_at = clock_timestamp()
              where conversation_id = $1 and used_at is null)
            insert into identity_codes (conversation_id, channel, contact, code_hash, expires_at)
            values ($1, $2, $3, $4, clock_timestamp() + interval '{MINUTES} minutes') returning id
            """,
            conversation_id, channel, placeholder, self._hash(conversation_id, code),
        )  # fmt: skip
        await self._outbox.owe(
            db, f"code:{code_id}", channel, "identity_code", address, text.format(code=code),
            conversation=conversation_id,
        )  # fmt: skip

    async def check(self, conversation_id: UUID, code: str) -> Checked:
        """A right code makes the guest the customer of that address for twelve hours. The last
        wrong try ends the code; a turn that is run again hears of its right code once more."""
        async with self._database.transaction() as db:
            await db.execute(LOCK, conversation_id)
            row = await db.fetchrow(TRY, conversation_id)
            if row is None:
                return "expired"
            if not hmac.compare_digest(row["code_hash"], self._hash(conversation_id, code)):
                return "wrong" if row["tries"] < MOST_TRIES else "expired"
            await db.execute(
                "update identity_codes set used_at = clock_timestamp() where id = $1", row["id"]
            )
            customer_id = await self._customer_of(
                db, conversation_id, row["channel"], row["contact"]
            )
            await self._prove(db, conversation_id, customer_id)
        return "proven"

    async def code_state(self, db: Connection, conversation_id: UUID) -> CodeState:
        """What became of the code that was sent last."""
        state: CodeState | None = await db.fetchval(STATE, conversation_id)
        return state or "expired"

    async def _customer_of(
        self, db: Connection, conversation_id: UUID, channel: str, placeholder: str
    ) -> UUID:
        """The customer with this address, known from an account or an earlier proof, else new."""
        address = (await self._vault.read(db, conversation_id, placeholder)) or ""
        if channel == "email":
            by_account = await db.fetchval(
                "select c.id from customers as c join users as u on u.id = c.user_id"
                " where u.email = $1 and u.role = 'customer' and u.disabled_at is null",
                address.strip().lower(),
            )
            if by_account is not None:
                return UUID(str(by_account))
        return await self._vault.customer_of(db, channel, address)

    async def _prove(self, db: Connection, conversation_id: UUID, customer_id: UUID) -> None:
        await db.execute(
            f"""
            update conversations set proven_customer_id = (
                select id from customers where id = $2 and erased_at is null for share),
              proven_until = clock_timestamp() + interval '{PROVEN_HOURS} hours'
            where id = $1
            """,
            conversation_id, customer_id,
        )  # fmt: skip
        await record(
            db, f"customer:{customer_id}", "identity_proven", f"conversation:{conversation_id}"
        )

    def _hash(self, conversation_id: UUID, code: str) -> bytes:
        return hmac.digest(self._secret, conversation_id.bytes + code.encode(), hashlib.sha256)
