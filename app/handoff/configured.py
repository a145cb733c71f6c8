"""The endpoint of the settings: HUMAN_SUPPORT_WEBHOOK as a row, kept in step at every start."""

from dataclasses import dataclass

import asyncpg
import structlog

from app.db.engine import Connection, Database
from app.errors import ConfigurationError
from app.handoff.addresses import Addresses, RefusedAddress
from app.handoff.deliveries import bury
from app.handoff.events import EVENT_TYPES
from app.handoff.sealing import Secrets
from app.handoff.signing import BadSecret, key_of
from app.privacy.vault import Vault

log = structlog.get_logger()

NAME = "Human support"
EVENTS = [each for each in EVENT_TYPES if each.startswith("handoff.")]


@dataclass(frozen=True, slots=True)
class Configured:
    """What the settings say: a URL, and a secret unless one is to be minted."""

    url: str
    secret: str = ""


async def keep_in_step(
    database: Database, vault: Vault, addresses: Addresses, wanted: Configured | None
) -> None:
    """Raises ConfigurationError for what can never work."""
    if wanted is not None:
        await _check(addresses, wanted)
    async with database.transaction() as db:
        await db.execute("select pg_advisory_xact_lock(hashtext('webhook_endpoints'))")
        row = await db.fetchrow(FIND)
        if wanted is None:
            await _disable(db, row)
        elif row is None:
            await _insert(db, vault, wanted)
        else:
            await _update(db, vault, addresses, row, wanted)


async def _check(addresses: Addresses, wanted: Configured) -> None:
    """A name that cannot be resolved today may be tomorrow: it is only told."""
    try:
        if wanted.secret:
            key_of(wanted.secret)
        place = addresses.read(wanted.url)
    except BadSecret as bad:
        raise ConfigurationError(f"HUMAN_SUPPORT_WEBHOOK_SECRET: {bad.detail}") from bad
    except RefusedAddress as refused:
        raise ConfigurationError(f"HUMAN_SUPPORT_WEBHOOK: {refused.detail}") from refused
    try:
        await addresses.check(place)
    except RefusedAddress as refused:
        log.warning("human_support_webhook_unreachable", why=refused.detail)


async def _disable(db: Connection, row: asyncpg.Record | None) -> None:
    if row is not None:
        await db.execute(DISABLE, row["id"])
        await bury(db, row["id"], "disabled")


async def _insert(db: Connection, vault: Vault, wanted: Configured) -> None:
    secrets = Secrets(wanted.secret) if wanted.secret else Secrets.new()
    await db.execute(
        INSERT, NAME, wanted.url, EVENTS, secrets.sealed(vault), vault.key_id, not wanted.secret
    )


async def _update(
    db: Connection, vault: Vault, addresses: Addresses, row: asyncpg.Record, wanted: Configured
) -> None:
    """Another host gets another secret; a secret that was changed signs beside its former one."""
    secrets, is_minted = Secrets.unsealed(vault, row["sealed"]), False
    moved = addresses.are_apart(row["url"], wanted.url)
    if moved:
        is_minted = not wanted.secret
        secrets = Secrets(wanted.secret) if wanted.secret else Secrets.new()
    elif wanted.secret and wanted.secret != secrets.secret:
        secrets = Secrets(wanted.secret, secrets.secret, secrets.token)
        await db.execute(FORMER, row["id"])
    await db.execute(
        UPDATE, row["id"], wanted.url, secrets.sealed(vault), vault.key_id, moved, is_minted,
        bool(wanted.secret),
    )  # fmt: skip


FIND = "select * from webhook_endpoints where origin = 'settings' for no key update"
DISABLE = """
update webhook_endpoints set enabled = false, disabled_why = 'settings' where id = $1
"""
INSERT = """
insert into webhook_endpoints (name, url, format, events, origin, sealed, key_id, secret_unread)
values ($1, $2, 'generic', $3, 'settings', $4, $5, $6)
"""
FORMER = """
update webhook_endpoints set former_until = clock_timestamp() + interval '24 hours' where id = $1
"""
# What an admin disabled stays so; what is gone comes back with another URL.
UPDATE = """
update webhook_endpoints set url = $2, sealed = $3, key_id = $4,
  former_until = case when $5 then null else former_until end,
  secret_unread = ($6 or (secret_unread and not $5)) and not $7,
  enabled = enabled or disabled_why = 'settings' or (disabled_why = 'gone' and url <> $2),
  disabled_why = case when disabled_why = 'settings' or (disabled_why = 'gone' and url <> $2)
    then null else disabled_why end
where id = $1
"""
