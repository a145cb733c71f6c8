"""The keys of the vault: the first one seals, all of them open (AES-GCM)."""

import hashlib
import hmac
import os
import re
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import Unavailable

NONCE = 12
SEPARATORS = re.compile(r"[\s().\-/]")


class UnknownKey(Unavailable):
    """This value is sealed with a key that is neither ENCRYPTION_KEY nor in ENCRYPTION_KEYS_OLD."""


class Key:
    """What is derived from one secret. `id` names it in rows and tells nothing of it."""

    def __init__(self, secret: str) -> None:
        self.id = hashlib.sha256(_derived(secret, "name")).hexdigest()[:12]
        self._cipher = AESGCM(_derived(secret, "encrypt"))
        self._fingerprint_key = _derived(secret, "fingerprint")

    def seal(self, value: str, owner: bytes) -> bytes:
        """Bound to its owner: a value moved to another row cannot be opened."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, value.encode(), owner)

    def open(self, sealed: bytes, owner: bytes) -> str:
        """Raises InvalidTag: another key, another owner, or changed bytes."""
        return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], owner).decode()

    def fingerprint(self, kind: str, value: str) -> bytes:
        """The same value however it is written: numbers without their separators."""
        same = value.lower() if kind == "EMAIL" else SEPARATORS.sub("", value).lower()
        return hmac.digest(self._fingerprint_key, f"{kind}:{same}".encode(), "sha256")


class KeyRing:
    """The present key and older ones, which are kept for reading until everything is re-sealed."""

    def __init__(self, secret: str, old: Sequence[str] = ()) -> None:
        self.present = Key(secret)
        self._keys = {key.id: key for key in (self.present, *map(Key, old))}

    @property
    def ids(self) -> list[str]:
        return list(self._keys)

    def fingerprints(self, kind: str, value: str) -> list[bytes]:
        """Under every key: what was stored before a rotation is found again."""
        return [key.fingerprint(kind, value) for key in self._keys.values()]

    def open(self, sealed: bytes, owner: bytes, key_id: str | None = None) -> str:
        """By the key that is named, or by whichever fits. Raises UnknownKey, never returns
        anything but what was sealed."""
        named = [self._keys[key_id]] if key_id in self._keys else []
        for key in named if key_id else self._keys.values():
            try:
                return key.open(sealed, owner)
            except InvalidTag:
                continue
        raise UnknownKey


def _derived(secret: str, use: str) -> bytes:
    return hmac.digest(secret.encode(), f"genai-auto {use}".encode(), "sha256")
