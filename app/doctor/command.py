"""`genai-auto doctor`: the checklist before going live (docs/operations.md, section 13)."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from app.doctor.configuration import check_configuration
from app.doctor.findings import SIGNS, Finding, you
from app.doctor.surroundings import check_surroundings
from app.errors import ConfigurationError
from app.observability.logs import configure_logs
from app.settings import Settings

BY_HAND = (
    "only 80 and 443 are open to the internet (firewall); 5432, 6379, 8000 and 9090 are not",
    "PGAdmin is off (docker-compose.prod.yml), or PGADMIN_PASSWORD is not admin",
    "GRAFANA_PASSWORD is not admin; Alertmanager has real receivers",
    "somebody outside watches /health (uptime monitoring)",
    "a restore was tried once (scripts/restore into another database)",
    "backups that leave the machine are encrypted (BACKUP_PASSPHRASE_FILE)",
    "ENCRYPTION_KEY and JWT_SECRET_KEY are kept apart from the backups; .env is in no repository",
    "the OPENROUTER_API_KEY is changed from time to time",
    "host and images get security updates; images are scanned (docker scout cves)",
    "nginx turns its logs (logrotate)",
)


def doctor(
    backups: Annotated[
        Path, typer.Option(envvar="BACKUP_DIR", help="where scripts/backup writes")
    ] = Path("/opt/genai-auto/backups"),
) -> None:
    """Check what must hold before going live; ends with 1 when something has to be fixed."""
    configure_logs("ERROR", readable=True)
    settings, is_production = load_settings()
    found = check_configuration(settings, is_production)
    found += asyncio.run(check_surroundings(settings, backups))
    show([*found, *map(you, BY_HAND)])
    if any(finding.mark == "fix" for finding in found):
        sys.exit(1)


def load_settings() -> tuple[Settings, bool]:
    """Also settings that production refuses, so that everything is told at once."""
    try:
        settings = Settings()
    except ConfigurationError:
        return Settings(environment="development"), True
    return settings, settings.is_production


def show(found: list[Finding]) -> None:
    screen = Console(soft_wrap=True)
    for finding in found:
        sign, style = SIGNS[finding.mark]
        screen.print(Text.assemble((sign, style), "  ", finding.text))
