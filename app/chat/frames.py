"""The frames a client receives, built in one place for live sending, replay and history. Masked."""

from collections.abc import Mapping
from typing import Any

import asyncpg

from agents.events import Answered, Citation, Routed
from app.chat.acceptance import Accepted
from app.chat.turns import Ended, Lease
from app.privacy.vault import unmask

Frame = dict[str, Any]
STAFF_PREFIX = "staff:"  # before the client ids of staff, which are none of the customer's
SHOWN_OF_SOURCE = ("n", "title", "page", "heading", "model", "year", "type")
SHOWN_OF_ANSWER = (
    "agent",
    "outcome",
    "language",
    "follow_ups",
    "notice",
    "escalation",
    "confidence",
    "doubt",
    "trouble",
    "cached",
)
WITH_TEXT = {
    "accepted": "message",
    "token": "token",
    "complete": "response",
    "human_message": "message",
}


def accepted(message: Accepted) -> Frame:
    return {
        "type": "accepted",
        "client_message_id": message.client_message_id,
        "message_id": str(message.message_id),
        "turn": message.turn,
        "relayed": message.relayed,
        "seq": message.seq,
        "message": message.text,
        "created_at": message.created_at.isoformat(),
    }


def complete(lease: Lease, ended: Ended, text: str, answer: Mapping[str, Any]) -> Frame:
    return {
        "type": "complete",
        "turn": lease.number,
        "message_id": str(ended.message_id),
        "answers": [str(each) for each in ended.answers],
        "response": text,
        "metadata": metadata(answer),
        "seq": ended.seq,
        "created_at": ended.created_at.isoformat(),
    }


def event(row: asyncpg.Record) -> Frame:
    """A stored message as the frame that announced it."""
    if row["author"] in ("staff", "system"):
        return staff_event(row)
    common = {
        "message_id": str(row["id"]),
        "turn": row["turn"],
        "seq": row["seq"],
        "created_at": row["created_at"].isoformat(),
    }
    if row["author"] == "customer":
        return {
            "type": "accepted",
            "client_message_id": row["client_message_id"],
            "message": row["text"],
            "relayed": row["state"] == "relayed",
            **common,
        }
    return {
        "type": "complete",
        "answers": [str(each) for each in row["answers"]],
        "response": row["text"],
        "metadata": metadata(row["answer"]),
        **common,
    }


def staff_event(row: asyncpg.Record) -> Frame:
    """What a person says, or what the system tells of a handoff."""
    told = {
        **row["event"],
        "message_id": str(row["id"]),
        "seq": row["seq"],
        "created_at": row["created_at"].isoformat(),
    }
    if row["author"] == "system":
        return told
    client_message_id = (row["client_message_id"] or "").removeprefix(STAFF_PREFIX) or None
    return {
        "type": "human_message",
        "message": row["text"],
        "client_message_id": client_message_id,
        **told,
    }


def history_entry(row: asyncpg.Record) -> Frame:
    return {
        "message_id": str(row["id"]),
        "turn": row["turn"],
        "seq": row["seq"],
        "author": row["author"],
        "text": row["text"],
        "created_at": row["created_at"].isoformat(),
        "metadata": metadata(row["answer"]) if row["answer"] else None,
        "event": row["event"],
        "relayed": row["state"] == "relayed",
        "feedback": row["rating"],
    }


def metadata(answer: Mapping[str, Any]) -> Frame:
    """What of a stored answer the customer's client is shown; older answers have fewer fields."""
    sources = [{key: s[key] for key in SHOWN_OF_SOURCE} for s in answer["sources"]]
    return {**{key: answer.get(key) for key in SHOWN_OF_ANSWER}, "sources": sources}


def stored_answer(
    answered: Answered, outcome: str, route: Routed | None, screened: str | None = None
) -> dict[str, Any]:
    """An answer as it is kept in `messages.answer`."""
    return {
        "agent": answered.agent,
        "outcome": outcome,
        "language": answered.language,
        "follow_ups": list(answered.follow_ups),
        "notice": answered.notice,
        "escalation": answered.escalation,
        "screened": screened,
        "confidence": answered.confidence,
        "doubt": answered.doubt,
        "trouble": answered.trouble,
        "cached": answered.cached,
        "grounds": answered.grounds,
        "sources": [_stored_source(citation) for citation in answered.citations],
        "vehicle": {"model": answered.model, "year": answered.year},
        "route": None
        if route is None
        else {"route": route.route, "method": route.method, "certainty": route.certainty},
    }


def _stored_source(citation: Citation) -> dict[str, Any]:
    passage = citation.passage
    return {
        "n": citation.n,
        "title": passage.title,
        "page": passage.page,
        "heading": passage.heading,
        "model": passage.model,
        "year": passage.year,
        "type": passage.type,
        "document_id": str(passage.document_id),
        "chunk_id": str(passage.chunk_id),
        "text": passage.text,
        "highlight": citation.highlight,
    }


def unmasked_within(value: Any, values: Mapping[str, str]) -> Any:
    """The same with real values instead of placeholders, however deep they stand."""
    if isinstance(value, str):
        return unmask(value, values) if "<" in value else value
    if isinstance(value, dict):
        return {key: unmasked_within(each, values) for key, each in value.items()}
    return [unmasked_within(each, values) for each in value] if isinstance(value, list) else value


def unmasked(frame: Frame, values: Mapping[str, str]) -> Frame:
    """The frame for its owner: real values instead of placeholders."""
    if frame["type"] == "card":
        return dict(unmasked_within(frame, values))
    field = WITH_TEXT.get(frame["type"])
    if field is None or "<" not in frame[field]:
        return frame
    return {**frame, field: unmask(frame[field], values)}
