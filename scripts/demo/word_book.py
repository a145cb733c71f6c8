"""Write pages as a DOCX with real headings, real tables and a page break at every marker."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime

from docx import Document
from docx.document import Document as Book
from docx.enum.text import WD_BREAK
from docx.shared import Inches, Pt
from docx.text.paragraph import Paragraph

from scripts.demo.pages import Block, Page

PUBLISHED = datetime(2025, 1, 15, 9, 0, tzinfo=UTC)
ZIP_DATE = (2025, 1, 15, 9, 0, 0)
STYLES = {"steps": "List Paragraph", "bullets": "List Bullet", "quote": "Intense Quote"}


def word_book(pages: Sequence[Page], title: str, subject: str, author: str) -> bytes:
    """The bytes of the DOCX; the same pages give the same bytes."""
    book = Document()
    _lay_out(book)
    _describe(book, title, subject, author)
    for number, page in enumerate(pages):
        if number:
            book.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        for block in page:
            _add(book, block)
    return _frozen(book)


def _lay_out(book: Book) -> None:
    book.styles["Normal"].font.size = Pt(10)
    for section in book.sections:
        section.page_width, section.page_height = Inches(8.5), Inches(11)
        section.left_margin = section.right_margin = Inches(0.9)
        section.top_margin = section.bottom_margin = Inches(0.7)


def _describe(book: Book, title: str, subject: str, author: str) -> None:
    properties = book.core_properties
    properties.title, properties.subject, properties.author = title, subject, author
    properties.last_modified_by, properties.comments, properties.language = author, "", "en-US"
    properties.created = properties.modified = PUBLISHED


def _add(book: Book, block: Block) -> None:
    if block.kind == "heading":
        book.add_heading(block.title, block.level)
    elif block.kind == "table":
        _add_table(book, block.rows)
    elif block.kind in ("steps", "bullets"):
        for line in block.lines:
            _write(book.add_paragraph(style=STYLES[block.kind]), line.removeprefix("- "))
    else:
        _write(book.add_paragraph(style=STYLES.get(block.kind)), block.text.removeprefix("> "))


def _add_table(book: Book, rows: list[list[str]]) -> None:
    table = book.add_table(rows=len(rows), cols=len(rows[0]), style="Light Grid Accent 1")
    for table_row, row in zip(table.rows, rows, strict=True):
        for cell, text in zip(table_row.cells, row, strict=True):
            _write(cell.paragraphs[0], text)


def _write(paragraph: Paragraph, text: str) -> None:
    for number, part in enumerate(re.split(r"\*\*(.+?)\*\*", text)):
        if part:
            paragraph.add_run(part).bold = True if number % 2 else None


def _frozen(book: Book) -> bytes:
    """The document with one fixed date on every file inside it."""
    source, frozen = io.BytesIO(), io.BytesIO()
    book.save(source)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(frozen, "w") as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return frozen.getvalue()
