"""Webhooks as one: what is owed, to whom, by whom it is sent, and what came in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.db.engine import Database
from app.handoff.addresses import Addresses
from app.handoff.configured import Configured, keep_in_step
from app.handoff.deliveries import Deliveries
from app.handoff.delivery_log import DeliveryLog
from app.handoff.dispatch import Dispatch
from app.handoff.endpoints import Endpoints
from app.handoff.received import ReceivedCalls
from app.privacy.vault import Vault


@dataclass(frozen=True, slots=True)
class Webhooks:
    """One per process."""

    deliveries: Deliveries
    log: DeliveryLog
    endpoints: Endpoints
    dispatch: Dispatch
    received: ReceivedCalls


@asynccontextmanager
async def open_webhooks(
    database: Database, vault: Vault, addresses: Addresses, support: Configured | None, desk: str
) -> AsyncIterator[Webhooks]:
    """With the endpoint of the settings in step. `desk`: address of our desk page, or empty."""
    await keep_in_step(database, vault, addresses, support)
    deliveries = Deliveries(database)
    dispatch = Dispatch(deliveries, vault, addresses, desk)
    try:
        yield Webhooks(
            deliveries=deliveries,
            log=DeliveryLog(database),
            endpoints=Endpoints(
                database, vault, addresses, fixed_secret=bool(support and support.secret)
            ),
            dispatch=dispatch,
            received=ReceivedCalls(database, vault),
        )
    finally:
        await dispatch.close()
