"""Writes `.env.example` from the settings, so that neither says what the other does not."""

import sys
from pathlib import Path

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from app.settings import Settings

TARGET = Path(__file__).resolve().parents[1] / ".env.example"
HEADER = """\
# Copy to .env and change what you need; every value here is the default.
# Nothing has to be set: without a database, Redis or key the product starts private servers and
# answers with the offline model. Commands inside this file are never executed.
"""
FOOTER = """
# Older name of JWT_SECRET_KEY, read when that is empty:
# JWT_SECRET=

# An embedding model of the endpoint, with EMBEDDING_DIMENSION=768:
# EMBEDDING_MODEL=nomic-ai/nomic-embed-text-v1.5

# For whoever collects logs, also at a terminal:
# LOG_FORMAT=json

# Samples of the deployment guide; they count as unset:
# JWT_SECRET_KEY=change-me-in-production
# SCHEDULER_API_URL=http://localhost:9000

# Read by LangChain, with LANGCHAIN_TRACING_V2=true: docs/tracing.md
# LANGCHAIN_ENDPOINT=https://api.smith.langchain.com
# LANGCHAIN_PROJECT=default

# Read by OpenTelemetry; nothing is sent without an endpoint: docs/tracing.md
# OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318
# OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4318/v1/traces
# OTEL_EXPORTER_OTLP_HEADERS=
# OTEL_SERVICE_NAME=genai-auto-api
# OTEL_RESOURCE_ATTRIBUTES=
# OTEL_TRACES_SAMPLER=parentbased_always_on
# OTEL_TRACES_SAMPLER_ARG=
# OTEL_SDK_DISABLED=false

# Read by docker compose alone:
# POSTGRES_USER=genai
# POSTGRES_PASSWORD=genai_secret
# POSTGRES_DB=genai_auto
# REDIS_PASSWORD=
# PGADMIN_EMAIL=admin@example.com
# PGADMIN_PASSWORD=admin
# GRAFANA_PASSWORD=admin
# NETWORK_PREFIX=172.30.84
# API_CPUS=2.0
# API_MEMORY=4G
# API_CPUS_RESERVED=0.5
# API_MEMORY_RESERVED=1G

# Read by scripts/backup and scripts/restore alone:
# BACKUP_DIR=/opt/genai-auto/backups
# RETENTION_DAYS=30
# BACKUP_PASSPHRASE_FILE=

# Give secrets as text. To make one: openssl rand -hex 32 (JWT_SECRET_KEY),
# openssl rand -base64 32 (ENCRYPTION_KEY), openssl rand -base64 24 (POSTGRES_PASSWORD),
# openssl rand -hex 24 (REDIS_PASSWORD: it becomes part of a URL).
"""


def env_example() -> str:
    parts = [HEADER]
    for name, field in Settings.model_fields.items():
        parts.append(f"\n# {sentence(field)}\n{variable(name, field)}={default(field)}\n")
    return "".join(parts) + FOOTER


def variable(name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    return str(alias.choices[0] if isinstance(alias, AliasChoices) else name).upper()


def default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def sentence(field: FieldInfo) -> str:
    text = field.description or ""
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(TARGET.read_text() != env_example())
    TARGET.write_text(env_example())
