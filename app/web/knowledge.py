"""Documents: editors upload, follow and delete them; signed-in people may search."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, File, Form, Query, UploadFile
from pydantic import ValidationError

from app.accounts.identity import Account
from app.errors import BadInput
from app.knowledge import RefusedDocument
from app.web.identity import Editor, ServicesDep, SignedIn
from app.web.schemas import DocumentFields, SearchRequest, TextDocument
from rag.documents import (
    Chunking,
    DocumentMetadata,
    Filters,
    Job,
    KnowledgeStats,
    Passage,
    StoredDocument,
    Upload,
)

router = APIRouter(prefix="/api/v1/documents", tags=["knowledge"])
uploads = APIRouter(prefix="/api/v1/documents", tags=["knowledge"])
LARGEST_TEXT = 6_000_000


@uploads.post("/upload", status_code=202)
async def upload(
    editor: Editor,
    services: ServicesDep,
    file: Annotated[UploadFile, File()],
    metadata: Annotated[str, Form(description="JSON of the fields of ingest-text, no text")] = "{}",
) -> Job:
    """Queue a PDF, DOCX, TXT, Markdown or HTML file; follow it at `/jobs/{id}`."""
    content = await file.read(services.settings.max_upload_mb * 1024 * 1024 + 1)
    if len(content) > services.settings.max_upload_mb * 1024 * 1024:
        raise RefusedDocument(f"A file may have {services.settings.max_upload_mb} MB at most.")
    fields = read_fields(metadata)
    return await services.knowledge.submit(
        as_upload(file.filename or "document.txt", content, fields, editor), editor
    )


@router.post("/ingest-text", status_code=202, max_body_size=LARGEST_TEXT)
async def ingest_text(body: TextDocument, editor: Editor, services: ServicesDep) -> Job:
    """Queue a text; its title is its name, so the same title again is a new version."""
    name = "".join(c if c.isalnum() else "-" for c in body.title.lower())[:120]
    return await services.knowledge.submit(
        as_upload(f"{name}.md", body.text.encode(), body, editor), editor
    )


@router.get("/jobs")
async def jobs(editor: Editor, services: ServicesDep) -> list[Job]:
    """The newest uploads and how far they are."""
    return await services.knowledge.jobs()


@router.get("/jobs/{job_id}")
async def job(job_id: UUID, editor: Editor, services: ServicesDep) -> Job:
    return await services.knowledge.job(job_id)


@router.post("/search")
async def search(body: SearchRequest, account: SignedIn, services: ServicesDep) -> list[Passage]:
    """Passages, best first; an empty list is an honest nothing."""
    filters = Filters(body.model, body.year, body.market, body.language, body.type)
    return await services.knowledge.search(body.query, filters, body.limit)


@router.get("/stats")
async def stats(editor: Editor, services: ServicesDep) -> dict[str, Any]:
    """Counts by type, model, language and embedding model."""
    return plain(await services.knowledge.stats())


@router.get("")
async def documents(
    editor: Editor,
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> list[StoredDocument]:
    """Current documents, newest first."""
    return await services.knowledge.documents(limit, offset)


@router.delete("/{document_id}", status_code=204)
async def delete(document_id: UUID, editor: Editor, services: ServicesDep) -> None:
    """Delete a document with its chunks and earlier versions."""
    await services.knowledge.delete(document_id, editor)


def read_fields(metadata: str) -> DocumentFields:
    """Raises BadInput."""
    try:
        return DocumentFields.model_validate_json(metadata or "{}")
    except ValidationError as invalid:
        first = invalid.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "metadata"
        raise BadInput(f"{place}: {first['msg']}") from invalid


def as_upload(name: str, content: bytes, fields: DocumentFields, editor: Account) -> Upload:
    """Without any field, the file's own front matter says what it is about."""
    about = fields.model_dump(
        include={"title", "type", "model", "year", "market", "language"}, exclude_none=True
    )
    metadata = DocumentMetadata(**{"title": "", **about}) if about else None
    chunking = Chunking(fields.chunker, fields.chunk_size, fields.chunk_overlap)
    return Upload(name, content, metadata, chunking, created_by=f"user:{editor.user_id}")


def plain(stats: KnowledgeStats) -> dict[str, Any]:
    """Keys of JSON are strings: documents for any model are counted under `any`."""
    counted: dict[str, Any] = orjson.loads(orjson.dumps(stats, option=orjson.OPT_NON_STR_KEYS))
    by_model = counted["documents_by_model"]
    counted["documents_by_model"] = {("any" if k == "null" else k): v for k, v in by_model.items()}
    return counted
