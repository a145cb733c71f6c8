"""Thumbs on answers, with a reason; the owner may change them."""

from uuid import UUID

from app.accounts.identity import Identity
from app.db.engine import Database
from app.errors import NotFound
from app.handoff.deliveries import Deliveries
from app.observability.metrics import FEEDBACK
from app.privacy.masking import Masker
from app.privacy.vault import Vault


class FeedbackBox:
    """Stores what customers think of answers."""

    def __init__(
        self, database: Database, masker: Masker, vault: Vault, deliveries: Deliveries
    ) -> None:
        self._database, self._masker, self._vault = database, masker, vault
        self._deliveries = deliveries

    async def rate(
        self,
        identity: Identity,
        message_id: UUID,
        rating: str,
        reason: str | None,
        comment: str | None,
    ) -> None:
        """`rating` is up or down; the comment is masked like a message. Raises NotFound."""
        found = await self._masker.find(comment or "", identity.known)
        async with self._database.transaction() as db:
            conversation_id = await db.fetchval(
                """
                select c.id from conversations as c join messages as m on m.conversation_id = c.id
                where (c.customer_id = $1 or c.guest_id = $2) and m.id = $3
                  and m.author = 'assistant' for update of c
                """,
                identity.owner.customer_id, identity.owner.guest_id, message_id,
            )  # fmt: skip
            if conversation_id is None:
                raise NotFound
            masked = await self._vault.mask(db, conversation_id, comment or "", found) or None
            is_news = await db.fetchval(
                """
                insert into feedback (message_id, rating, reason, comment) values ($1, $2, $3, $4)
                on conflict (message_id) do update
                set rating = excluded.rating, reason = excluded.reason, comment = excluded.comment
                where (feedback.rating, feedback.reason, feedback.comment)
                  is distinct from (excluded.rating, excluded.reason, excluded.comment)
                returning true
                """,
                message_id, rating, reason, masked,
            )  # fmt: skip
            if is_news:
                data = {
                    "kind": "answer", "conversation_id": conversation_id, "message_id": message_id,
                    "rating": rating, "reason": reason, "comment": masked,
                }  # fmt: skip
                await self._deliveries.owe(
                    db, "feedback.created", data, conversation_id=conversation_id
                )
        if is_news:
            FEEDBACK.labels(sentiment="positive" if rating == "up" else "negative").inc()
