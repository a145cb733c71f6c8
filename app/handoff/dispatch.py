"""Sends what is owed: a loop takes deliveries that are due, each is sent in a task of its own."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import structlog

from app.db.engine import DatabaseDown
from app.handoff.addresses import Addresses
from app.handoff.deliveries import Deliveries, Owed
from app.handoff.formats.calls import Event, Receiver
from app.handoff.sealing import Secrets
from app.handoff.sending import SECONDS, Attempt, attempt
from app.privacy.vault import Vault

log = structlog.get_logger()

POLL_SECONDS = 0.5
GRACE_SECONDS = 1.0


class Dispatch:
    """One per process; several share the table. `desk`: address of our desk page, or empty."""

    def __init__(
        self,
        deliveries: Deliveries,
        vault: Vault,
        addresses: Addresses,
        desk: str = "",
        seconds: float = SECONDS,
    ) -> None:
        self._deliveries, self._vault, self._addresses = deliveries, vault, addresses
        self._desk, self._seconds = desk, seconds
        self._tasks: set[asyncio.Task[object]] = set()
        self._wake = asyncio.Event()

    async def work(self) -> None:
        """For ever: look whenever a delivery has ended, and twice a second."""
        while True:
            self._wake.clear()
            await self.deliver_due()
            try:
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
            except TimeoutError:
                continue

    async def deliver_due(self) -> int:
        """Begin with everything that is due and may be sent now; returns how many."""
        taken = await self._deliveries.take()
        for owed in taken:
            task: asyncio.Task[object] = asyncio.create_task(self._send_logged(owed))
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        return len(taken)

    async def deliver_all(self) -> None:
        """Until nothing is due any more: for tests."""
        while await self.deliver_due() or self._tasks:
            await asyncio.gather(*self._tasks)

    async def test(self, endpoint_id: UUID) -> Attempt:
        """Send a test at once. Raises NotFound."""
        return await self._send(await self._deliveries.begin_test(endpoint_id))

    async def close(self) -> None:
        """What cannot be finished in a second is left to its lease."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _send_logged(self, owed: Owed) -> None:
        """Without the store the lease ends by itself, and the delivery is sent again."""
        try:
            await self._send(owed)
        except DatabaseDown:
            log.warning("webhook_not_settled", type=owed.type)

    async def _send(self, owed: Owed) -> Attempt:
        event = Event.of(str(owed.id), owed.body)
        tried = await attempt(
            self._addresses, owed.format, event, self._receiver(owed), self._seconds
        )
        await self._deliveries.settle(owed, tried)
        if tried.problem is not None:
            log.warning(
                "webhook_not_delivered", type=owed.type, endpoint=str(owed.endpoint_id),
                attempt=owed.attempts, problem=tried.problem, status=tried.status,
            )  # fmt: skip
        return tried

    def _receiver(self, owed: Owed) -> Receiver:
        secrets = Secrets.unsealed(self._vault, owed.sealed)
        signing = secrets.holding(owed.former_until, datetime.now(UTC))
        return Receiver(owed.url, signing, secrets.token, owed.options, self._desk)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        self._wake.set()
