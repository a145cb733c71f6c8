"""Background loops, inside the api service: abandoned turns, missed events, ingestion, upkeep."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from app.health import states
from app.observability.metrics import DEPENDENCY_UP, POOL_IN_USE, WORKER_FAILURES
from app.observability.process import watch_loop
from app.observability.zeroes import begin_at_zero
from app.services import Services

log = structlog.get_logger()

Loop = tuple[Callable[[], Awaitable[object]], float]
"""The work of one round, and the seconds between two."""


@asynccontextmanager
async def running_workers(services: Services) -> AsyncIterator[None]:
    """Run every loop until the block is left; with RUN_WORKERS=false only what chats need."""
    wanted = for_chats(services) + (upkeep(services) if services.settings.run_workers else ())
    begin_at_zero(services.model_name)
    loops = [asyncio.create_task(watch_loop())]
    loops += [asyncio.create_task(repeat(work, seconds)) for work, seconds in wanted]
    try:
        yield
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


def for_chats(services: Services) -> tuple[Loop, ...]:
    """What every process does that has sockets."""
    return (
        (lambda: take_abandoned_turns(services), 1.0),
        (lambda: rescue_followers(services), 2.0),
        (lambda: watch_dependencies(services), 10.0),
    )


def upkeep(services: Services) -> tuple[Loop, ...]:
    """What one process may do for all; leases in PostgreSQL let several share it."""
    return (
        (lambda: ingest_documents(services), 1.0),
        (lambda: services.outbox.deliver_due(), 2.0),
        (lambda: services.desk.cases.expire_old(), 60.0),
        (lambda: services.handoffs.set_gauges(), 15.0),
        (lambda: services.calls.give_up(), 30.0),
        (lambda: services.outcomes.judge(), 10.0),
        (lambda: services.outcomes.set_gauges(), 10.0),
        (lambda: services.webhooks.dispatch.work(), 1.0),
        (lambda: services.webhooks.deliveries.watch(), 15.0),
        (lambda: learn_outcomes(services), 10.0),
        (lambda: services.reminders.owe_due(), 300.0),
        (lambda: services.logins.forget_expired(), 3600.0),
        (lambda: forget_old_answers(services), 600.0),
        (lambda: services.rights.retention.sweep(), 3600.0),
    )


async def repeat(work: Callable[[], Awaitable[object]], seconds: float) -> None:
    """A loop outlives what goes wrong in one round of it."""
    while True:
        try:
            await work()
        except Exception as failed:
            WORKER_FAILURES.inc()
            log.warning("worker_round_failed", kind=type(failed).__name__, exc_info=failed)
        await asyncio.sleep(seconds)


async def take_abandoned_turns(services: Services) -> None:
    """Turns whose process died, or that nobody took."""
    for conversation_id in await services.turns.abandoned():
        services.turn_taker.runner.work_on(conversation_id)


async def rescue_followers(services: Services) -> None:
    """Followers learn of stored events even when Redis carries nothing."""
    followed = services.fanout.followed()
    if followed:
        for conversation_id, seq in (await services.conversations.newest_seqs(followed)).items():
            services.fanout.poke(conversation_id, seq)


async def ingest_documents(services: Services) -> None:
    """Every waiting upload, one after the other."""
    while await services.knowledge.ingestion.run_next():
        pass


async def learn_outcomes(services: Services) -> None:
    """Writes to the calendar whose answer was lost: what became of them is told on their card."""
    for conversation_id, card_id, since in await services.actions.unknown():
        frame = await services.actions.look_again(conversation_id, card_id, since)
        if frame is not None:
            services.fanout.publish(conversation_id, frame)


async def watch_dependencies(services: Services) -> None:
    """What the process stands on, for the alerts."""
    POOL_IN_USE.set(services.database.lent)
    for name, state in (await states(services)).items():
        DEPENDENCY_UP.labels(dependency=name).set(0 if state == "unreachable" else 1)


async def forget_old_answers(services: Services) -> None:
    if services.answers is not None:
        await services.answers.forget_old()
