"""The compose files under podman, with stand-ins for the images of a registry."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.server import ROOT

IMAGES = Path(__file__).parent / "images"
COMPOSE = ROOT / ".tools" / "rehearsal" / "bin" / "podman-compose"
STAND_INS = {
    "base": "localhost/rehearsal:base",
    "postgres": "docker.io/pgvector/pgvector:pg16",
    "redis": "docker.io/library/redis:7.4-alpine",
    "prometheus": "docker.io/prom/prometheus:v3.5.0",
    "alertmanager": "docker.io/prom/alertmanager:v0.28.1",
}
PYTHON = "docker.io/library/python:3.12.12-slim-bookworm"
PRODUCT = "genai-auto-api:local"
# The certificates of this machine, should its way out need them.
BUILD = ("build", "--quiet", "--network=host", "--volume=/etc/ssl/certs:/etc/ssl/certs:ro")


def run(*command: str | Path, folder: Path = ROOT, check: bool = True) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0 or not check, f"{command}: {done.stderr[-2000:]}"
    return done.stdout.strip()


def build_images() -> None:
    """The stand-ins under the very names the compose files pin, and the product by its own file."""
    for name, tag in STAND_INS.items():
        run("podman", *BUILD, "--file", f"{name}.Dockerfile", "--tag", tag, ".", folder=IMAGES)
    run("podman", "tag", STAND_INS["base"], PYTHON)
    run("podman", *BUILD, "--tag", PRODUCT, ".")


def is_healthy(container: str) -> bool:
    check = ["podman", "healthcheck", "run", container]
    return subprocess.run(check, capture_output=True).returncode == 0


class Stack:
    """A copy of what compose reads, in a folder of its own."""

    def __init__(self, folder: Path, files: Sequence[str], **environment: str) -> None:
        self.folder = folder
        self._files = [f"--file={Path(name).name}" for name in files]
        for name in ("prometheus", "alertmanager", "grafana", "scripts"):
            shutil.copytree(ROOT / name, folder / name)
        for name in files:
            shutil.copy(ROOT / name, folder / Path(name).name)
        (folder / ".env").write_text("".join(f"{k}={v}\n" for k, v in environment.items()))
        data = folder / "data"
        data.mkdir()
        os.chown(data, 10001, 10001)

    def up(self, *services: str, **replicas: int) -> None:
        scaled = [f"--scale={name}={count}" for name, count in replicas.items()]
        self._compose("up", "-d", "--no-build", *scaled, *services)

    def down(self) -> None:
        """The scaled ones too, which podman-compose forgets."""
        run("podman", "rm", "--force", "--depend", "--time=5", *self.containers("genai"))
        self._compose("down", "--volumes")

    def containers(self, of: str) -> list[str]:
        found = run("podman", "ps", "--all", f"--filter=name={of}", "--format={{.Names}}")
        return sorted(found.split())

    def address(self, container: str) -> str:
        shown = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        return run("podman", "inspect", f"--format={shown}", container)

    async def until_healthy(self, *containers: str, seconds: float = 300) -> None:
        """By the checks of the compose files, which nobody runs here by himself."""
        async with asyncio.timeout(seconds):
            for name in containers:
                while not is_healthy(name):
                    await asyncio.sleep(1)

    def _compose(self, *command: str) -> None:
        run(COMPOSE, *self._files, *command, folder=self.folder)
