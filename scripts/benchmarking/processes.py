"""Starts what is measured, one process on one core, and reads its CPU time and memory."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Running:
    """A server process under measurement."""

    pid: int
    port: int
    started_in: float

    @property
    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    @property
    def memory_mb(self) -> float:
        """Proportional set size of the process."""
        rollup = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        pss = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
        return int(pss.split()[1]) / 1024


@contextmanager
def running(
    command: list[str], port: int, environment: dict[str, str], folder: Path
) -> Iterator[Running]:
    """On core 0 where there are two, ready to serve, stopped on leaving."""
    begun = time.monotonic()
    with (folder / "bench.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=folder, stdout=log, stderr=log,
            env={**os.environ, **environment, "API_PORT": str(port)},
        )  # fmt: skip
    try:
        pin(process.pid, 0)
        wait_until_ready(process, port)
        yield Running(process.pid, port, time.monotonic() - begun)
    finally:
        process.terminate()
        process.wait(40)


def pin(pid: int, core: int) -> None:
    """The measured server alone on one core, load and LLM on the other."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {core})


def wait_until_ready(process: subprocess.Popen[bytes], port: int, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("The server under measurement ended; see bench.log.")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2)
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    raise TimeoutError("The server under measurement did not become ready.")
