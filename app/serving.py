"""Runs the web server: what it looks at before, how it stops."""

import os
import socket
import sys
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

import orjson
import uvicorn
from dotenv import dotenv_values
from fastapi import FastAPI

from app.errors import ConfigurationError
from app.main import create_app
from app.observability.logs import configure_logs, is_readable
from app.prefork import Prefork
from app.settings import Settings
from app.web.sockets import Sockets

RECONNECT = orjson.dumps({"type": "reconnect", "after_ms": 1500}).decode()


class Server(uvicorn.Server):
    """Tells open sockets when to come back before it closes them."""

    def __init__(self, config: uvicorn.Config, sockets: Sockets) -> None:
        super().__init__(config)
        self._open_sockets = sockets

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._open_sockets.announce_restart(RECONNECT)
        await super().shutdown(sockets)


def serve_until_stopped(settings: Settings) -> None:
    """SIGTERM or SIGINT ends it; exits with 1 when it could not start."""
    prepare(settings)
    if settings.api_workers == 1:
        return serve(settings)
    check_shared_stores(settings)
    shared = config_of(settings, "").bind_socket()
    with TemporaryDirectory(prefix="genai-auto-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        sys.exit(Prefork(serve_shared, shared, settings.api_workers).run())


def serve_shared(shared: socket.socket) -> None:
    """One of several processes."""
    settings = Settings()
    prepare(settings)
    serve(settings, [shared])


def serve(settings: Settings, sockets: list[socket.socket] | None = None) -> None:
    app = create_app(settings)
    server = Server(config_of(settings, app), app.state.sockets)
    server.run(sockets)
    if not server.started:
        sys.exit(1)


def prepare(settings: Settings) -> None:
    """What every process looks at before it opens anything."""
    configure_logs(settings.log_level, readable=is_readable(settings.log_format))
    check_data_dir(settings.data_dir)
    pass_on(Path(".env"), "OTEL_", "LANGCHAIN_", "LANGSMITH_")
    tell_langchain(settings)


def config_of(settings: Settings, app: FastAPI | str) -> uvicorn.Config:
    return uvicorn.Config(
        app, host=settings.api_host, port=settings.api_port, log_config=None,
        access_log=False, ws="websockets-sansio", ws_max_size=256 * 1024, ws_ping_interval=20,
        ws_ping_timeout=20, ws_per_message_deflate=False, timeout_graceful_shutdown=25,
        proxy_headers=True, forwarded_allow_ips=settings.trusted_proxies, server_header=False,
    )  # fmt: skip


def check_shared_stores(settings: Settings) -> None:
    """Raises ConfigurationError: private servers belong to one process."""
    if not (settings.database_url and settings.redis_url):
        raise ConfigurationError("API_WORKERS above 1 needs DATABASE_URL and REDIS_URL.")


def check_data_dir(folder: Path) -> None:
    """Raises ConfigurationError when this user may not write there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=folder).close()
    except OSError as refused:
        raise ConfigurationError(
            f"DATA_DIR {folder} cannot be written by user {os.getuid()}: chown it, or name another."
        ) from refused


def pass_on(env_file: Path, *families: str) -> None:
    """Libraries read the environment alone: what stands in `.env` counts for them too, after it;
    what is empty is not given."""
    for name in [name for name in os.environ if name.startswith(families)]:
        if not os.environ[name].strip():
            del os.environ[name]
    for name, value in dotenv_values(env_file).items():
        if name.startswith(families) and value:
            os.environ.setdefault(name, value)


def tell_langchain(settings: Settings) -> None:
    """Our refusals count for LangChain too. Raises ConfigurationError."""
    if settings.langchain_tracing_v2 and not settings.mask_pii:
        raise ConfigurationError("LANGCHAIN_TRACING_V2=true is refused with MASK_PII=false.")
    for name in ("LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2"):  # it looks for both
        os.environ[name] = str(settings.langchain_tracing_v2).lower()
    os.environ["LANGSMITH_TRACING_MODE"] = "langsmith"  # its texts would else be in our traces
    if key := settings.langchain_api_key.get_secret_value():
        os.environ["LANGCHAIN_API_KEY"] = key
