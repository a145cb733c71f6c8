"""Staff look at one personal value, for a reason, and an audit entry tells of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.accounts.identity import Owner
from app.audit import record
from app.db.engine import Database
from app.errors import NotFound
from app.privacy.masking import Masker, masked_for_good
from app.privacy.vault import Vault
from app.rights.scope import find_customers


@dataclass(frozen=True, slots=True)
class Revealed:
    """One value; `kind` is the placeholder's word, such as EMAIL."""

    placeholder: str
    kind: str
    value: str


class Reveal:
    """The one way in which staff see what a placeholder stands for."""

    def __init__(self, database: Database, vault: Vault, masker: Masker) -> None:
        self._database, self._vault, self._masker = database, vault, masker

    async def reveal(
        self, actor: str, conversation: UUID, placeholder: str, reason: str
    ) -> Revealed:
        """Entry and value in one transaction. Raises NotFound, also for a value that was erased;
        MaskingFailed."""
        values = await self._vault.values(conversation)
        if placeholder not in values:
            raise NotFound
        told = await self.masked_reason(reason, values)
        kind = placeholder[1:].rpartition("_")[0]
        async with self._database.transaction() as db:
            value = await self._vault.read(db, conversation, placeholder)
            if value is None:
                raise NotFound
            await record(
                db, actor, "value_revealed", f"conversation:{conversation}",
                {"placeholder": placeholder, "kind": kind, "reason": told},
            )  # fmt: skip
        return Revealed(placeholder, kind, value)

    async def find_customers(self, actor: str, address: str) -> list[UUID]:
        """Whose address or number this is; who looked for whom is noted."""
        async with self._database.transaction() as db:
            found = await find_customers(db, self._vault, address)
            for customer in found:
                await record(db, actor, "customer_found", Owner.customer(customer).key)
        return found

    async def note_export(self, actor: str, owner: Owner, reason: str) -> None:
        """That an admin was given all of somebody's data."""
        told = await self.masked_reason(reason)
        async with self._database.transaction() as db:
            await record(db, actor, "data_exported", owner.key, {"reason": told})

    async def masked_reason(self, reason: str, values: Mapping[str, str] | None = None) -> str:
        """As it is kept: staff may name in it what they are asked to protect. Values of the
        conversation become their placeholders. Raises MaskingFailed."""
        for placeholder, value in (values or {}).items():
            exactly = rf"(?<!\w){re.escape(value)}(?!\w)"
            reason = re.sub(exactly, placeholder, reason, flags=re.IGNORECASE)
        return masked_for_good(reason, await self._masker.find(reason))
