"""What everything else stands on: servers, the vault, the calendar. Opened first, closed last."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp
from redis.asyncio import Redis

from agents.dealership import Dealership
from app.connections import http_client, open_database, open_redis, redis_client
from app.db.engine import Database
from app.dealership.opening import open_dealership
from app.llm.embedders import BundledEmbedder
from app.observability.tracing import tracing
from app.outbox import Outbox
from app.privacy.masking import Masker
from app.privacy.rotation import check_keys
from app.privacy.vault import Vault
from app.senders import open_sender
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Ground:
    """`quick` is a client of the same Redis that gives up soon, for what can be done without."""

    settings: Settings
    database: Database
    redis: Redis
    redis_url: str
    quick: Redis
    http: aiohttp.ClientSession
    bundled: BundledEmbedder
    masker: Masker
    vault: Vault
    outbox: Outbox
    dealership: Dealership


async def open_ground(settings: Settings, stack: AsyncExitStack) -> Ground:
    """Start or connect to the servers, bring the schema up to date, check the keys."""
    await stack.enter_async_context(tracing())
    database = await open_database(settings, stack)
    client, redis_url = await open_redis(settings, stack)
    http = await stack.enter_async_context(http_client())
    quick = redis_client(redis_url, socket_timeout=0.25)
    stack.push_async_callback(quick.aclose)
    vault = Vault(database, settings.vault_key, settings.old_vault_keys)
    await check_keys(database, vault.keys)
    return Ground(
        settings=settings,
        database=database,
        redis=client,
        redis_url=redis_url,
        quick=quick,
        http=http,
        bundled=BundledEmbedder(settings.data_dir / "models"),
        masker=Masker(settings.mask_pii, settings.pii_nlp_model),
        vault=vault,
        outbox=Outbox(database, vault, open_sender(settings, http)),
        dealership=open_dealership(settings, database, http),
    )
