"""The words of the knowledge base: documents, pages, chunks, filters, passages. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

DocumentType = Literal["manual", "spec", "guide", "faq", "troubleshoot"]
ChunkerName = Literal["recursive", "semantic", "markdown", "fixed"]
JobState = Literal["queued", "running", "done", "failed"]

DOCUMENT_TYPES: tuple[DocumentType, ...] = get_args(DocumentType)
CHUNKER_NAMES: tuple[ChunkerName, ...] = get_args(ChunkerName)


class KnowledgeError(Exception):
    """The knowledge base could not do what was asked."""


class KnowledgeUnavailable(KnowledgeError):
    """The store of the knowledge base cannot be reached right now."""


class DocumentRefused(KnowledgeError):
    """A file that cannot become a document; its message is for the person who uploaded it."""


class ChunkingRefused(DocumentRefused):
    """Chunk sizes that make no sense."""


@dataclass(frozen=True, slots=True)
class DocumentMetadata:
    """What a document is about. A None model, year or market means it holds for all of them.

    `language` is an ISO 639-1 code, optionally with a region ("pt-BR").
    """

    title: str
    type: DocumentType = "manual"
    model: str | None = None
    year: int | None = None
    market: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Page:
    """One page as Markdown: headings as '#', tables as pipe tables. `number` counts from 1."""

    number: int | None
    text: str


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """A parsed file; `metadata` is the front matter of a Markdown file, otherwise empty."""

    pages: tuple[Page, ...]
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True)
class Chunk:
    """An indexed piece; `page` is where it starts, `heading` a path "Towing > Towing a trailer"."""

    ordinal: int
    text: str
    page: int | None
    heading: str | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Narrow a search. A passage without a model, year or market passes any of those filters."""

    model: str | None = None
    year: int | None = None
    market: str | None = None
    language: str | None = None
    type: DocumentType | None = None


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved chunk.

    `similarity` is the cosine with the question (0..1), None when only full text was searched.
    `relevance` is the fused figure (0..1) the list is ordered by.
    """

    chunk_id: UUID
    document_id: UUID
    title: str
    type: str
    model: str | None
    year: int | None
    market: str | None
    language: str
    text: str
    page: int | None
    heading: str | None
    similarity: float | None
    relevance: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A found chunk before the second ordering.

    `fusion` is its reciprocal-rank sum over both halves of the search; `coverage` the share (0..1)
    of the question's words it contains, rare words weighing more; `topic` (0..1) how far its own
    heading and the question are the same words.
    """

    passage: Passage
    fusion: float
    coverage: float
    topic: float


@dataclass(frozen=True, slots=True)
class Chunking:
    """How to cut a document: sizes in characters. A None chunker is chosen by the file's kind."""

    chunker: ChunkerName | None = None
    size: int = 1000
    overlap: int = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """A file handed in. Without metadata, front matter and the file's name decide it."""

    file_name: str
    content: bytes
    metadata: DocumentMetadata | None = None
    chunking: Chunking = field(default_factory=Chunking)
    created_by: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """The ingestion of one upload. `progress` runs 0..1; `error` is a sentence for a person.

    `unchanged` is true when the same content was already there and nothing was embedded.
    """

    id: UUID
    state: JobState
    source_name: str
    step: str
    progress: float
    chunks_done: int
    chunks_total: int | None
    error: str | None
    document_id: UUID | None
    unchanged: bool
    attempts: int
    created_by: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """One ingested version of a file; `superseded_at` is None for the version searches see."""

    id: UUID
    title: str
    type: str
    model: str | None
    year: int | None
    market: str | None
    language: str
    source_name: str
    media_type: str
    version: int
    superseded_at: datetime | None
    pages: int
    chunks: int
    created_by: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KnowledgeStats:
    """Counts over the current documents, keyed by type, model (None: any) and embedding model."""

    documents: int
    chunks: int
    documents_by_type: dict[str, int]
    documents_by_model: dict[str | None, int]
    documents_by_language: dict[str, int]
    chunks_by_embedding_model: dict[str, int]
    knowledge_version: int


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """One vehicle model the documents cover, with the years and languages present for it."""

    model: str
    years: tuple[int, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the current documents cover; `languages` also counts documents without a model."""

    models: tuple[CatalogueModel, ...]
    languages: tuple[str, ...]
    markets: tuple[str, ...]
    documents: int
