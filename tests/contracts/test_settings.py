"""Settings, `.env.example` and refusals say the same."""

from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.settings import Settings
from scripts.write_env_example import TARGET, env_example

STRONG = {
    "jwt_secret_key": "j" * 40,
    "encryption_key": "e" * 44,
    "public_url": "https://chat.dealer.test",
}


def settings(**given: object) -> Settings:
    values = {("JWT_SECRET_KEY" if k == "jwt_secret_key" else k): v for k, v in given.items()}
    return Settings(_env_file=None, **values)


def test_env_example_is_written_from_the_settings() -> None:
    assert TARGET.read_text() == env_example()


def test_env_example_gives_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    assert Settings(_env_file=TARGET) == Settings(_env_file=None)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"jwt_secret_key": "change-me-in-production"}, "JWT_SECRET_KEY"),
        ({"jwt_secret_key": "$(openssl rand -hex 32) and more text"}, "JWT_SECRET_KEY"),
        ({"jwt_secret_key": "short"}, "JWT_SECRET_KEY"),
        ({"encryption_key": ""}, "ENCRYPTION_KEY"),
        ({"encryption_keys_old": "short"}, "ENCRYPTION_KEYS_OLD"),
        ({"mask_pii": False}, "MASK_PII"),
        ({"allowed_origins": "*"}, "ALLOWED_ORIGINS"),
        ({"public_url": ""}, "PUBLIC_URL"),
        ({"public_url": "http://chat.dealer.test"}, "PUBLIC_URL"),
        ({"database_url": "postgresql://genai:genai_secret@postgres/genai_auto"}, "POSTGRES_PASSW"),
        ({"langchain_tracing_v2": True}, "LANGCHAIN_TRACING_V2"),
    ],
)
def test_production_refuses_what_is_unsafe(changed: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        settings(environment="production", **{**STRONG, **changed})


def test_production_starts_with_real_secrets() -> None:
    assert settings(environment="production", **STRONG).is_production


def test_missing_secrets_are_minted_once_and_kept(tmp_path: Path) -> None:
    first = settings(data_dir=tmp_path).signing_key
    assert settings(data_dir=tmp_path).signing_key == first
    assert (tmp_path / "secrets" / "jwt_secret").stat().st_mode & 0o077 == 0


def test_sample_key_counts_as_no_key() -> None:
    assert settings(openrouter_api_key="sk-or-v1-<your-production-key>").llm_endpoint is None


def test_openrouter_key_comes_before_the_openai_key() -> None:
    both = settings(openrouter_api_key="sk-one", openai_api_key="sk-two")
    assert both.llm_endpoint == ("https://openrouter.ai/api/v1", "sk-one")


def test_older_name_of_the_jwt_secret_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", "x" * 40)
    assert Settings(_env_file=None).signing_key == "x" * 40


def test_a_weak_secret_is_refused_everywhere() -> None:
    with pytest.raises(ConfigurationError, match="32"):
        settings(jwt_secret_key="short-but-real")


@pytest.mark.parametrize("given", ["short", f"{'o' * 40},", f"{'o' * 40},<your-former-key> of old"])
def test_former_keys_that_can_have_sealed_nothing_are_refused(given: str) -> None:
    with pytest.raises(ConfigurationError, match="ENCRYPTION_KEYS_OLD"):
        settings(encryption_keys_old=given)


def test_former_keys_are_read_one_by_one() -> None:
    assert settings(encryption_keys_old=f"{'o' * 40}, {'p' * 40}").old_vault_keys == (
        "o" * 40,
        "p" * 40,
    )
    assert settings().old_vault_keys == ()
