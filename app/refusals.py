"""What a start refuses, one line each, without the values: weak secrets, and more in production."""

from typing import Protocol

from pydantic import SecretStr

from app.secret_values import is_real_secret, is_set


class Given(Protocol):
    """The settings that are looked at."""

    mask_pii: bool
    jwt_secret_key: SecretStr
    encryption_key: SecretStr
    allowed_origins: str
    public_url: str
    database_url: str
    langchain_tracing_v2: bool

    @property
    def old_vault_keys(self) -> tuple[str, ...]: ...


def weak_secrets(given: Given) -> list[str]:
    """A secret that somebody chose is never replaced in silence."""
    chosen = {"JWT_SECRET_KEY": given.jwt_secret_key, "ENCRYPTION_KEY": given.encryption_key}
    weak = [
        f"{name} must have 32 characters or more, or be left empty."
        for name, secret in chosen.items()
        if is_set(secret.get_secret_value()) and not is_real_secret(secret.get_secret_value())
    ]
    return weak + bad_old_keys(given)


def bad_old_keys(given: Given) -> list[str]:
    """A key that cannot have sealed anything is a slip of whoever rotates."""
    if all(map(is_real_secret, given.old_vault_keys)):
        return []
    return ["ENCRYPTION_KEYS_OLD must hold former keys of 32 characters or more, with commas."]


def production_problems(given: Given) -> list[str]:
    """What is refused when ENVIRONMENT=production."""
    refused = {
        "MASK_PII=false is refused when ENVIRONMENT=production.": not given.mask_pii,
        "JWT_SECRET_KEY must be set to 32 or more random characters.": not is_real_secret(
            given.jwt_secret_key.get_secret_value()
        ),
        "ENCRYPTION_KEY must be set to 32 random bytes in base64.": not is_real_secret(
            given.encryption_key.get_secret_value()
        ),
        "ALLOWED_ORIGINS must name origins; * is refused.": "*" in given.allowed_origins,
        "PUBLIC_URL must be the https:// address that customers use.": not (
            given.public_url.startswith("https://")
        ),
        "POSTGRES_PASSWORD is still the sample; DATABASE_URL holds it.": (
            "genai_secret" in given.database_url
        ),
        "LANGCHAIN_TRACING_V2=true is refused when ENVIRONMENT=production.": (
            given.langchain_tracing_v2
        ),
    }
    return bad_old_keys(given) + [problem for problem, holds in refused.items() if holds]
