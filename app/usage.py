"""The ledger of model calls: rows of `llm_calls`, open from before a call until it has ended."""

from collections import deque
from collections.abc import Iterable

import orjson
import structlog

from app.db.engine import Database, DatabaseDown
from app.llm.ledger import Called, Ledger, count_unknown
from app.llm.prices import Cost
from app.observability.metrics import LLM_CALLS

log = structlog.get_logger()

MOST_WAITING = 10_000
GIVEN_UP_MINUTES = 10  # well above what any call may take
COLUMNS = """(id uuid, turn_id uuid, conversation_id uuid, epoch int, purpose text, agent text,
  model text, outcome text, prompt_tokens int, completion_tokens int, first_token_ms int,
  duration_ms int, cost_micros bigint, estimate_micros bigint, price_version text)"""


def store_calls(calls: str) -> str:
    """SQL that opens or closes what `calls`, a parameter, tells; of turns that are still there."""
    return f"""
insert into llm_calls (id, turn_id, conversation_id, epoch, purpose, agent, model, outcome,
  prompt_tokens, completion_tokens, first_token_ms, duration_ms, cost_micros, estimate_micros,
  price_version)
select call.* from jsonb_to_recordset({calls}::jsonb) as call {COLUMNS}
where call.conversation_id is null
  or exists (select from conversations where id = call.conversation_id)
on conflict (id) do update set outcome = excluded.outcome, prompt_tokens = excluded.prompt_tokens,
  completion_tokens = excluded.completion_tokens, first_token_ms = excluded.first_token_ms,
  duration_ms = excluded.duration_ms, cost_micros = excluded.cost_micros,
  price_version = excluded.price_version
"""


def told(calls: Iterable[Called]) -> str:
    return orjson.dumps(list(calls), default=str).decode()  # asyncpg's own UUIDs


class CallRecords:
    """One per process. What ended while the store was away waits here for the next round."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[Called] = deque(maxlen=MOST_WAITING)

    async def open(self, call: Called) -> None:
        """Raises DatabaseDown."""
        await self._store([call])

    async def close(self, ledger: Ledger) -> None:
        """Whatever has become of the turn: its words may be lost, its money is spent."""
        calls, ledger.stored = ledger.unstored, len(ledger.calls)
        self._waiting.extend(calls)
        try:
            await self.store_waiting()
        except DatabaseDown:
            log.warning("calls_not_stored", waiting=len(self._waiting))

    async def store_waiting(self) -> None:
        """Raises DatabaseDown; then they wait on."""
        if not self._waiting:
            return
        calls, self._waiting = self._waiting, deque(maxlen=MOST_WAITING)
        try:
            await self._store(calls)
        except DatabaseDown:
            self._waiting.extend(calls)
            raise

    async def give_up(self, minutes: float = GIVEN_UP_MINUTES) -> None:
        """Calls that a crash has cut off: nobody will know what they cost."""
        await self.store_waiting()
        async with self._database.connection() as db:
            cut = await db.fetch(GIVE_UP, minutes)
        for row in cut:
            LLM_CALLS.labels(purpose=row["purpose"], model=row["model"], outcome="unknown").inc()
            most = row["estimate_micros"]
            count_unknown(row["model"], "cut", None if most is None else Cost(most, ""))

    async def _store(self, calls: Iterable[Called]) -> None:
        async with self._database.connection() as db:
            await db.execute(store_calls("$1"), told(calls))


GIVE_UP = """
update llm_calls set outcome = 'unknown'
where outcome = 'open' and created_at < clock_timestamp() - $1::float * interval '1 minute'
returning purpose, model, estimate_micros
"""
