"""The queue of ingestion jobs: rows taken with SKIP LOCKED under a lease."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from json import dumps, loads
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from rag.connections import borrowed
from rag.documents import Chunking, DocumentMetadata, Job, KnowledgeUnavailable, Upload

if TYPE_CHECKING:
    from asyncpg import Record

log = logging.getLogger(__name__)

LEASE = "interval '30 seconds'"
RENEWAL_SECONDS = 10.0
MOST_ATTEMPTS = 3

JOB_COLUMNS = """id, state, source_name, step, progress, chunks_done, chunks_total, error,
    document_id, unchanged, attempts, created_by, created_at, finished_at"""

SUBMIT_SQL = f"""
insert into ingestion_jobs (id, source_name, content, content_hash, metadata, chunker, chunk_size,
    chunk_overlap, created_by)
values ($1, $2, $3, $4, $5::text::jsonb, $6, $7, $8, $9)
returning {JOB_COLUMNS}
"""

# The oldest job nobody works on: waiting, or left by a process whose lease has run out.
CLAIM_SQL = f"""
update ingestion_jobs set state = 'running', step = 'reading', attempts = attempts + 1,
    lease_until = clock_timestamp() + {LEASE}
where id = (
    select id from ingestion_jobs
    where state in ('queued', 'running')
        and (lease_until is null or lease_until < clock_timestamp())
    order by created_at
    for update skip locked
    limit 1
)
returning id, source_name, content, content_hash, metadata::text as metadata, chunker, chunk_size,
    chunk_overlap, created_by, attempts
"""

# Only the attempt that holds the job may write to it.
ADVANCE_SQL = f"""
update ingestion_jobs set step = $3, progress = $4, chunks_done = $5, chunks_total = $6,
    lease_until = clock_timestamp() + {LEASE}
where id = $1 and attempts = $2 and state = 'running'
"""

RENEW_SQL = f"""
update ingestion_jobs set lease_until = clock_timestamp() + {LEASE}
where id = $1 and attempts = $2 and state = 'running'
"""

FINISH_SQL = """
update ingestion_jobs set state = $3, step = $3, error = $4, document_id = $5, unchanged = $6,
    progress = case when $3 = 'done' then 1 else progress end,
    content = null, lease_until = null, finished_at = clock_timestamp()
where id = $1 and attempts = $2 and state = 'running'
"""

RETRY_SQL = """
update ingestion_jobs set state = 'queued', step = 'waiting', error = $3,
    lease_until = clock_timestamp() + $4 * interval '1 second'
where id = $1 and attempts = $2 and state = 'running'
"""


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job this process works on, at its `attempt`-th try."""

    id: UUID
    attempt: int
    upload: Upload
    content_hash: str


async def submit_job(engine: AsyncEngine, upload: Upload, content_hash: str) -> Job:
    """Put the upload into the queue."""
    metadata = None if upload.metadata is None else dumps(asdict(upload.metadata))
    cutting = upload.chunking
    async with borrowed(engine) as db:
        row = await db.fetchrow(
            SUBMIT_SQL,
            *(uuid4(), upload.file_name, upload.content, content_hash, metadata),
            *(cutting.chunker, cutting.size, cutting.overlap, upload.created_by),
        )
    assert row is not None
    return Job(**dict(row))


async def read_job(engine: AsyncEngine, job_id: UUID) -> Job | None:
    """A job as it stands."""
    async with borrowed(engine) as db:
        row = await db.fetchrow(f"select {JOB_COLUMNS} from ingestion_jobs where id = $1", job_id)
    return None if row is None else Job(**dict(row))


async def list_jobs(engine: AsyncEngine, limit: int = 50) -> list[Job]:
    """The newest jobs first."""
    sql = f"select {JOB_COLUMNS} from ingestion_jobs order by created_at desc, id limit $1"
    async with borrowed(engine) as db:
        return [Job(**dict(row)) for row in await db.fetch(sql, limit)]


async def claim_job(engine: AsyncEngine) -> ClaimedJob | None:
    """Take the oldest waiting job; None when there is none."""
    async with borrowed(engine) as db:
        row = await db.fetchrow(CLAIM_SQL)
    return None if row is None else claimed(row)


def claimed(row: Record) -> ClaimedJob:
    values: dict[str, Any] | None = loads(row["metadata"]) if row["metadata"] else None
    upload = Upload(
        file_name=row["source_name"],
        content=row["content"] or b"",
        metadata=DocumentMetadata(**values) if values else None,
        chunking=Chunking(row["chunker"], row["chunk_size"], row["chunk_overlap"]),
        created_by=row["created_by"],
    )
    return ClaimedJob(row["id"], row["attempts"], upload, row["content_hash"])


async def advance_job(
    engine: AsyncEngine, job: ClaimedJob, step: str, progress: float, chunks: tuple[int, int]
) -> bool:
    """Write progress and renew the lease; False when another process has taken the job."""
    async with borrowed(engine) as db:
        tag = await db.execute(ADVANCE_SQL, job.id, job.attempt, step, progress, *chunks)
    return tag != "UPDATE 0"


@asynccontextmanager
async def lease_kept(engine: AsyncEngine, job: ClaimedJob) -> AsyncIterator[None]:
    """Renew the lease in the background, however long a single step takes."""
    renewing = asyncio.create_task(keep_renewing(engine, job))
    try:
        yield
    finally:
        renewing.cancel()


async def keep_renewing(engine: AsyncEngine, job: ClaimedJob) -> None:
    while True:
        await asyncio.sleep(RENEWAL_SECONDS)
        try:
            async with borrowed(engine) as db:
                await db.execute(RENEW_SQL, job.id, job.attempt)
        except KnowledgeUnavailable:
            log.warning("ingestion_lease_not_renewed job=%s", job.id)


async def finish_job(
    engine: AsyncEngine, job: ClaimedJob, document_id: UUID, unchanged: bool
) -> None:
    """Done; the file's bytes are let go."""
    await conclude(engine, job, "done", None, document_id, unchanged)


async def fail_job(engine: AsyncEngine, job: ClaimedJob, error: str) -> None:
    """Failed for good, with a sentence for a person."""
    await conclude(engine, job, "failed", error, None, False)


async def conclude(engine: AsyncEngine, job: ClaimedJob, *outcome: object) -> None:
    async with borrowed(engine) as db:
        await db.execute(FINISH_SQL, job.id, job.attempt, *outcome)


async def retry_job(engine: AsyncEngine, job: ClaimedJob, error: str) -> None:
    """Back into the queue after a pause that grows with the attempts."""
    async with borrowed(engine) as db:
        await db.execute(RETRY_SQL, job.id, job.attempt, error, 5.0 * 2**job.attempt)
