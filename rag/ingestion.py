"""From an uploaded file to a searchable document, as a job with visible progress."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from hashlib import sha256
from json import dumps
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncEngine

from rag.chunking import check_chunking, cut_into_chunks
from rag.documents import Chunk, DocumentRefused, Job, LoadedDocument, Upload
from rag.embedding import Embedder, EmbedderUnavailable, text_to_embed
from rag.jobs import (
    MOST_ATTEMPTS,
    ClaimedJob,
    advance_job,
    claim_job,
    fail_job,
    finish_job,
    lease_kept,
    list_jobs,
    read_job,
    retry_job,
    submit_job,
)
from rag.loading import kind_of
from rag.metadata import check_metadata, complete_metadata
from rag.parsing_process import parse
from rag.publishing import (
    NewVersion,
    publish,
    refresh_statistics,
    unchanged_document,
    vectors_at_hand,
)

log = logging.getLogger(__name__)

BATCH = 32  # texts per embedding call
PARSED, EMBEDDED = 0.1, 0.9  # progress after reading, after embedding

# Told of (step, progress 0..1, chunks done, chunks in all); awaited between batches.
OnProgress = Callable[[str, float, int, int], Awaitable[None]]


class JobTaken(Exception):
    """Another process has taken the job over."""


class Ingestion:
    """Takes files in. `run_next` is called in a loop by workers, `ingest` directly by commands."""

    def __init__(self, engine: AsyncEngine, embedder: Embedder) -> None:
        self._engine = engine
        self._embedder = embedder

    async def submit(self, upload: Upload) -> Job:
        """Queue the upload. What can be told at once raises DocumentRefused here."""
        check_upload(upload)
        return await submit_job(self._engine, upload, content_hash(upload))

    async def job(self, job_id: UUID) -> Job | None:
        """A job as it stands."""
        return await read_job(self._engine, job_id)

    async def jobs(self, limit: int = 50) -> list[Job]:
        """The newest jobs first."""
        return await list_jobs(self._engine, limit)

    async def run_next(self) -> bool:
        """Take one waiting job and do it; False when none waits.

        A refused file fails the job with its reason. When the embedder is unavailable the job
        waits and is tried again, three times in all. Raises KnowledgeUnavailable; the job is then
        taken up again once its lease has run out.
        """
        job = await claim_job(self._engine)
        if job is None:
            return False
        try:
            await self._run(job)
        except DocumentRefused as refused:
            await fail_job(self._engine, job, str(refused))
        except EmbedderUnavailable as unavailable:
            await self._put_back(job, unavailable)
        except JobTaken:
            log.warning("ingestion_job_taken_over job=%s", job.id)
        return True

    async def ingest(self, upload: Upload, on_progress: OnProgress) -> tuple[UUID, bool]:
        """Do it here and now; returns the document's id and whether it was there unchanged.

        Raises DocumentRefused, EmbedderUnavailable.
        """
        check_upload(upload)
        hashed = content_hash(upload)
        present = await unchanged_document(self._engine, upload.file_name, hashed)
        if present is not None:
            return present, True
        await on_progress("reading", 0.0, 0, 0)
        document = await parse(upload.file_name, upload.content)
        new = await self._prepare(upload, document, hashed, on_progress)
        await on_progress("saving", EMBEDDED, len(new.chunks), len(new.chunks))
        document_id, unchanged = await publish(self._engine, new)
        await refresh_statistics(self._engine, len(new.chunks))
        return document_id, unchanged

    async def _run(self, job: ClaimedJob) -> None:
        if job.attempt > MOST_ATTEMPTS:
            raise DocumentRefused("The file could not be ingested: each attempt was cut short.")

        async def note(step: str, progress: float, done: int, total: int) -> None:
            if not await advance_job(self._engine, job, step, progress, (done, total)):
                raise JobTaken

        async with lease_kept(self._engine, job):
            document_id, unchanged = await self.ingest(job.upload, note)
        await finish_job(self._engine, job, document_id, unchanged)

    async def _put_back(self, job: ClaimedJob, unavailable: EmbedderUnavailable) -> None:
        log.warning("embedder_unavailable job=%s attempt=%s", job.id, job.attempt)
        if job.attempt < MOST_ATTEMPTS:
            await retry_job(self._engine, job, f"Waiting for the embedding model: {unavailable}")
        else:
            await fail_job(self._engine, job, f"The embedding model is unavailable: {unavailable}")

    async def _prepare(
        self, upload: Upload, document: LoadedDocument, hashed: str, on_progress: OnProgress
    ) -> NewVersion:
        metadata = complete_metadata(upload.metadata, document, upload.file_name)
        await on_progress("cutting", PARSED, 0, 0)
        chunks = await cut_into_chunks(document, upload.chunking, self._embedder)
        return NewVersion(
            metadata=metadata,
            source_name=upload.file_name,
            media_type=kind_of(upload.file_name, upload.content).media_type,
            content_hash=hashed,
            pages=len(document.pages),
            created_by=upload.created_by,
            chunks=chunks,
            vectors=await self._embed(chunks, on_progress),
            embedding_model=self._embedder.name,
        )

    async def _embed(self, chunks: Sequence[Chunk], on_progress: OnProgress) -> NDArray[np.float32]:
        """Shape [len(chunks), dimension]; only texts no document has yet are embedded."""
        vectors = await vectors_at_hand(self._engine, self._embedder.name, chunks)
        texts = [text_to_embed(chunk.heading, chunk.text) for chunk in chunks]
        missing = [text for text in dict.fromkeys(texts) if text not in vectors]
        for at in range(0, len(missing), BATCH):
            done = len(chunks) - len(missing) + at
            progress = PARSED + (EMBEDDED - PARSED) * done / len(chunks)
            await on_progress("embedding", progress, done, len(chunks))
            batch = missing[at : at + BATCH]
            vectors.update(zip(batch, await self._embedder.embed(batch), strict=True))
        return np.stack([vectors[text] for text in texts])


def check_upload(upload: Upload) -> None:
    """Raises DocumentRefused for all that needs no parsing to be seen."""
    kind_of(upload.file_name, upload.content)
    check_chunking(upload.chunking)
    if upload.metadata is not None:
        check_metadata(upload.metadata)


def content_hash(upload: Upload) -> str:
    """SHA-256 over everything that decides the result: bytes, metadata, chunking."""
    told = dumps(
        [upload.metadata and asdict(upload.metadata), asdict(upload.chunking)], sort_keys=True
    )
    return sha256(told.encode() + b"\0" + upload.content).hexdigest()
