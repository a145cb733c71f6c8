"""Signatures of webhooks, in and out: Standard Webhooks 1.0 (standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.errors import BadInput, NotSignedIn

PREFIX = "whsec_"
KEY_BYTES = 32
SHORTEST_KEY, LONGEST_KEY = 24, 64
WINDOW_SECONDS = 300
LONGEST_ID = 200
MOST_SIGNATURES = 10


class BadSecret(BadInput):
    """A webhook secret is `whsec_` and 24 to 64 bytes in base64."""


class BadSignature(NotSignedIn):
    """The signature of this call does not hold."""


class StaleCall(BadSignature):
    """The time of this call is more than five minutes away from ours."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The three headers of a call, read. `at` in seconds since 1970."""

    id: str
    at: int
    signatures: tuple[bytes, ...]


def new_secret() -> str:
    return PREFIX + base64.b64encode(random.token_bytes(KEY_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """Raises BadSecret."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as bad:
        raise BadSecret from bad
    if not secret.startswith(PREFIX) or not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise BadSecret
    return key


def headers_of(secrets: Sequence[str], id: str, at: int, body: bytes) -> dict[str, str]:
    """Signed with each secret, so that a receiver may hold the new one or the former."""
    made = [base64.b64encode(_signature(each, id, at, body)).decode() for each in secrets]
    return {
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{each}" for each in made),
    }


def read_headers(headers: Mapping[str, str], now: float) -> Signed:
    """Raises BadSignature for what is missing or no signature, StaleCall outside the window."""
    id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not 0 < len(id) <= LONGEST_ID or not id.isascii() or not id.isprintable():
        raise BadSignature
    if not (at.isascii() and at.isdigit() and len(at) <= 12):
        raise BadSignature
    if abs(now - int(at)) > WINDOW_SECONDS:
        raise StaleCall
    return Signed(id, int(at), _signatures(headers.get("webhook-signature", "")))


def holds(signed: Signed, secrets: Sequence[str], body: bytes) -> bool:
    """Whether one of the signatures is one of the secrets'; every pair is compared."""
    matches = [
        hmac.compare_digest(_signature(secret, signed.id, signed.at, body), given)
        for secret in secrets
        for given in signed.signatures
    ]
    return any(matches)


def _signatures(header: str) -> tuple[bytes, ...]:
    """Those of version 1; raises BadSignature when there is none, or one that cannot be any."""
    found = []
    for each in header.split(" ")[:MOST_SIGNATURES]:
        version, _, signature = each.partition(",")
        if version == "v1":
            try:
                found.append(base64.b64decode(signature, validate=True))
            except (binascii.Error, ValueError) as bad:
                raise BadSignature from bad
    if not found or any(len(each) != hashlib.sha256().digest_size for each in found):
        raise BadSignature
    return tuple(found)


def _signature(secret: str, id: str, at: int, body: bytes) -> bytes:
    return hmac.digest(key_of(secret), f"{id}.{at}.".encode() + body, hashlib.sha256)
