"""The demo dealership: documents for an empty store, ingested like any upload."""

from collections.abc import Callable
from pathlib import Path

import yaml

from rag.documents import DocumentMetadata, Upload
from rag.ingestion import Ingestion

DOCUMENTS = Path(__file__).parent / "demo_documents"
# These manuals also lie beside their Markdown as files of another kind; one of each is enough.
INSTEAD_OF_MARKDOWN = {".pdf", ".docx"}


def demo_files() -> list[Path]:
    """Every document once: the PDF or DOCX of a manual instead of its Markdown."""
    printed = {p.stem for p in DOCUMENTS.iterdir() if p.suffix in INSTEAD_OF_MARKDOWN}
    return sorted(
        p
        for p in DOCUMENTS.iterdir()
        if p.suffix in INSTEAD_OF_MARKDOWN or (p.suffix == ".md" and p.stem not in printed)
    )


def metadata_of(path: Path) -> DocumentMetadata:
    """A printed manual is about what the front matter of its Markdown says."""
    _, front, _ = path.with_suffix(".md").read_text("utf-8").split("---\n", 2)
    about = yaml.safe_load(front)
    return DocumentMetadata(
        title=about["title"],
        type=about["type"],
        model=about["model"],
        year=about["year"],
        market=about["market"],
        language=about["language"],
    )


async def seed_documents(ingestion: Ingestion, told: Callable[[str, int, int], None]) -> int:
    """Ingest what is not there yet; `told(name, done, total)` before each file."""

    async def silently(step: str, progress: float, done: int, total: int) -> None:
        """A file takes a second or two; the count of files is progress enough."""

    files = demo_files()
    for index, path in enumerate(files):
        told(path.name, index, len(files))
        upload = Upload(path.name, path.read_bytes(), metadata_of(path), created_by="demo")
        await ingestion.ingest(upload, silently)
    return len(files)
