import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from rag.documents import Chunking, ChunkingRefused, DocumentRefused, Upload
from rag.ingestion import Ingestion
from rag.jobs import MOST_ATTEMPTS, claim_job
from rag.retrieval import Retriever
from rag.store import get_document, knowledge_version, list_documents
from tests.rag import files
from tests.rag.fakes import HashingEmbedder, ingest, unwatched, upload

MANUAL = (
    "<!-- page 1 -->\n# Towing\n\nThe X1 tows 2,000 kg.\n<!-- page 2 -->\n# Tires\n\nCold 2.4 bar."
)


async def count(engine: AsyncEngine, what: str) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(text(f"select count(*) from {what}"))).scalar_one())


async def test_a_file_becomes_a_document_with_cited_chunks(
    ingestion: Ingestion, retriever: Retriever, rag_engine: AsyncEngine
) -> None:
    document_id = await ingest(ingestion, upload(MANUAL, model="X1", year=2025))
    stored = await get_document(rag_engine, document_id)
    assert stored is not None
    assert (stored.version, stored.pages, stored.chunks, stored.model) == (1, 2, 2, "X1")
    [passage] = await retriever.retrieve("What does the X1 tow", limit=1)
    assert (passage.document_id, passage.page, passage.heading) == (document_id, 1, "Towing")
    assert passage.text == "The X1 tows 2,000 kg."
    assert (await retriever.passage(passage.chunk_id) or passage).text == passage.text


async def test_an_unchanged_file_is_neither_embedded_nor_stored_again(
    ingestion: Ingestion, hashing: HashingEmbedder, rag_engine: AsyncEngine
) -> None:
    first = await ingest(ingestion, upload(MANUAL))
    version, embedded = await knowledge_version(rag_engine), len(hashing.embedded)
    assert await ingestion.ingest(upload(MANUAL), unwatched) == (first, True)
    assert len(hashing.embedded) == embedded == 2
    assert await knowledge_version(rag_engine) == version
    assert await count(rag_engine, "documents") == 1


@pytest.mark.parametrize(
    "other", [upload(MANUAL, year=2024), upload(MANUAL, chunking=Chunking(size=300))]
)
async def test_other_metadata_or_chunking_is_a_new_version(
    ingestion: Ingestion, rag_engine: AsyncEngine, other: Upload
) -> None:
    await ingest(ingestion, upload(MANUAL))
    stored = await get_document(rag_engine, await ingest(ingestion, other))
    assert stored is not None
    assert stored.version == 2


async def test_a_new_version_takes_the_place_of_the_old(
    ingestion: Ingestion, retriever: Retriever, rag_engine: AsyncEngine
) -> None:
    old = await ingest(ingestion, upload(MANUAL))
    [cited] = await retriever.retrieve("X1 tows", limit=1)
    new = await ingest(ingestion, upload(MANUAL.replace("2,000 kg", "1,800 kg")))
    assert [document.id for document in await list_documents(rag_engine)] == [new]
    superseded = await get_document(rag_engine, old)
    assert superseded is not None
    assert superseded.superseded_at is not None
    assert {p.document_id for p in await retriever.retrieve("The X1 tows 2,000 kg")} == {new}
    kept = await retriever.passage(cited.chunk_id)
    assert kept is not None, "old citations still open"
    assert "2,000 kg" in kept.text


async def test_of_a_new_version_only_what_changed_is_embedded(
    ingestion: Ingestion, hashing: HashingEmbedder
) -> None:
    await ingest(ingestion, upload(MANUAL))
    hashing.embedded.clear()
    await ingest(ingestion, upload(MANUAL.replace("2,000 kg", "1,800 kg")))
    assert hashing.embedded == ["Towing\nThe X1 tows 1,800 kg."]


async def test_going_back_to_earlier_content_makes_it_current_again(
    ingestion: Ingestion, rag_engine: AsyncEngine
) -> None:
    for content in (MANUAL, MANUAL + " More.", MANUAL):
        last = await ingest(ingestion, upload(content))
    assert [(d.id, d.version) for d in await list_documents(rag_engine)] == [(last, 3)]


async def test_a_name_given_to_content_that_is_there_already_lets_its_old_content_go(
    ingestion: Ingestion, rag_engine: AsyncEngine
) -> None:
    await ingest(ingestion, upload("# A\n\nAlpha text.", name="a.md"))
    other = await ingest(ingestion, upload("# B\n\nBeta text.", name="b.md"))
    assert await ingest(ingestion, upload("# B\n\nBeta text.", name="a.md")) == other
    assert [document.id for document in await list_documents(rag_engine)] == [other]


async def test_two_processes_ingesting_one_file_make_one_document(
    rag_engine: AsyncEngine, hashing: HashingEmbedder
) -> None:
    both = [Ingestion(rag_engine, hashing).ingest(upload(MANUAL), unwatched) for _ in range(2)]
    (one, _), (other, _) = await asyncio.gather(*both)
    assert one == other
    assert await count(rag_engine, "documents") == 1
    assert await count(rag_engine, "document_embeddings") == 2


