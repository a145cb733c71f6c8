"""PostgreSQL and Redis of the test run, which a test may stop and start again."""

from collections.abc import Callable
from contextlib import AbstractContextManager


class Store:
    """A private server that keeps its address over a restart."""

    def __init__(self, opened: Callable[[], AbstractContextManager[str]]) -> None:
        self._opened = opened
        self._running: AbstractContextManager[str] | None = None
        self.url = ""

    def start(self) -> None:
        running = self._opened()
        url = running.__enter__()
        assert self.url in ("", url)
        self._running, self.url = running, url

    def stop(self) -> None:
        if self._running is not None:
            self._running.__exit__(None, None, None)
            self._running = None
