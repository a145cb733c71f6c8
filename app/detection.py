"""Verification as a service: what others' systems want to say, compared with sources; kept."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson
import structlog

from agents.dependencies import Thinking
from agents.events import Verified
from agents.language import detect
from agents.verification.evidence import Evidence
from agents.verification.verdict import NOT_VERIFIED, Verdict
from agents.verification.whole import verify_uncited
from app.chat.books import count_verdict
from app.db.engine import Database
from app.privacy.masking import Masker, masked_for_good
from rag.embedding import Embedder

log = structlog.get_logger()
STATS_SECONDS = 10.0
MOST_BY_MODEL = 0.05  # share of verdicts by tier 3 from which the cheaper tiers do too little


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A response to be verified. `question` is what it answers; `context` is kept with it."""

    response: str
    sources: Sequence[str] = ()
    question: str = ""
    context: Mapping[str, Any] | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """One verdict as it was kept, of a turn or of a response handed in."""

    id: int
    origin: Literal["turn", "service"]
    action: str
    tier: int
    method: str
    confidence: float
    took_ms: float
    failure_class: str | None
    severity: str | None
    explanation: str
    request_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many verdicts each tier gave."""

    tier1: int
    tier2: int
    tier3: int

    @property
    def total(self) -> int:
        return self.tier1 + self.tier2 + self.tier3

    @property
    def percentages(self) -> dict[str, float]:
        counts = {"tier1_pct": self.tier1, "tier2_pct": self.tier2, "tier3_pct": self.tier3}
        return {name: round(100 * n / max(1, self.total), 1) for name, n in counts.items()}

    @property
    def is_healthy(self) -> bool:
        return self.tier3 <= MOST_BY_MODEL * self.total

    @property
    def message(self) -> str:
        if not self.total:
            return "No verdicts yet"
        return "Healthy distribution" if self.is_healthy else "The language model judges too often"


class Detector:
    """`judge` is None with the offline model."""

    def __init__(
        self, database: Database, masker: Masker, embedder: Embedder, judge: Thinking | None
    ) -> None:
        self._database, self._masker = database, masker
        self._embedder, self._judge = embedder, judge
        self._known: tuple[float, Distribution] | None = None

    async def detect(self, handed: HandedIn, api_key: UUID) -> Verified:
        """The verdict, once it is stored. What cannot be verified is blocked.

        Raises MaskingFailed or DatabaseDown; then nothing was stored and nothing is allowed.
        """
        handed = await self._masked(handed)
        begun = time.perf_counter()
        try:
            verdict = await self._verdict(handed)
        except Exception as failed:  # noqa: BLE001  fails closed, whatever it was
            log.error("verification_failed", kind=type(failed).__name__)
            verdict = NOT_VERIFIED
        told = verdict.told((time.perf_counter() - begun) * 1000)
        await self._store(handed, told, api_key)
        count_verdict(told)
        return told

    async def recent(self, limit: int) -> list[Logged]:
        """The newest first, without their texts."""
        async with self._database.connection() as db:
            rows = await db.fetch(RECENT, limit)
        return [Logged(**row) for row in rows]

    async def stats(self) -> Distribution:
        """Of all verdicts kept; a few seconds old at most."""
        now = time.monotonic()
        if self._known is None or now - self._known[0] > STATS_SECONDS:
            async with self._database.connection() as db:
                counts = {row["tier"]: row["count"] for row in await db.fetch(COUNTS)}
            found = Distribution(counts.get(1, 0), counts.get(2, 0), counts.get(3, 0))
            self._known = (now, found)
        return self._known[1]

    async def _verdict(self, handed: HandedIn) -> Verdict:
        evidence = Evidence.of(handed.sources, [handed.question])
        language = detect(handed.response)
        return await verify_uncited(
            handed.response, evidence, language, self._embedder, self._judge
        )

    async def _masked(self, handed: HandedIn) -> HandedIn:
        """What is kept, and what a model may read, holds no personal data."""
        sources = handed.sources
        if self._judge is not None:
            sources = [await self._hidden(source) for source in sources]
        return HandedIn(
            await self._hidden(handed.response),
            sources,
            await self._hidden(handed.question),
            await self._hidden_within(handed.context),
            handed.request_id,
        )

    async def _hidden_within(self, value: Any) -> Any:
        """Whatever JSON holds: names of fields, texts and numbers."""
        if isinstance(value, Mapping):
            return {
                await self._hidden(key): await self._hidden_within(each)
                for key, each in value.items()
            }
        if isinstance(value, list):
            return [await self._hidden_within(each) for each in value]
        if value is None or isinstance(value, bool):
            return value
        hidden = await self._hidden(str(value))
        return value if hidden == str(value) else hidden

    async def _hidden(self, text: str) -> str:
        return masked_for_good(text, await self._masker.find(text))

    async def _store(self, handed: HandedIn, told: Verified, api_key: UUID) -> None:
        context = orjson.dumps(handed.context).decode() if handed.context else None
        async with self._database.connection() as db:
            await db.execute(
                STORE, api_key, handed.request_id, handed.response, context,
                told.action, told.tier, told.method, told.confidence, told.failure_class,
                told.severity, told.explanation, told.took_ms,
            )  # fmt: skip


STORE = """
insert into verifications (api_key_id, request_id, response, context, action, tier, method,
  confidence, failure_class, severity, explanation, took_ms)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
RECENT = """
select id, case when turn_id is null then 'service' else 'turn' end as origin, action, tier, method,
  confidence, took_ms, failure_class, severity, explanation, request_id, created_at
from verifications order by id desc limit $1
"""
COUNTS = "select tier, count(*) from verifications group by tier"
