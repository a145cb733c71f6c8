"""The vault: raw personal data, encrypted, in one table; everyone else sees its placeholder."""

import hashlib
import hmac
import os
import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.db.engine import Connection, Database
from app.privacy.recognizers import Found

PLACEHOLDER = re.compile(r"<[A-Z]+_\d{1,4}>")
UNFINISHED_PLACEHOLDER = re.compile(r"<[A-Z]{0,20}(_\d{0,4})?$")
NONCE = 12
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
        return {row["placeholder"]: self._open(row["ciphertext"], conversation) for row in rows}

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
                conversation, kind, fingerprint, self.key_id, self._seal(value, conversation),
            )
        )  # fmt: skip

    def _fingerprint(self, kind: str, value: str) -> bytes:
        """The same value however it is written: numbers without their separators."""
        same = value.lower() if kind == "EMAIL" else SEPARATORS.sub("", value).lower()
        return hmac.digest(self._fingerprint_key, f"{kind}:{same}".encode(), "sha256")

    def _seal(self, value: str, conversation: UUID) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, value.encode(), conversation.bytes)

    def _open(self, sealed: bytes, conversation: UUID) -> str:
        return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], conversation.bytes).decode()


def unmask(text: str, values: Mapping[str, str]) -> str:
    """For the owner's eyes only: the last step before a frame or body leaves."""
    return PLACEHOLDER.sub(lambda found: values.get(found[0], found[0]), text)


def _derived(secret: str, use: str) -> bytes:
    return hmac.digest(secret.encode(), f"genai-auto {use}".encode(), "sha256")
