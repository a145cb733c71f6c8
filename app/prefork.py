"""Several processes that serve one port, as API_WORKERS asks for."""

import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from multiprocessing.context import SpawnProcess

import structlog
from prometheus_client import multiprocess

log = structlog.get_logger()

SPAWN = multiprocessing.get_context("spawn")
LOOK_SECONDS = 0.5
COULD_NOT_START = 1

Serve = Callable[[socket.socket], None]


class Prefork:
    """Starts `count` processes that run `serve`, a function of a module; one that dies is
    replaced, one that cannot start ends them all."""

    def __init__(self, serve: Serve, shared: socket.socket, count: int) -> None:
        self._serve, self._shared, self._count = serve, shared, count
        self._stopping = threading.Event()
        self._workers: list[SpawnProcess] = []

    def run(self) -> int:
        """Until SIGTERM or SIGINT; the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        self._workers = [self._started() for _ in range(self._count)]
        failed = False
        while not failed and not self._stopping.wait(LOOK_SECONDS):
            failed = self._look()
        for worker in self._workers:
            worker.terminate()
        for worker in self._workers:
            worker.join()
        return COULD_NOT_START if failed else 0

    def _started(self) -> SpawnProcess:
        worker = SPAWN.Process(target=work, args=(self._serve, self._shared))
        worker.start()
        return worker

    def _look(self) -> bool:
        """Whether one of them could not start."""
        for number, worker in enumerate(self._workers):
            if worker.is_alive():
                continue
            if worker.exitcode == COULD_NOT_START:
                return True
            log.warning("worker_replaced", process=worker.pid, exit=worker.exitcode)
            multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
            self._workers[number] = self._started()
        return False


def work(serve: Serve, shared: socket.socket) -> None:
    """One process's life; it does not outlive the one that started it."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    serve(shared)


def end_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
