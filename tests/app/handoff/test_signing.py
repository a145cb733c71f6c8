"""Signatures, compared with an independent library."""

import base64
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from app.handoff.signing import (
    BadSecret,
    BadSignature,
    StaleCall,
    headers_of,
    holds,
    key_of,
    new_secret,
    read_headers,
)

BODY = b'{"type":"handoff.claimed"}'


def signed(secret: str, at: float | None = None, body: bytes = BODY) -> dict[str, str]:
    """Headers as the library of another system makes them."""
    when = datetime.fromtimestamp(int(at or time.time()), UTC)
    signature = Webhook(secret).sign("msg_1", when, body.decode())
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(when.timestamp())),
        "webhook-signature": signature,
    }


def test_ours_verify_with_the_library_under_the_new_and_the_former_secret() -> None:
    new, former = new_secret(), new_secret()
    headers = headers_of([new, former], "id-1", int(time.time()), BODY)
    for secret in (new, former):
        assert Webhook(secret).verify(BODY, headers) == {"type": "handoff.claimed"}


def test_those_of_the_library_hold_here() -> None:
    secret = new_secret()
    read = read_headers(signed(secret), time.time())
    assert holds(read, [new_secret(), secret], BODY)
    assert not holds(read, [new_secret()], BODY)
    assert not holds(read, [secret], BODY + b" ")


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_call_of_another_time_is_stale(seconds: int) -> None:
    now = int(time.time())
    with pytest.raises(StaleCall):
        read_headers(signed(new_secret(), now + seconds), now)
    assert read_headers(signed(new_secret(), now + seconds * 0.99), now)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": ""},
        {"webhook-id": "x" * 201},
        {"webhook-id": "ü"},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "1e9"},
        {"webhook-timestamp": "-5"},
        {"webhook-timestamp": "٣"},
        {"webhook-signature": ""},
        {"webhook-signature": "v2,AAAA"},
        {"webhook-signature": "v1,***"},
        {"webhook-signature": "v1"},
    ],
)
def test_odd_headers_are_no_signature(changed: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        read_headers({**signed(new_secret()), **changed}, time.time())


@pytest.mark.parametrize("length", [24, 32, 64])
def test_secrets_of_24_to_64_bytes_are_taken(length: int) -> None:
    assert len(key_of("whsec_" + base64.b64encode(b"k" * length).decode())) == length


@pytest.mark.parametrize(
    "secret",
    [
        "", "whsec_", "whsec_***", "abc", base64.b64encode(b"k" * 32).decode(),
        "whsec_" + base64.b64encode(b"k" * 23).decode(),
        "whsec_" + base64.b64encode(b"k" * 65).decode(),
    ],
)  # fmt: skip
def test_other_secrets_are_refused(secret: str) -> None:
    with pytest.raises(BadSecret):
        key_of(secret)
