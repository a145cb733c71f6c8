"""Secrets as they are given: samples count as unset, what is missing is minted once."""

import secrets
from pathlib import Path

from app.errors import ConfigurationError

SAMPLE_MARKS = ("<", "$(", "your-", "change-me", "changeme", "example", "genai_secret")


def is_set(value: str) -> bool:
    return bool(value) and not any(mark in value.lower() for mark in SAMPLE_MARKS)


def is_real_secret(value: str) -> bool:
    return is_set(value) and len(value) >= 32


def minted_secret(path: Path) -> str:
    """Read the secret kept at `path`, or mint 32 random bytes in URL-safe base64 (mode 0600)."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(32))
        fresh.replace(path)
    secret = path.read_text().strip()
    if len(secret) < 32:
        raise ConfigurationError(
            f"{path} holds no secret of 32 characters; delete it for a new one."
        )
    return secret
