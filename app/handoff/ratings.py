"""How a customer found the help of a person: one rating per resolved handoff."""

from uuid import UUID

from asyncpg import Record

from app.accounts.identity import Identity
from app.db.engine import Connection, Database
from app.errors import Conflict, NotFound
from app.handoff.deliveries import Deliveries
from app.privacy.masking import Masker
from app.privacy.vault import Vault


class TooLateToRate(Conflict):
    """A rating can be given, and changed, for seven days."""


class Ratings:
    """Stored with its handoff; the first one is told to the dealer's other systems."""

    def __init__(
        self, database: Database, deliveries: Deliveries, masker: Masker, vault: Vault
    ) -> None:
        self._database, self._deliveries = database, deliveries
        self._masker, self._vault = masker, vault

    async def rate(
        self, identity: Identity, reference: str, rating: int, comment: str | None
    ) -> None:
        """By the conversation's owner. Raises NotFound, TooLateToRate, MaskingFailed."""
        found = await self._masker.find(comment or "", identity.known)
        owner = identity.owner
        async with self._database.transaction() as db:
            row = await db.fetchrow(OWNED, owner.customer_id, owner.guest_id, reference)
            if row is None:
                raise NotFound
            if row["too_late"]:
                raise TooLateToRate
            masked = await self._vault.mask(db, row["conversation_id"], comment or "", found)
            await db.execute(
                "update handoffs set rating = $2, rating_comment = $3,"
                " rated_at = clock_timestamp() where id = $1",
                row["id"], rating, masked or None,
            )  # fmt: skip
            if row["rating"] is None:
                await self._tell(db, row, rating, masked)

    async def _tell(self, db: Connection, row: Record, rating: int, comment: str) -> None:
        ids = {key: str(row[key]) for key in ("id", "conversation_id")}
        told = {"kind": "rating", "handoff": ids["id"], "reference": row["reference"],
                "conversation_id": ids["conversation_id"], "rating": rating,
                "comment": comment or None}  # fmt: skip
        await self._deliveries.owe(
            db, "feedback.created", told, conversation_id=UUID(ids["conversation_id"]),
            handoff_id=UUID(ids["id"]),
        )  # fmt: skip


OWNED = """
select h.id, h.reference, h.conversation_id, h.rating,
  h.resolved_at < clock_timestamp() - interval '7 days' as too_late
from conversations as c join handoffs as h on h.conversation_id = c.id
where (c.customer_id = $1 or c.guest_id = $2) and h.reference = $3 and h.state = 'resolved'
for update of c, h
"""
