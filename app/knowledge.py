"""The knowledge base as editors use it: hand in, follow, list, delete; each change is audited."""

from dataclasses import dataclass
from uuid import UUID

from app.accounts.identity import Account
from app.audit import record
from app.db.engine import Database
from app.errors import BadInput, NotFound, Unavailable
from rag import store
from rag.documents import (
    DocumentRefused,
    Filters,
    Job,
    KnowledgeStats,
    KnowledgeUnavailable,
    Passage,
    StoredDocument,
    Upload,
)
from rag.embedding import Embedder
from rag.ingestion import Ingestion
from rag.retrieval import Retriever


class RefusedDocument(BadInput):
    """This document cannot be used."""


class KnowledgeDown(Unavailable):
    """The knowledge base cannot be reached right now. Please try again shortly."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The knowledge base and what it is embedded with."""

    database: Database
    embedder: Embedder
    retriever: Retriever
    ingestion: Ingestion

    async def submit(self, upload: Upload, actor: Account) -> Job:
        """Queue an upload; the workers ingest it. Raises RefusedDocument."""
        try:
            job = await self.ingestion.submit(upload)
        except DocumentRefused as refused:
            raise RefusedDocument(str(refused)) from refused
        await self._audited(actor, "document_uploaded", f"ingestion_job:{job.id}")
        return job

    async def job(self, job_id: UUID) -> Job:
        """Raises NotFound."""
        job = await self.ingestion.job(job_id)
        if job is None:
            raise NotFound
        return job

    async def jobs(self) -> list[Job]:
        return await self.ingestion.jobs()

    async def documents(self, limit: int, offset: int) -> list[StoredDocument]:
        return await store.list_documents(self.database.engine, limit=limit, offset=offset)

    async def stats(self) -> KnowledgeStats:
        return await store.stats(self.database.engine)

    async def search(self, query: str, filters: Filters, limit: int) -> list[Passage]:
        """Raises KnowledgeDown."""
        try:
            return await self.retriever.retrieve(query, filters, limit)
        except KnowledgeUnavailable as down:
            raise KnowledgeDown from down

    async def delete(self, document_id: UUID, actor: Account) -> None:
        """With its chunks and earlier versions. Raises NotFound."""
        if not await store.delete_document(self.database.engine, document_id):
            raise NotFound
        await self._audited(actor, "document_deleted", f"document:{document_id}")

    async def _audited(self, actor: Account, action: str, about: str) -> None:
        async with self.database.transaction() as db:
            await record(db, f"user:{actor.user_id}", action, about)
