"""The vault: raw personal data, encrypted, in one table; everyone else sees its placeholder."""

import hashlib
import hmac
import os
import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.db.engine import Connection, Database
from app.privacy.found import Found

PLACEHOLDER = re.compile(r"<[A-Z]+_\d{1,4}>")
UNFINISHED_PLACEHOLDER = re.compile(r"<[A-Z]{0,20}(_\d{0,4})?$")
NONCE = 12
OUTSIDE = b"outside any conversation"
SEPARATORS = re.compile(r"[\s().\-/]")


class Vault:
    """Placeholders are stable in a conversation: the same value is the same `<EMAIL_1>`."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._cipher = AESGCM(_derived(secret, "encrypt"))
        self._fingerprint_key = _derived(secret, "fingerprint")
        self.key_id = hashlib.sha256(_derived(secret, "name")).hexdigest()[:12]

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
                "select placeholder, ciphertext from personal_values where conversation_id = $1",
                conversation,
            )
        return {
            row["placeholder"]: self._open(row["ciphertext"], conversation.bytes) for row in rows
        }

    async def read(self, db: Connection, conversation: UUID, placeholder: str) -> str | None:
        """One raw value, for a tool that acts on the customer's behalf."""
        sealed = await db.fetchval(
            "select ciphertext from personal_values"
            " where conversation_id = $1 and placeholder = $2",
            conversation, placeholder,
        )  # fmt: skip
        return self._open(sealed, conversation.bytes) if sealed else None

    async def customer_of(self, db: Connection, channel: str, address: str) -> UUID:
        """The customer who has proven this address before, or a new one; it is kept encrypted."""
        fingerprint = self._fingerprint("EMAIL" if channel == "email" else "PHONE", address)
        known = await db.fetchval(
            "select customer_id from contacts where channel = $1 and fingerprint = $2",
            channel, fingerprint,
        )  # fmt: skip
        if known is not None:
            return UUID(str(known))
        customer = UUID(str(await db.fetchval("insert into customers default values returning id")))
        await db.execute(
            "insert into contacts (customer_id, channel, fingerprint, key_id, ciphertext)"
            " values ($1, $2, $3, $4, $5)",
            customer, channel, fingerprint, self.key_id, self._seal(address, customer.bytes),
        )  # fmt: skip
        return customer

    async def contact_of(self, db: Connection, customer: UUID) -> tuple[str, str] | None:
        """`(channel, address)` a customer has proven; None without one."""
        row = await db.fetchrow(
            "select channel, ciphertext from contacts where customer_id = $1"
            " order by created_at desc limit 1",
            customer,
        )
        return (row["channel"], self._open(row["ciphertext"], customer.bytes)) if row else None

    def seal(self, text: str) -> bytes:
        """For what must wait in a table but is nobody's conversation."""
        return self._seal(text, OUTSIDE)

    def unseal(self, sealed: bytes) -> str:
        return self._open(sealed, OUTSIDE)

    async def _keep(self, db: Connection, conversation: UUID, kind: str, value: str) -> str:
        """The value's placeholder; the caller holds the conversation's row lock."""
        fingerprint = self._fingerprint(kind, value)
        known = await db.fetchval(
            "select placeholder from personal_values"
            " where conversation_id = $1 and kind = $2 and fingerprint = $3",
            conversation, kind, fingerprint,
        )  # fmt: skip
        if known:
            return str(known)
        return str(
            await db.fetchval(
                """
                insert into personal_values
                  (conversation_id, kind, placeholder, fingerprint, key_id, ciphertext)
                select $1, $2, '<' || $2 || '_' || (count(*) + 1) || '>', $3, $4, $5
                from personal_values where conversation_id = $1 and kind = $2
                returning placeholder
                """,
                conversation, kind, fingerprint, self.key_id, self._seal(value, conversation.bytes),
            )
        )  # fmt: skip

    def _fingerprint(self, kind: str, value: str) -> bytes:
        """The same value however it is written: numbers without their separators."""
        same = value.lower() if kind == "EMAIL" else SEPARATORS.sub("", value).lower()
        return hmac.digest(self._fingerprint_key, f"{kind}:{same}".encode(), "sha256")

    def _seal(self, value: str, owner: bytes) -> bytes:
        """Bound to its owner: a value moved to another row cannot be opened."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, value.encode(), owner)

    def _open(self, sealed: bytes, owner: bytes) -> str:
        return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], owner).decode()


def unmask(text: str, values: Mapping[str, str]) -> str:
    """For the owner's eyes only: the last step before a frame or body leaves."""
    return PLACEHOLDER.sub(lambda found: values.get(found[0], found[0]), text)


def _derived(secret: str, use: str) -> bytes:
    return hmac.digest(secret.encode(), f"genai-auto {use}".encode(), "sha256")
