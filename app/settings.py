"""Every setting: its name in the environment, its default and its meaning, on one page."""

from functools import cached_property
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import ConfigurationError
from app.refusals import production_problems, weak_secrets
from app.secret_values import is_real_secret, is_set, minted_secret


class Settings(BaseSettings):
    """Read from the environment and `.env`; unknown names are ignored, wrong values refused."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    # Where it runs
    environment: Literal["development", "production"] = Field(
        "development", description="production refuses sample secrets and unsafe switches"
    )
    api_host: str = Field("127.0.0.1", description="address the server listens on")
    api_port: int = Field(8000, ge=1, le=65535, description="port the server listens on")
    api_workers: int = Field(
        1, ge=1, le=64, description="processes that share the port; above 1 with DATABASE_URL only"
    )
    public_url: str = Field("", description="address customers use; empty: http://host:port")
    allowed_origins: str = Field(
        "", description="further web origins that may open the chat, separated by commas"
    )
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="addresses and networks of reverse proxies whose X-Forwarded-For counts",
    )
    data_dir: Path = Field(Path("data"), description="private servers, secrets and model files")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="WARNING or ERROR in production"
    )
    log_format: Literal["", "json", "text"] = Field(
        "", description="json or text; empty: text at a terminal, json elsewhere"
    )
    demo_data: bool = Field(
        True, description="seed the demo dealership into an empty store (never in production)"
    )

    run_workers: bool = Field(
        True, description="false: deliveries, ingestion and upkeep are left to another process"
    )

    # The dealership, as customers see it
    dealership_name: str = Field("GenAuto Riverside", description="shown in the chat's header")
    dealership_phone: str = Field("+1 555 0100", description="offered when a person is needed")
    dealership_address: str = Field(
        "2150 Riverside Parkway, Millbrook Falls, Oregon",
        description="where customers bring their cars",
    )
    dealer_time_zone: str = Field(
        "America/Los_Angeles", description="IANA name; opening hours and appointments are in it"
    )
    dealership_hosts: str = Field(
        "genauto-riverside.example",
        description="web hosts that answers may link to, separated by commas; others are left out",
    )
    emergency_number: str = Field("112 / 911", description="named in safety messages")

    # Database and cache
    database_url: str = Field(
        "", description="postgresql://…; empty: a private PostgreSQL with pgvector in DATA_DIR"
    )
    database_pool_size: int = Field(15, ge=2, le=200, description="connections per process")
    redis_url: str = Field("", description="redis://…; empty: a private Redis in DATA_DIR")

    # Trust
    confidence_threshold: float = Field(
        0.7, ge=0, le=1, description="an answer with less confidence is marked and offers a person"
    )
    verification_judge: bool = Field(
        True, description="the LLM reads the statements that rules and similarity leave in doubt"
    )

    # Answers shared between customers who ask the same
    cache_enabled: bool = Field(
        True, description="tell answers from the documents again; never with MASK_PII=false"
    )
    cache_ttl: int = Field(
        3600, ge=1, le=2_592_000, description="seconds an answer to the same words is kept"
    )
    cache_ttl_seconds: int = Field(
        604_800, ge=1, le=31_536_000, description="seconds for the same question in other words"
    )
    cache_similarity_threshold: float = Field(
        0.92, ge=0, le=1, description="least similarity of two questions that may share an answer"
    )

    # Language model: any OpenAI-compatible endpoint
    llm_provider: Literal["auto", "openai", "offline"] = Field(
        "auto", description="auto: the endpoint when a key is set, else the offline model"
    )
    openrouter_api_key: SecretStr = Field(SecretStr(""), description="key of the LLM endpoint")
    openrouter_base_url: str = Field(
        "https://openrouter.ai/api/v1", description="OpenAI-compatible endpoint"
    )
    openai_api_key: SecretStr = Field(
        SecretStr(""), description="used when OPENROUTER_API_KEY is empty"
    )
    openai_base_url: str = Field(
        "https://api.openai.com/v1", description="endpoint that goes with OPENAI_API_KEY"
    )
    llm_model: str = Field(
        "tngtech/deepseek-r1t2-chimera:free", description="chat model at the endpoint"
    )
    llm_model_cheaper: str = Field(
        "", description="answers from 80 % of a budget on; empty: LLM_MODEL goes on"
    )
    llm_prices_file: str = Field(
        "", description="YAML of your own prices by model, before the known ones: docs/metrics.md"
    )
    budget_conversation_usd: float = Field(
        0, ge=0, description="spent: a person takes over, the offline model answers; 0: no limit"
    )
    budget_day_usd: float = Field(
        0, ge=0, description="the same for all conversations of the dealer's day; 0: no limit"
    )
    llm_first_token_seconds: float = Field(
        20.0, gt=0, description="wait for the first token before the offline model takes over"
    )
    llm_idle_seconds: float = Field(
        15.0, gt=0, description="longest silence between two tokens of an answer"
    )
    embedding_model: str = Field(
        "", description="embedding model at the endpoint; empty: the bundled MiniLM"
    )
    embedding_dimension: int = Field(
        768, ge=1, le=4000, description="dimension of EMBEDDING_MODEL's vectors"
    )

    # The workshop's calendar: the built-in one, or the dealer's own scheduling system
    scheduler_api_url: str = Field("", description="see docs/scheduler_api.md; needs the key too")
    scheduler_api_key: SecretStr = Field(SecretStr(""), description="empty: the built-in calendar")

    # Messages to customers: one-time codes, reminders
    smtp_url: SecretStr = Field(
        SecretStr(""), description="smtp://user:password@host:587 or smtps://…; empty: none"
    )
    mail_from: str = Field("service@localhost", description="sender of e-mails")
    sms_webhook_url: str = Field("", description="gets POST {to, text} per text message")

    # Webhooks: docs/webhooks.md
    human_support_webhook: str = Field(
        "", description="gets a signed webhook per handoff; more endpoints: /desk/deliveries"
    )
    human_support_webhook_secret: SecretStr = Field(
        SecretStr(""), description="whsec_ and 24 to 64 bytes in base64; empty: minted"
    )
    webhook_allowed_hosts: str = Field(
        "", description="in-house receivers: host, host:port or network, separated by commas"
    )

    # Security
    jwt_secret_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("JWT_SECRET_KEY", "JWT_SECRET"),
        description="signs tokens, 32+ characters; empty: minted once into DATA_DIR/secrets",
    )
    jwt_access_expire_minutes: int = Field(30, ge=1, description="life of an access token")
    jwt_refresh_expire_days: int = Field(7, ge=1, description="life of a login without use")
    encryption_key: SecretStr = Field(
        SecretStr(""),
        description="encrypts personal data, 32 bytes in base64; empty: minted once",
    )
    encryption_keys_old: SecretStr = Field(
        SecretStr(""),
        description="former ENCRYPTION_KEYs, separated by commas; read until `vault rotate` ends",
    )
    mask_pii: bool = Field(True, description="replace personal data before anything else sees it")
    pii_nlp_model: str = Field(
        "", description="installed spaCy model that hears names too; empty: announced names only"
    )

    # LangChain's own tracing, to LangSmith: conversations leave the house
    langchain_tracing_v2: bool = Field(
        False, description="send masked conversations to LangSmith; refused in production"
    )
    langchain_api_key: SecretStr = Field(SecretStr(""), description="key of LangSmith")

    # Limits
    rate_limit_messages: str = Field(
        "30/minute", description="messages of one customer (limits' notation)"
    )
    rate_limit_messages_address: str = Field(
        "120/minute", description="messages from one address, whoever sends them"
    )
    rate_limit_address: str = Field("240/minute", description="requests of one address")
    rate_limit_auth: str = Field("20/minute", description="sign-in requests of one address")
    rate_limit_api_key: str = Field("600/minute", description="calls with one API key")
    rate_limit_reveal: str = Field(
        "60/hour", description="personal values one member of staff may look at"
    )
    max_running_turns: int = Field(300, ge=1, description="answers one process works on at once")
    max_upload_mb: int = Field(50, ge=1, le=500, description="largest document")

    # Retention in days, 0: for ever
    retention_conversations_days: int = Field(
        365, ge=0, description="conversations without a new message"
    )
    retention_personal_values_days: int = Field(
        90, ge=0, description="what placeholders stand for, after a conversation's last message"
    )
    retention_outbox_days: int = Field(
        30, ge=0, description="messages to customers and one-time codes"
    )
    retention_deliveries_days: int = Field(
        30, ge=0, description="webhooks that were delivered or given up, with their attempts"
    )
    retention_llm_calls_days: int = Field(365, ge=0, description="tokens and times of model calls")
    retention_verifications_days: int = Field(
        90, ge=0, description="verdicts, and the masked texts that were handed in for them"
    )

    @model_validator(mode="after")
    def _refuse_what_is_unsafe(self) -> Self:
        for problem in production_problems(self) if self.is_production else weak_secrets(self):
            raise ConfigurationError(problem)
        return self

    @field_validator("dealer_time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ConfigurationError(f"DEALER_TIME_ZONE {name} is no IANA time zone.")
        return name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.dealer_time_zone)

    @property
    def scheduler(self) -> tuple[str, str] | None:
        """(URL, key) of the dealer's own scheduling system; it acts only with both."""
        key = self.scheduler_api_key.get_secret_value()
        given = self.scheduler_api_url and is_set(key)
        return (self.scheduler_api_url.rstrip("/"), key) if given else None

    @property
    def support_webhook(self) -> tuple[str, str] | None:
        """(URL, secret or nothing) of the endpoint that stands in the settings."""
        url, secret = self.human_support_webhook, self.human_support_webhook_secret
        chosen = secret.get_secret_value()
        return (url.strip(), chosen if is_set(chosen) else "") if is_set(url) else None

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def origins(self) -> frozenset[str]:
        """Web origins that may open sockets or send cookies."""
        own = self.public_url or f"http://{self.api_host}:{self.api_port}"
        local = {f"http://{name}:{self.api_port}" for name in ("localhost", "127.0.0.1")}
        named = {o.strip().rstrip("/") for o in self.allowed_origins.split(",") if o.strip()}
        return frozenset({own.rstrip("/")} | named | (set() if self.is_production else local))

    @property
    def llm_endpoint(self) -> tuple[str, str] | None:
        """(base URL, key) of the language model, or None: the offline model answers."""
        if self.llm_provider == "offline":
            return None
        for key, url in (
            (self.openrouter_api_key, self.openrouter_base_url),
            (self.openai_api_key, self.openai_base_url),
        ):
            if is_set(key.get_secret_value()):
                return url.rstrip("/"), key.get_secret_value()
        if self.llm_provider == "openai":
            raise ConfigurationError(
                "LLM_PROVIDER=openai needs OPENROUTER_API_KEY or OPENAI_API_KEY."
            )
        return None

    @cached_property
    def signing_key(self) -> str:
        return self._secret("jwt_secret", self.jwt_secret_key.get_secret_value())

    @cached_property
    def vault_key(self) -> str:
        return self._secret("encryption_key", self.encryption_key.get_secret_value())

    @property
    def old_vault_keys(self) -> tuple[str, ...]:
        given = self.encryption_keys_old.get_secret_value()
        return tuple(key.strip() for key in given.split(",")) if given.strip() else ()

    def _secret(self, name: str, given: str) -> str:
        if is_real_secret(given):
            return given
        return minted_secret(self.data_dir / "secrets" / name)
