"""What the settings alone tell."""

from urllib.parse import urlsplit

from app.doctor.findings import Finding, fix, good, look
from app.refusals import production_problems
from app.settings import Settings


def check_configuration(settings: Settings, is_production: bool) -> list[Finding]:
    return [
        environment(is_production),
        *refusals(settings),
        *tokens(settings),
        *origins(settings),
        store(settings),
        redis_password(settings),
        log_level(settings),
    ]


def environment(is_production: bool) -> Finding:
    if is_production:
        return good("ENVIRONMENT=production: unsafe settings are refused at start")
    return fix("ENVIRONMENT is not production: set it (docker-compose.prod.yml does)")


def refusals(settings: Settings) -> list[Finding]:
    """What a start in production would refuse."""
    problems = production_problems(settings)
    if problems:
        return [fix(problem) for problem in problems]
    return [good("secrets are real, MASK_PII is on, PUBLIC_URL is https, origins are named")]


def tokens(settings: Settings) -> list[Finding]:
    found = []
    if not 15 <= settings.jwt_access_expire_minutes <= 30:
        found.append(look("JWT_ACCESS_EXPIRE_MINUTES should be 15 to 30"))
    if settings.jwt_refresh_expire_days > 7:
        found.append(look("JWT_REFRESH_EXPIRE_DAYS should be 7 or less"))
    return found or [good("tokens live as long as they should")]


def origins(settings: Settings) -> list[Finding]:
    plain = [o for o in settings.allowed_origins.split(",") if o.strip().startswith("http://")]
    return [fix(f"ALLOWED_ORIGINS: {origin.strip()} is not https") for origin in plain]


def store(settings: Settings) -> Finding:
    if settings.database_url:
        return good("the store is a server of its own (DATABASE_URL)")
    return fix("DATABASE_URL is empty: the private PostgreSQL is for one machine without backups")


def redis_password(settings: Settings) -> Finding:
    address = urlsplit(settings.redis_url)
    if not settings.redis_url or address.scheme == "unix":
        return good("Redis listens on a socket file of this machine alone")
    if address.password:
        return good("Redis is asked with a password")
    return fix("REDIS_URL has no password: set REDIS_PASSWORD and requirepass")


def log_level(settings: Settings) -> Finding:
    if settings.log_level in ("WARNING", "ERROR"):
        return good(f"LOG_LEVEL={settings.log_level}")
    return look(f"LOG_LEVEL={settings.log_level}: WARNING or ERROR in production")
