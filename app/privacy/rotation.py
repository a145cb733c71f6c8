"""Rotation: everything sealed with an older key is sealed again with the present one, in batches.

May be stopped at any moment and started again; several at once share the work.
"""

from collections.abc import AsyncIterator
from typing import Any

from app.db.engine import Connection, Database
from app.errors import ConfigurationError
from app.privacy.keys import KeyRing
from app.privacy.vault import KINDS, OUTSIDE

BATCH = 200
WAITING = """
select {columns} from {table} where key_id <> $1 and {sealed} <> ''
order by id limit {batch} for update skip locked
"""
KEYS_IN_USE = """
select key_id, sum(number)::int as number from (
  select key_id, count(*) as number from personal_values group by key_id
  union all select key_id, count(*) from contacts group by key_id
  union all select key_id, count(*) from outbox_messages where sealed <> '' and key_id <> ''
    group by key_id
  union all select key_id, count(*) from webhook_endpoints group by key_id) as used
group by key_id order by key_id
"""
REMAINING = """
select (select count(*) from personal_values where key_id <> $1)
  + (select count(*) from contacts where key_id <> $1)
  + (select count(*) from outbox_messages where key_id <> $1 and sealed <> '')
  + (select count(*) from webhook_endpoints where key_id <> $1)
"""


async def check_keys(database: Database, keys: KeyRing) -> None:
    """Raises ConfigurationError when something is sealed with a key that is not given."""
    async with database.connection() as db:
        rows = await db.fetch(KEYS_IN_USE)
    for row in rows:
        if row["key_id"] not in keys.ids:
            raise ConfigurationError(
                f"{row['number']} personal values are sealed with key {row['key_id']}, which is"
                " neither ENCRYPTION_KEY nor in ENCRYPTION_KEYS_OLD. Give the key they were sealed"
                " with (DATA_DIR/secrets/encryption_key, if none was set) in ENCRYPTION_KEYS_OLD."
            )


class Rotation:
    """Re-seals personal values, contacts, messages to customers and secrets of webhooks."""

    def __init__(self, database: Database, keys: KeyRing) -> None:
        self._database, self._keys = database, keys

    async def remaining(self) -> int:
        """Values under an older key."""
        async with self._database.connection() as db:
            return int(await db.fetchval(REMAINING, self._keys.present.id))

    async def run(self) -> AsyncIterator[int]:
        """How many were sealed again, batch by batch. Raises UnknownKey."""
        for reseal in (self._values, self._contacts, self._letters, self._endpoints):
            done = BATCH
            while done == BATCH:
                async with self._database.transaction() as db:
                    done = await reseal(db)
                if done:
                    yield done

    async def _values(self, db: Connection) -> int:
        rows = await self._waiting(
            db, "personal_values", "ciphertext", "id, conversation_id as owner, kind"
        )
        return await self._store(db, "personal_values", rows)

    async def _contacts(self, db: Connection) -> int:
        rows = await self._waiting(
            db, "contacts", "ciphertext", "id, customer_id as owner, channel"
        )
        return await self._store(
            db, "contacts", [{**row, "kind": KINDS[row["channel"]]} for row in rows]
        )

    async def _letters(self, db: Connection) -> int:
        return await self._nobodys(db, "outbox_messages")

    async def _endpoints(self, db: Connection) -> int:
        return await self._nobodys(db, "webhook_endpoints")

    async def _nobodys(self, db: Connection, table: str) -> int:
        """What is sealed outside any conversation."""
        rows = await self._waiting(db, table, "sealed", "id")
        key = self._keys.present
        await db.executemany(
            f"update {table} set sealed = $2, key_id = $3 where id = $1",
            [
                (row["id"], key.seal(self._keys.open(row["sealed"], OUTSIDE), OUTSIDE), key.id)
                for row in rows
            ],
        )
        return len(rows)

    async def _waiting(
        self, db: Connection, table: str, sealed: str, columns: str
    ) -> list[dict[str, Any]]:
        statement = WAITING.format(
            columns=f"{columns}, {sealed}, key_id", table=table, sealed=sealed, batch=BATCH
        )
        return [dict(row) for row in await db.fetch(statement, self._keys.present.id)]

    async def _store(self, db: Connection, table: str, rows: list[dict[str, Any]]) -> int:
        """Sealed and found under the present key."""
        key = self._keys.present
        changed = []
        for row in rows:
            owner = row["owner"].bytes
            value = self._keys.open(row["ciphertext"], owner, row["key_id"])
            sealed, found = key.seal(value, owner), key.fingerprint(row["kind"], value)
            changed.append((row["id"], sealed, found, key.id))
        await db.executemany(
            f"update {table} set ciphertext = $2, fingerprint = $3, key_id = $4 where id = $1",
            changed,
        )
        return len(rows)
