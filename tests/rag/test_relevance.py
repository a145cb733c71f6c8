"""The real embedder on the demo manuals: what is answered, what is not, and the floor between."""

import re
from collections.abc import Sequence

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.llm.embedders import BundledEmbedder
from rag.documents import Filters, Passage, Upload
from rag.ingestion import Ingestion
from rag.retrieval import Retriever
from rag.vectors import ensure_vector_index
from tests.rag.fakes import unwatched
from tests.rag.relevance_cases import ANSWERED, UNANSWERED

DOCUMENTS = "app/dealership/demo_documents"


@pytest.fixture
def manuals(pytestconfig: pytest.Config) -> list[Upload]:
    """What is known of the X1 and for all models."""
    files = sorted((pytestconfig.rootpath / DOCUMENTS).glob("*.md"))
    wanted = [file for file in files if not file.name.startswith(("e3", "t5"))]
    return [Upload(file.name, file.read_bytes()) for file in wanted]


@pytest.fixture
async def demo(engine: AsyncEngine, embedder: BundledEmbedder, manuals: list[Upload]) -> Retriever:
    await ensure_vector_index(engine, embedder)
    ingestion = Ingestion(engine, embedder)
    for manual in manuals:
        await ingestion.ingest(manual, unwatched)
    return Retriever(engine, embedder)


def answers(passages: Sequence[Passage], expected: str) -> bool:
    return any(re.search(expected, f"{p.heading} {p.text}") for p in passages)


async def test_the_manuals_answer_what_they_should_and_nothing_else(demo: Retriever) -> None:
    unanswered = [
        question
        for question, model, year, expected in ANSWERED
        if model in (None, "X1")
        and not answers(await demo.retrieve(question, Filters(model, year)), expected)
    ]
    assert len(unanswered) <= 0.1 * len(ANSWERED), unanswered
    mistaken = [
        question
        for question in UNANSWERED
        if await demo.retrieve(question) or await demo.retrieve(question, Filters("X1", 2025))
    ]
    assert len(mistaken) <= 0.05 * len(UNANSWERED), mistaken
