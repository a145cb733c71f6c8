"""Budgets: what conversations may cost, one by one and together in a day of the dealer's."""

import time
from uuid import UUID
from zoneinfo import ZoneInfo

from app.db.engine import Database
from app.llm.ledger import MICRO, Spending
from app.observability.metrics import BUDGET_SPENT

TIGHT = 0.8
FRESH_SECONDS = 5.0

OF_CONVERSATION = """
select sum(coalesce(cost_micros, estimate_micros, 0)) from llm_calls where conversation_id = $1
"""
OF_DAY = """
select sum(coalesce(cost_micros, estimate_micros, 0)) from llm_calls
where created_at >= date_trunc('day', clock_timestamp(), $1)
"""


class Budgets:
    """In US dollars; 0 is no limit. A call of unknown cost counts as the most it may have cost."""

    def __init__(self, database: Database, zone: ZoneInfo, conversation: float, day: float) -> None:
        self._database, self._zone = database, zone
        self._conversation, self._day = conversation * MICRO, day * MICRO
        self._seen_at, self._seen = -FRESH_SECONDS, 0

    async def spending(self, conversation_id: UUID) -> Spending:
        """How far the budget that is nearer to its end is used up. Raises DatabaseDown."""
        used = {"conversation": 0.0, "day": 0.0}
        if self._conversation:
            used["conversation"] = await self._of(conversation_id) / self._conversation
        if self._day:
            used["day"] = await self._today() / self._day
        budget = max(used, key=lambda name: used[name])
        spending = level(used[budget])
        if spending != "within":
            BUDGET_SPENT.labels(budget=budget, spending=spending).inc()
        return spending

    async def _of(self, conversation_id: UUID) -> int:
        async with self._database.connection() as db:
            return int(await db.fetchval(OF_CONVERSATION, conversation_id) or 0)

    async def _today(self) -> int:
        """A few seconds old at most: one sum for many turns."""
        if time.monotonic() - self._seen_at > FRESH_SECONDS:
            async with self._database.connection() as db:
                self._seen = int(await db.fetchval(OF_DAY, self._zone.key) or 0)
            self._seen_at = time.monotonic()
        return self._seen


def level(share: float) -> Spending:
    if share >= 1:
        return "spent"
    return "tight" if share >= TIGHT else "within"
