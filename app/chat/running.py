"""Works on turns in the background: one worker per conversation, a lease kept while it writes."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from app.chat.fanout import Fanout
from app.chat.live import LiveAnswer
from app.chat.turns import Lease, LeaseLost, Turns
from app.db.engine import DatabaseDown
from app.observability.metrics import TURNS_RUNNING
from app.observability.turn_spans import traced_turn

log = structlog.get_logger()

RENEW_SECONDS = 3.0

Work = Callable[[Lease, LiveAnswer], Awaitable[None]]
Request = str | None


class Runner:
    """Runs `answer` for each turn; `interrupted` when a cancel or a fence has stopped it."""

    def __init__(
        self, turns: Turns, fanout: Fanout, most_at_once: int, answer: Work, interrupted: Work
    ) -> None:
        self.turns, self.fanout = turns, fanout
        self._answer, self._interrupted = answer, interrupted
        self._places = asyncio.Semaphore(most_at_once)
        self._workers: dict[UUID, asyncio.Task[None]] = {}
        self._waiting: dict[UUID, Request] = {}
        self._closing = False

    def work_on(self, conversation_id: UUID) -> None:
        """Answer the conversation's waiting turns in the background, one after the other. Their
        lines in the log carry the id of whichever request asked last."""
        if self._closing:
            return
        self._waiting[conversation_id] = get_contextvars().get("request")
        if conversation_id not in self._workers:
            working = self._work(conversation_id)
            self._workers[conversation_id] = asyncio.create_task(working, context=Context())

    async def close(self, patience: float = 25.0) -> None:
        """Finish running turns; what takes longer is released for another process."""
        self._closing = True
        workers = list(self._workers.values())
        if workers:
            _, late = await asyncio.wait(workers, timeout=patience)
            for worker in late:
                await _stopped(worker)

    async def _work(self, conversation_id: UUID) -> None:
        """Until nobody has asked for this conversation since the last look at its turns."""
        try:
            while conversation_id in self._waiting and not self._closing:
                clear_contextvars()
                asked_by = {"request": r} if (r := self._waiting.pop(conversation_id)) else {}
                bind_contextvars(conversation=str(conversation_id), **asked_by)
                await self._answer_waiting(conversation_id)
        finally:
            self._waiting.pop(conversation_id, None)
            del self._workers[conversation_id]

    async def _answer_waiting(self, conversation_id: UUID) -> None:
        try:
            async with self._places:
                while not self._closing and (lease := await self.turns.claim(conversation_id)):
                    await self._answer_leased(lease)
        except (DatabaseDown, LeaseLost) as given_up:
            # The lease runs out and whoever is alive takes the turn again.
            log.warning("turn_given_up", why=str(given_up))
        except Exception:  # the edge of the workers: seen here or nowhere
            log.exception("turn_worker_failed")

    async def _answer_leased(self, lease: Lease) -> None:
        """Keep the lease while the answer is written; stop when it is cancelled or fenced."""
        with traced_turn(lease):
            await self._answer_traced(lease)

    async def _answer_traced(self, lease: Lease) -> None:
        live = LiveAnswer(lease, self.turns, self.fanout)
        self.fanout.live[lease.conversation_id] = live
        TURNS_RUNNING.inc()
        renewing = asyncio.create_task(self._keep(lease, live))
        writing = asyncio.ensure_future(self._answer(lease, live))
        try:
            either: set[asyncio.Future[Any]] = {writing, live.interrupted}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not writing.done():
                await _stopped(writing)
                await self._interrupted(lease, live)
            elif (failure := writing.exception()) and not isinstance(failure, LeaseLost):
                raise failure
        except asyncio.CancelledError:
            await self.turns.release(lease)
            raise
        finally:
            live.stop_batching()
            await _stopped(renewing)
            await _stopped(writing)
            del self.fanout.live[lease.conversation_id]
            TURNS_RUNNING.dec()

    async def _keep(self, lease: Lease, live: LiveAnswer) -> None:
        """Renew the lease every 3 s; a lost one, or a cancel heard late, interrupts the answer."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                if await self.turns.renew(lease, live.step):
                    live.stop("cancelled")
            except LeaseLost:
                live.stop("fenced")
            except (DatabaseDown, TimeoutError, asyncpg.PostgresError) as failed:
                # The next round may succeed, or the lease runs out.
                log.warning("lease_not_renewed", kind=type(failed).__name__)


async def _stopped(task: asyncio.Future[None]) -> None:
    """Cancel a task and wait until it is over; its failure was or will be seen elsewhere."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
