"""One answer while it is being written: batches its text, and can show a newcomer all of it."""

import asyncio
from datetime import UTC, datetime

from agents.events import Progressed, Routed
from agents.language import DEFAULT
from app.chat.books import Books
from app.chat.fanout import Fanout, Interrupt
from app.chat.frames import Frame
from app.chat.turns import Lease, Turns
from app.llm.ledger import Ledger
from app.observability.metrics import FIRST_TOKEN
from app.observability.turn_spans import begin_attempt
from app.privacy.vault import UNFINISHED_PLACEHOLDER

BATCH_SECONDS = 0.025


class LiveAnswer:
    """The first text goes out at once, later text in batches of 25 ms.

    A placeholder is never cut in two, so that the last step can put the real value in its place.
    """

    def __init__(self, lease: Lease, turns: Turns, fanout: Fanout) -> None:
        self.conversation_id = lease.conversation_id
        self.attempt = lease.attempt
        self.text = ""
        self.step: str | None = None
        self.language = DEFAULT
        self.route: Routed | None = None
        self.books = Books(Ledger(lease.turn_id, lease.conversation_id, lease.epoch))
        self.interrupted: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._lease, self._turns, self._fanout = lease, turns, fanout
        self._sent = 0
        self._marked = False
        self._flush_at: asyncio.TimerHandle | None = None
        self._progress: Frame | None = None

    def progress(self, event: Progressed) -> None:
        self.step = event.step
        self._progress = {
            "type": "progress",
            "turn": self._lease.number,
            "step": event.step,
            "message": event.message,
        }
        self._publish(self._progress)

    async def add(self, text: str) -> None:
        """Raises LeaseLost before the first text would leave without the right to."""
        self.text += text
        if not self._marked:
            await self._turns.mark_shown(self._lease)
            self._marked = True
            self.flush()
            waited = datetime.now(UTC) - self._lease.accepted_at
            FIRST_TOKEN.observe(waited.total_seconds())
        elif self._flush_at is None:
            loop = asyncio.get_running_loop()
            self._flush_at = loop.call_later(BATCH_SECONDS, self.flush)

    async def commit(self) -> None:
        """From here on no message joins this turn, though no text was shown. Raises LeaseLost."""
        await self._turns.mark_shown(self._lease)
        self._marked = True

    def flush(self) -> None:
        self.stop_batching()
        unfinished = UNFINISHED_PLACEHOLDER.search(self.text, self._sent)
        end = unfinished.start() if unfinished else len(self.text)
        if end > self._sent:
            self._publish(self._token(self._sent, end))
            self._sent = end

    def stop_batching(self) -> None:
        if self._flush_at is not None:
            self._flush_at.cancel()
            self._flush_at = None

    def reset(self, attempt: int) -> None:
        """Take back what was shown; a new attempt follows."""
        self.stop_batching()
        self.attempt, self.text, self._sent = attempt, "", 0
        begin_attempt(attempt)
        self._publish({"type": "reset", "turn": self._lease.number, "attempt": attempt})

    def snapshot(self) -> list[Frame]:
        shown = [self._token(0, self._sent)] if self._sent else []
        return [*([self._progress] if self._progress else []), *shown]

    def interrupt(self, order: Interrupt) -> None:
        """Obey an order about this turn; one that comes late, about another, is left alone."""
        lease = self._lease
        late = order.reason == "fenced" and order.epoch is not None and order.epoch <= lease.epoch
        if order.turn in (None, lease.number) and not late:
            self.stop(order.reason)

    def stop(self, reason: str) -> None:
        if not self.interrupted.done():
            self.interrupted.set_result(reason)

    def _token(self, start: int, end: int) -> Frame:
        return {
            "type": "token",
            "turn": self._lease.number,
            "attempt": self.attempt,
            "offset": start,
            "token": self.text[start:end],
        }

    def _publish(self, frame: Frame) -> None:
        self._fanout.publish(self._lease.conversation_id, frame)