async def test_a_job_shows_its_progress_and_ends_done(
    ingestion: Ingestion, rag_engine: AsyncEngine
) -> None:
    job = await ingestion.submit(upload(MANUAL))
    assert (job.state, job.progress) == ("queued", 0)
    assert await ingestion.run_next()
    done = await ingestion.job(job.id)
    assert done is not None
    assert (done.state, done.progress, done.chunks_done, done.chunks_total) == ("done", 1, 2, 2)
    assert done.document_id is not None
    assert await count(rag_engine, "ingestion_jobs where content is not null") == 0
    assert not await ingestion.run_next()


async def test_progress_never_runs_backwards(ingestion: Ingestion) -> None:
    seen: list[tuple[str, float]] = []

    async def note(step: str, progress: float, done: int, total: int) -> None:
        assert done <= total
        seen.append((step, progress))

    pages = "\n".join(f"<!-- page {at} -->\n# Part {at}\n\nText {at}." for at in range(1, 101))
    await ingestion.ingest(upload(pages), note)
    assert [step for step, _ in seen] == ["reading", "cutting", *["embedding"] * 4, "saving"]
    assert [progress for _, progress in seen] == sorted(progress for _, progress in seen)


async def test_a_refused_file_fails_its_job_with_the_reason(ingestion: Ingestion) -> None:
    job = await ingestion.submit(upload(files.pdf([[]]), name="scan.pdf"))
    assert await ingestion.run_next()
    failed = await ingestion.job(job.id)
    assert failed is not None
    assert failed.state == "failed"
    assert "OCR" in (failed.error or "")


async def test_what_can_be_told_at_once_is_refused_at_submission(ingestion: Ingestion) -> None:
    with pytest.raises(DocumentRefused, match="not supported"):
        await ingestion.submit(upload("text", name="a.exe"))
    with pytest.raises(ChunkingRefused):
        await ingestion.submit(upload("text", chunking=Chunking("fixed", 0)))
    with pytest.raises(DocumentRefused, match="no type"):
        await ingestion.submit(upload("text", type="novel"))


async def test_a_job_whose_process_died_is_taken_up_again(
    ingestion: Ingestion, rag_engine: AsyncEngine
) -> None:
    job = await ingestion.submit(upload(MANUAL))
    assert await claim_job(rag_engine)
    assert not await ingestion.run_next(), "the lease still holds"
    async with rag_engine.begin() as connection:
        await connection.execute(text("update ingestion_jobs set lease_until = now()"))
    assert await ingestion.run_next()
    done = await ingestion.job(job.id)
    assert done is not None
    assert (done.state, done.attempts) == ("done", 2)


async def test_a_job_that_kills_every_process_is_given_up(
    ingestion: Ingestion, rag_engine: AsyncEngine
) -> None:
    job = await ingestion.submit(upload(MANUAL))
    for _ in range(MOST_ATTEMPTS):
        assert await claim_job(rag_engine)
        async with rag_engine.begin() as connection:
            await connection.execute(text("update ingestion_jobs set lease_until = now()"))
    assert await ingestion.run_next()
    failed = await ingestion.job(job.id)
    assert failed is not None
    assert failed.state == "failed"
    assert "cut short" in (failed.error or "")


async def test_without_the_embedder_a_job_waits_for_it(
    ingestion: Ingestion, hashing: HashingEmbedder, rag_engine: AsyncEngine
) -> None:
    hashing.down = True
    job = await ingestion.submit(upload(MANUAL))
    assert await ingestion.run_next()
    waiting = await ingestion.job(job.id)
    assert waiting is not None
    assert (waiting.state, waiting.step) == ("queued", "waiting")
    hashing.down = False
    async with rag_engine.begin() as connection:
        await connection.execute(text("update ingestion_jobs set lease_until = now()"))
    assert await ingestion.run_next()
    done = await ingestion.job(job.id)
    assert done is not None
    assert (done.state, done.error) == ("done", None)


async def test_front_matter_tells_what_nobody_else_did(
    ingestion: Ingestion, rag_engine: AsyncEngine
) -> None:
    content = b"---\ntitle: X1 Manual\nmodel: X1\nyear: 2025\ntype: guide\nlanguage: de\n---\nText."
    stored = await get_document(rag_engine, await ingest(ingestion, Upload("x.md", content)))
    assert stored is not None
    assert (stored.title, stored.model, stored.year) == ("X1 Manual", "X1", 2025)
    assert (stored.type, stored.language) == ("guide", "de")


async def test_without_any_metadata_the_first_heading_is_the_title(
    ingestion: Ingestion, rag_engine: AsyncEngine
) -> None:
    named = Upload("x1-manual_2025.txt", b"Just text.")
    for wanted, title in [
        (Upload("a.md", b"# GenAuto X1\n\nText."), "GenAuto X1"),
        (named, "x1 manual 2025"),
        (replace(named, file_name="b.md", content=b"---\ntitle: B\n---\nText"), "B"),
    ]:
        stored = await get_document(rag_engine, await ingest(ingestion, wanted))
        assert stored is not None
        assert stored.title == title
