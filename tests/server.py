"""The product as a process of its own, as a user runs it; and a WebSocket client for it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import websockets
from websockets.asyncio.client import ClientConnection

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ForkServer:
    """See `tests.forkserver`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forkserver"], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._answer()

    def fork(
        self, folder: Path, log: Path, environment: dict[str, str], *arguments: str,
        out: Path | None = None,
    ) -> "Forked":  # fmt: skip
        """`genai-auto ARGUMENTS`; what it prints goes to `out`, or to its log too."""
        assert self._process.stdin is not None
        order = {
            "folder": str(folder), "log": str(log), "out": str(out or log),
            "environment": environment, "arguments": arguments,
        }  # fmt: skip
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return Forked(int(self._answer()))

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        self._process.communicate(timeout=10)


class Forked:
    """A grandchild process, with as much of Popen as is needed."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        return None if Path(f"/proc/{self.pid}").exists() else 0

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self, timeout: float = 10) -> int:
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"process {self.pid} lives on")
            time.sleep(0.005)
        return 0


class Server:
    """`genai-auto serve` with these environment variables; killed or stopped like any process."""

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        forks: ForkServer | None = None,
        **environment: str,
    ) -> None:
        self.forks = forks
        self.port = port or free_port()
        self.folder = folder
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.endswith("_API_KEY")},
            "PYTHONPATH": str(ROOT),
            "API_PORT": str(self.port),
            "DATA_DIR": str(folder / "data"),
            "DEMO_DATA": "false",
            "LLM_PROVIDER": "offline",
            "CACHE_ENABLED": "false",  # or one test would get the answers of another
            "RATE_LIMIT_MESSAGES": "100000/minute",
            "RATE_LIMIT_ADDRESS": "100000/minute",
            "RATE_LIMIT_MESSAGES_ADDRESS": "100000/minute",
            "RATE_LIMIT_AUTH": "100000/minute",
            **environment,
        }
        self.process: subprocess.Popen[bytes] | Forked | None = None
        self.log_path = folder / f"server-{self.port}.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self.log_path.read_text() if self.log_path.exists() else ""

    def launch(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.forks is not None:
            self.process = self.forks.fork(self.folder, self.log_path, self.environment, "serve")
            return
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "serve"],
                cwd=self.folder, env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip

    async def start(self, patience: float = 90.0) -> "Server":
        self.launch()
        await self.until_ready(patience)
        return self

    async def until_ready(self, patience: float = 90.0) -> None:
        async with aiohttp.ClientSession() as http, asyncio.timeout(patience):
            while True:
                assert self.process is not None
                assert self.process.poll() is None, self.log
                try:
                    async with http.get(f"{self.url}/health/ready") as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        """kill -9: no goodbye."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        return self.process.wait(40)

    def socket_url(self, session_id: str, query: str = "") -> str:
        return f"ws://127.0.0.1:{self.port}/ws/{session_id}{query}"

    @asynccontextmanager
    async def client(
        self, session_id: str | None = None, token: str | None = None, query: str = ""
    ) -> AsyncIterator["Client"]:
        """A bare WebSocket client; with a token it is that guest or customer."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        word = session_id or f"test-{uuid.uuid4().hex[:8]}"
        async with websockets.connect(
            self.socket_url(word, query), additional_headers=headers, max_size=None
        ) as connection:
            client = Client(connection)
            client.session = await client.next()
            yield client


class Client:
    """Frames in and out; everything received is kept."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.session: dict[str, Any] = {}
        self.received: list[dict[str, Any]] = []

    @property
    def token(self) -> str:
        return str(self.session["guest_token"])

    async def send(self, **frame: Any) -> None:
        await self.connection.send(orjson.dumps(frame).decode())

    async def say(self, text: str, client_message_id: str | None = None) -> None:
        await self.send(
            type="message", message=text, client_message_id=client_message_id or uuid.uuid4().hex
        )

    async def next(self, seconds: float = 20.0) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            frame: dict[str, Any] = orjson.loads(await self.connection.recv())
        self.received.append(frame)
        return frame

    async def until(self, kind: str, seconds: float = 30.0) -> dict[str, Any]:
        """The next frame of this type."""
        async with asyncio.timeout(seconds):
            while True:
                frame = await self.next(seconds)
                if frame["type"] == kind:
                    return frame

    async def ask(self, text: str, seconds: float = 30.0) -> dict[str, Any]:
        """Say it and wait for the whole answer."""
        await self.say(text)
        return await self.until("complete", seconds)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.received if frame["type"] == kind]
