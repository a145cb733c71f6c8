"""The vault: raw personal data, encrypted, in one table; everyone else sees its placeholder."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from app.db.engine import Connection, Database
from app.privacy.found import Found
from app.privacy.keys import KeyRing

PLACEHOLDER = re.compile(r"<[A-Z]+_\d{1,4}>")
UNFINISHED_PLACEHOLDER = re.compile(r"<[A-Z]{0,20}(_\d{0,4})?$")
OUTSIDE = b"outside any conversation"
KINDS = {"email": "EMAIL", "sms": "PHONE"}


class Vault:
    """Placeholders are stable in a conversation: the same value is the same `<EMAIL_1>`."""

    def __init__(self, database: Database, secret: str, old: Sequence[str] = ()) -> None:
        self._database = database
        self.keys = KeyRing(secret, old)

    @property
    def key_id(self) -> str:
        return self.keys.present.id

    async def mask(
        self, db: Connection, conversation: UUID, text: str, found: Sequence[Found]
    ) -> str:
        """`text` with placeholders; new values are stored in the caller's transaction."""
        masked, end = [], 0
        for each in found:
            value = text[each.start : each.end]
            masked += [text[end : each.start], await self._keep(db, conversation, each.kind, value)]
            end = each.end
        return "".join([*masked, text[end:]])

    async def values(self, conversation: UUID) -> dict[str, str]:
        """Placeholder to raw value, for the conversation's owner alone."""
        async with self._database.connection() as db:
            rows = await db.fetch(
                "select placeholder, ciphertext, key_id from personal_values"
                " where conversation_id = $1",
                conversation,
            )
        return {row["placeholder"]: self._opened(row, conversation) for row in rows}

    async def read(self, db: Connection, conversation: UUID, placeholder: str) -> str | None:
        """One raw value, for a tool that acts on the customer's behalf."""
        row = await db.fetchrow(
            "select ciphertext, key_id from personal_values"
            " where conversation_id = $1 and placeholder = $2",
            conversation, placeholder,
        )  # fmt: skip
        return self._opened(row, conversation) if row else None

    async def customer_of(self, db: Connection, channel: str, address: str) -> UUID:
        """The customer who has proven this address before, or a new one; it is kept encrypted."""
        await db.execute("select pg_advisory_xact_lock($1)", _lock_of(channel, address))
        known = await self.known_customer(db, channel, address)
        if known is not None:
            return known
        customer = UUID(str(await db.fetchval("insert into customers default values returning id")))
        key = self.keys.present
        await db.execute(
            "insert into contacts (customer_id, channel, fingerprint, key_id, ciphertext)"
            " values ($1, $2, $3, $4, $5)",
            customer, channel, key.fingerprint(KINDS[channel], address), key.id,
            key.seal(address, customer.bytes),
        )  # fmt: skip
        return customer

    async def known_customer(self, db: Connection, channel: str, address: str) -> UUID | None:
        """The customer who has proven this address before."""
        known = await db.fetchval(
            "select customer_id from contacts where channel = $1 and fingerprint = any($2)",
            channel, self.keys.fingerprints(KINDS[channel], address),
        )  # fmt: skip
        return UUID(str(known)) if known is not None else None

    async def contacts_of(self, db: Connection, customer: UUID) -> list[tuple[str, str]]:
        """`(channel, address)` of everything a customer has proven, the newest first."""
        rows = await db.fetch(
            "select channel, ciphertext, key_id from contacts where customer_id = $1"
            " order by created_at desc limit 100",
            customer,
        )
        return [(row["channel"], self._opened(row, customer)) for row in rows]

    def seal(self, text: str) -> bytes:
        """For what must wait in a table but is nobody's conversation; `key_id` is kept with it."""
        return self.keys.present.seal(text, OUTSIDE)

    def unseal(self, sealed: bytes) -> str:
        return self.keys.open(sealed, OUTSIDE)

    def _opened(self, row: asyncpg.Record, owner: UUID) -> str:
        return self.keys.open(row["ciphertext"], owner.bytes, row["key_id"])

    async def _keep(self, db: Connection, conversation: UUID, kind: str, value: str) -> str:
        """The value's placeholder; the caller holds the conversation's row lock. A number is never
        given twice, so that what was deleted is not mistaken for what came after it."""
        known = await db.fetchval(
            "select placeholder from personal_values"
            " where conversation_id = $1 and kind = $2 and fingerprint = any($3)",
            conversation, kind, self.keys.fingerprints(kind, value),
        )  # fmt: skip
        if known:
            return str(known)
        key = self.keys.present
        return str(
            await db.fetchval(
                """
                with numbered as (
                  update conversations set placeholders = placeholders || jsonb_build_object(
                    $2::text, coalesce((placeholders ->> $2)::int, 0) + 1)
                  where id = $1 returning placeholders ->> $2 as number)
                insert into personal_values
                  (conversation_id, kind, placeholder, fingerprint, key_id, ciphertext)
                select $1, $2, '<' || $2 || '_' || number || '>', $3, $4, $5 from numbered
                returning placeholder
                """,
                conversation, kind, key.fingerprint(kind, value), key.id,
                key.seal(value, conversation.bytes),
            )
        )  # fmt: skip


def _lock_of(channel: str, address: str) -> int:
    """Two who prove the same new address at once become one customer."""
    digest = hashlib.sha256(f"{channel}:{address.strip().lower()}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def unmask(text: str, values: Mapping[str, str]) -> str:
    """For the owner's eyes only: the last step before a frame or body leaves."""
    return PLACEHOLDER.sub(lambda found: values.get(found[0], found[0]), text)
