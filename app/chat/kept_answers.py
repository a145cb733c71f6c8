"""An answer that is kept for others, as JSON and back."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from agents.events import Answered, Cached, Citation
from rag.documents import Passage

KEPT = ("text", "agent", "language", "follow_ups", "notice", "model", "year", "confidence")
IDS = ("chunk_id", "document_id")


def as_json(answered: Answered) -> dict[str, Any]:
    """What an answer from passages consists of. Nothing of who asked is in it."""
    kept = {name: getattr(answered, name) for name in KEPT}
    citations = [
        {"n": each.n, "highlight": each.highlight, "passage": _passage(each.passage)}
        for each in answered.citations
    ]
    return {**kept, "grounds": dict(answered.grounds or {}), "citations": citations}


def _passage(passage: Passage) -> dict[str, Any]:
    ids = {name: str(getattr(passage, name)) for name in IDS}
    return {**asdict(passage), **ids}


def from_json(kept: Mapping[str, Any], cached: Cached) -> Answered:
    """Raises KeyError, TypeError or ValueError for anything else."""
    given = {name: kept[name] for name in KEPT}
    answered = Answered(**given, citations=tuple(_citation(each) for each in kept["citations"]))
    return replace(
        answered, follow_ups=tuple(kept["follow_ups"]), grounds=kept["grounds"], cached=cached
    )


def _citation(kept: Mapping[str, Any]) -> Citation:
    passage = dict(kept["passage"])
    ids = {name: UUID(passage[name]) for name in IDS}
    return Citation(int(kept["n"]), Passage(**{**passage, **ids}), str(kept["highlight"]))
