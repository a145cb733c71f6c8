"""Questions that got no good answer: what the documents lack, and answers that did not please."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from agents.same_question import taken_apart
from app.analytics.conversations import QUESTION
from app.analytics.money import Row
from app.analytics.span import Span
from app.db.engine import Database
from app.desk.lessons import Lessons

NEWEST = 1000
COMPARED_LETTERS = 400


class Questions:
    """Masked, as everything of customers is."""

    def __init__(self, database: Database, lessons: Lessons) -> None:
        self._database, self._lessons = database, lessons

    async def unanswered(self, span: Span, limit: int) -> dict[str, Any]:
        """Of the newest thousand: the most asked first, same questions as one with its newest
        example. `why`: not_found, not_understood, withheld, unsure, out_of_scope."""
        async with self._database.connection() as db:
            rows = await db.fetch(UNANSWERED, span.begins, span.ends, NEWEST)
        found = await asyncio.to_thread(grouped, rows)
        return {"from": span.first, "to": span.last, "questions": found[:limit]}

    async def low_rated(self, before: datetime | None, limit: int) -> list[dict[str, Any]]:
        """Thumbs down and answers that staff reported, newest first."""
        thumbs = await self._lessons.feedback("down", before, limit)
        reports = await self._lessons.gaps(None, before, limit)
        both = [*map(disliked, thumbs), *map(reported, reports)]
        return sorted(both, key=lambda each: each["created_at"], reverse=True)[:limit]


def grouped(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """`rows` newest first."""
    groups: dict[tuple[object, ...], dict[str, Any]] = {}
    for row in rows:
        key = (row["why"], *same(row["question"], row["language"]))
        if (group := groups.get(key)) is None:
            groups[key] = {**row, "count": 1, "first_at": row["created_at"]}
        else:
            group["count"] += 1
            group["first_at"] = row["created_at"]
    return sorted(groups.values(), key=lambda each: -each["count"])


def same(question: str, language: str | None) -> tuple[object, ...]:
    """Equal for two wordings of one question, in whatever order their words stand."""
    asking = taken_apart(question[:COMPARED_LETTERS], language or "en", ())
    if not (asking.words or asking.figures):
        return (" ".join(question.lower().split()),)
    return asking.kind, asking.figures, frozenset(asking.words)


def disliked(given: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("message_id", "turn_id", "question", "answer", "reason", "comment", "created_at")
    return {"kind": "thumb", **{name: given[name] for name in kept}}


def reported(gap: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("message_id", "turn_id", "question", "answer", "created_at")
    return {
        "kind": "report",
        **{name: gap[name] for name in kept},
        "reason": gap["state"],
        "comment": gap["note"],
    }


UNANSWERED = f"""
select * from (
  select t.id as turn_id, t.conversation_id, t.created_at, t.agent, t.escalation,
    (m.answer ->> 'confidence')::float as confidence, m.answer ->> 'language' as language,
    coalesce({QUESTION}, '') as question,
    case
      when m.answer ->> 'trouble' in ('not_found', 'not_understood', 'withheld')
        then m.answer ->> 'trouble'
      when t.escalation = 'policy_block' then 'withheld'
      when t.escalation = 'low_confidence' then 'unsure'
      when m.answer -> 'route' ->> 'route' = 'out_of_scope' then 'out_of_scope' end as why
  from turns as t join messages as m on m.turn_id = t.id and m.author = 'assistant'
  where t.created_at >= $1 and t.created_at < $2 and t.state in ('answered', 'failed')
) as asked where why is not null and question <> '' order by created_at desc limit $3
"""
