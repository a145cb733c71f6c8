"""Runs the web server: what it looks at before, how it stops."""

import os
import socket
import sys
from pathlib import Path
from tempfile import TemporaryFile

import orjson
import uvicorn
from dotenv import dotenv_values

from app.errors import ConfigurationError
from app.main import create_app
from app.observability.logs import configure_logs
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
    configure_logs(settings.log_level, readable=sys.stderr.isatty())
    check_data_dir(settings.data_dir)
    pass_on(Path(".env"), "OTEL_", "LANGCHAIN_", "LANGSMITH_")
    tell_langchain(settings)
    app = create_app(settings)
    config = uvicorn.Config(
        app, host=settings.api_host, port=settings.api_port, log_config=None, access_log=False,
        ws="websockets-sansio", ws_max_size=256 * 1024, ws_ping_interval=20, ws_ping_timeout=20,
        ws_per_message_deflate=False, timeout_graceful_shutdown=25, proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies, server_header=False,
    )  # fmt: skip
    server = Server(config, app.state.sockets)
    server.run()
    if not server.started:
        sys.exit(1)


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
