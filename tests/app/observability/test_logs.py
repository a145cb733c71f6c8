"""Lines of libraries, in a process of their own: logging is set up once."""

import subprocess
import sys

import orjson
import pytest

from app.observability.logs import is_readable

CANARY = "zanzibar kumquat"
PROGRAM = f"""
import asyncio, logging, threading, warnings
from app.observability.logs import configure_logs
configure_logs("DEBUG", readable=False)

def break_(): raise ValueError("{CANARY}")

async def never_looked_at():
    async def breaks(): break_()
    task = asyncio.create_task(breaks())
    await asyncio.sleep(0)
    del task

asyncio.run(never_looked_at())
try:
    try: break_()
    except ValueError as broken: raise KeyError("{CANARY}") from broken
except KeyError:
    logging.getLogger("uvicorn.error").exception("Exception in ASGI application\\n")
thread = threading.Thread(target=break_)
thread.start()
thread.join()
logging.getLogger("asyncpg").info("select '{CANARY}'")
logging.getLogger("aiohttp.server").error("Error handling request from %s", "127.0.0.1")
logging.getLogger("uvicorn.error").error(
    "Traceback (most recent call last):\\n  ...\\nOSError: address in use")
warnings.warn("old", DeprecationWarning)
"""


def test_lines_of_libraries_are_json_too_and_tell_no_words_of_exceptions() -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "always::DeprecationWarning:__main__", "-c", PROGRAM],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [orjson.loads(line) for line in ran.stdout.splitlines()]

    assert ran.stderr == ""
    assert CANARY not in ran.stdout
    assert [(line.get("logger"), line["event"]) for line in lines[:-1]] == [
        ("asyncio", "Task exception was never retrieved"),
        ("uvicorn.error", "Exception in ASGI application"),
        (None, "thread_failed"),
        ("aiohttp.server", "Error handling request from 127.0.0.1"),
        ("uvicorn.error", "OSError: address in use"),
    ]
    assert "DeprecationWarning: old" in lines[-1]["event"]
    assert lines[1]["exception"].split("\n")[0] == "builtins.KeyError"
    assert "builtins.ValueError" in lines[1]["exception"]
    assert "in break_" in lines[0]["exception"]
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)


@pytest.mark.parametrize(
    ("said", "at_terminal", "readable"),
    [("", True, True), ("", False, False), ("json", True, False), ("text", False, True)],
)
def test_log_format_decides_and_a_terminal_where_it_is_silent(
    monkeypatch: pytest.MonkeyPatch, said: str, at_terminal: bool, readable: bool
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: at_terminal)
    assert is_readable(said) == readable
