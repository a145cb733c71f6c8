"""One turn and all that is kept of it: words (masked), decisions, calls, times."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.analytics.conversations import QUESTION
from app.analytics.money import SPENT, Row, dollars, spent
from app.db.engine import Database
from app.errors import NotFound

MOST_STEPS = 200
MOST_CALLS = 200


class OneTurn:
    """Placeholders stay placeholders: nothing here opens the vault."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, turn_id: UUID) -> dict[str, Any]:
        """Raises NotFound."""
        async with self._database.connection() as db:
            row = await db.fetchrow(TURN, turn_id)
            if row is None:
                raise NotFound
            calls = await db.fetch(CALLS, turn_id, MOST_CALLS)
            verdicts = await db.fetch(VERDICTS, turn_id)
            money = await db.fetchrow(MONEY, turn_id)
            assert money is not None
        answer = row["answer"] or {}
        steps, origin = timeline(row)
        return {
            **{name: row[name] for name in COLUMNS},
            "answer": row["text"],
            "route": route(row, answer),
            **{name: answer.get(name) for name in FROM_ANSWER},
            "sources": [source(each) for each in answer.get("sources", ())],
            "verdicts": [dict(each) for each in verdicts],
            "calls": [call(each) for each in calls],
            "cost": spent(money),
            "timeline": steps,
            "timeline_origin": origin,
            "handoff": handoff(row),
        }


def handoff(row: Row) -> dict[str, Any] | None:
    if row["handoff_id"] is None:
        return None
    return {
        "id": row["handoff_id"],
        "reference": row["reference"],
        "state": row["handoff_state"],
    }


def route(row: Row, answer: Mapping[str, Any]) -> dict[str, Any]:
    taken = answer.get("route") or {}
    return {
        "route": taken.get("route"),
        "method": row["route_method"],
        "certainty": row["route_certainty"],
    }


def source(kept: Mapping[str, Any]) -> dict[str, Any]:
    shown = ("n", "title", "page", "heading", "model", "year", "type", "highlight")
    return {name: kept.get(name) for name in shown}


def call(row: Row) -> dict[str, Any]:
    """`dollars` is null where nobody knows what it cost; `at_most_dollars` is its bound."""
    return {
        **{name: row[name] for name in CALL},
        "dollars": dollars(row["cost_micros"]),
        "at_most_dollars": dollars(row["estimate_micros"]),
    }


# Times


def timeline(row: Row) -> tuple[list[dict[str, Any]], str]:
    """Steps as `{name, at_ms, took_ms, about}`: `recorded` while the turn ran; of a turn without a
    record `reckoned` from the turn's own times: wait, until_first_text, text."""
    recorded = [step for each in row["timeline"] or () if (step := readable(each))]
    if recorded:
        return recorded[:MOST_STEPS], "recorded"
    return reckoned(row), "reckoned"


def readable(step: Any) -> dict[str, Any] | None:
    """None for what is no step."""
    if not isinstance(step, dict) or not isinstance(step.get("name"), str):
        return None
    at, took = step.get("at_ms"), step.get("took_ms")
    if not (is_number(at) and is_number(took)):
        return None
    about = step.get("about")
    plain = about if isinstance(about, dict) else {}
    return {
        "name": step["name"], "at_ms": at, "took_ms": took,
        "about": {key: each for key, each in plain.items() if is_plain(each)},
    }  # fmt: skip


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def reckoned(row: Row) -> list[dict[str, Any]]:
    began = row["created_at"]
    marks = (
        ("wait", began, row["started_at"]),
        ("until_first_text", row["started_at"], row["first_token_at"] or row["finished_at"]),
        ("text", row["first_token_at"], row["finished_at"]),
    )
    return [
        {"name": name, "at_ms": ms(began, since), "took_ms": ms(since, until), "about": {}}
        for name, since, until in marks
        if since is not None and until is not None
    ]


def ms(since: datetime, until: datetime) -> float:
    return round(max(0.0, (until - since).total_seconds() * 1000), 1)


COLUMNS: Sequence[str] = (
    "id", "conversation_id", "session_id", "number", "state", "agent", "attempt", "escalation",
    "screened", "question", "question_id", "answer_id", "masking_ms", "created_at", "started_at",
    "first_token_at", "finished_at", "first_token_ms", "took_ms", "feedback",
)  # fmt: skip
FROM_ANSWER = (
    "outcome", "language", "notice", "confidence", "doubt", "trouble", "cached", "grounds",
    "vehicle",
)  # fmt: skip
CALL = (
    "id", "agent", "model", "purpose", "outcome", "prompt_tokens", "completion_tokens",
    "first_token_ms", "duration_ms", "price_version", "created_at",
)  # fmt: skip
TURN = f"""
select t.id, t.conversation_id, c.session_id, t.number, t.state, t.agent, t.attempt, t.escalation,
  t.screened, t.route_method, t.route_certainty, t.timeline, t.created_at, t.started_at,
  t.first_token_at, t.finished_at, {QUESTION} as question,
  (select q.id from messages as q where q.turn_id = t.id and q.author = 'customer'
    order by q.seq limit 1) as question_id,
  (select sum(q.masking_ms) from messages as q where q.turn_id = t.id) as masking_ms,
  m.id as answer_id, m.text, m.answer, f.rating as feedback,
  round(extract(epoch from t.first_token_at - t.created_at) * 1000)::int as first_token_ms,
  round(extract(epoch from t.finished_at - t.created_at) * 1000)::int as took_ms,
  h.id as handoff_id, h.reference, h.state as handoff_state
from turns as t join conversations as c on c.id = t.conversation_id
left join messages as m on m.turn_id = t.id and m.author = 'assistant'
left join feedback as f on f.message_id = m.id
left join handoffs as h on h.turn_id = t.id
where t.id = $1
"""
MONEY = f"select {SPENT} from llm_calls as l where l.turn_id = $1"
CALLS = """
select id, agent, model, purpose, outcome, prompt_tokens, completion_tokens, first_token_ms,
  duration_ms, cost_micros, estimate_micros, price_version, created_at
from llm_calls where turn_id = $1 order by created_at, id limit $2
"""
VERDICTS = """
select action, tier, method, confidence, failure_class, severity, took_ms
from verifications where turn_id = $1 order by id limit 50
"""
