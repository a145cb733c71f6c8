"""Bytes and a file name in, pages out: what kind of file it is, and what is refused."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePosixPath

from rag.documents import DocumentRefused, LoadedDocument, Page

LARGEST_FILE = 50 * 2**20  # bytes
MOST_TEXT = 10_000_000  # characters
MOST_PAGES = 2_000
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file; `parser` is "module:function" so that only the one needed is loaded."""

    name: str
    media_type: str
    parser: str


PDF = FileKind("PDF", "application/pdf", "rag.parsers.pdf:parse_pdf")
DOCX = FileKind(
    "Word document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "rag.parsers.docx:parse_docx",
)
TEXT = FileKind("text file", "text/plain", "rag.parsers.plain:parse_text")
MARKDOWN = FileKind("Markdown file", "text/markdown", "rag.parsers.markdown:parse_markdown")
HTML = FileKind("HTML page", "text/html", "rag.parsers.html:parse_html")

EXTENSIONS = {
    ".pdf": PDF,
    ".docx": DOCX,
    ".txt": TEXT,
    ".text": TEXT,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
}
# How the formats that are not text begin; PDF allows some bytes before its mark.
ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")
PDF_MARK, PDF_MARK_WITHIN = b"%PDF-", 1024
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")
OLD_WORD = b"\xd0\xcf\x11\xe0"
UNSEEN = frozenset({"Cc", "Cs", "Co", "Cn"})  # Unicode categories


def kind_of(file_name: str, content: bytes) -> FileKind:
    """By the name's ending, confirmed by the content. Raises DocumentRefused."""
    if not file_name.isprintable() or len(file_name) > LONGEST_NAME:
        raise DocumentRefused(f"The file's name must be plain and at most {LONGEST_NAME} long.")
    refuse_by_size(content)
    kind = EXTENSIONS.get(PurePosixPath(file_name.lower()).suffix)
    if kind is None:
        raise DocumentRefused(
            "This kind of file is not supported; please use PDF, DOCX, TXT, Markdown or HTML."
        )
    found = content_kind(content)
    expected = kind.name if kind in (PDF, DOCX) else "text"
    if found != expected:
        raise DocumentRefused(f"The file's name says {kind.name}, but its content is {found}.")
    return kind


def refuse_by_size(content: bytes) -> None:
    if not content.strip():
        raise DocumentRefused("The file is empty.")
    if len(content) > LARGEST_FILE:
        raise DocumentRefused(
            f"The file has {len(content) / 2**20:.0f} MB; at most "
            f"{LARGEST_FILE // 2**20} MB can be read."
        )


def content_kind(content: bytes) -> str:
    """What the first bytes say, in words for a person."""
    if content.startswith(ZIP_MARKS):
        return DOCX.name if b"word/" in content else "an archive"
    if content.startswith(PICTURES):
        return "a picture"
    if content.startswith(OLD_WORD):
        return "an old Office document"
    return PDF.name if PDF_MARK in content[:PDF_MARK_WITHIN] else "text"


def load(file_name: str, content: bytes) -> LoadedDocument:
    """Parse here and now: run it in a process of its own (`rag.parsing_process`).

    Raises DocumentRefused; a damaged file may also raise whatever its parser does.
    """
    module, function = kind_of(file_name, content).parser.split(":")
    document: LoadedDocument = getattr(import_module(module), function)(content)
    return checked(document)


def checked(document: LoadedDocument) -> LoadedDocument:
    """Clean text within the limits. Raises DocumentRefused."""
    pages = tuple(Page(page.number, clean(page.text)) for page in document.pages)
    if len(pages) > MOST_PAGES:
        raise DocumentRefused(f"The file has {len(pages)} pages; at most {MOST_PAGES} can be read.")
    if sum(len(page.text) for page in pages) > MOST_TEXT:
        raise DocumentRefused("The file holds more text than can be read; please split it.")
    if not any(char.isalnum() for page in pages for char in page.text):
        raise DocumentRefused("The file holds no text.")
    return LoadedDocument(pages, document.metadata)


def clean(text: str) -> str:
    """Composed characters, no control characters (PostgreSQL stores no NUL), no trailing space."""
    composed = unicodedata.normalize("NFC", text).replace("\u00ad", "").replace("\u00a0", " ")
    kept = "".join(
        char for char in composed if char in "\n\t" or unicodedata.category(char) not in UNSEEN
    )
    return "\n".join(line.rstrip() for line in kept.split("\n"))
