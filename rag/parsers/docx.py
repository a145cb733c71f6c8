"""Word documents: headings by style, lists, tables, and the page breaks the author set."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

import docx
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from lxml import etree

from rag.documents import DocumentRefused, LoadedDocument, Page
from rag.parsers.tables import pipe_table

MOST_ENTRIES = 5_000
LARGEST_UNPACKED = 200 * 2**20  # bytes, all entries together
SUSPICIOUS_RATIO = 200  # unpacked to packed, from SUSPICIOUS_SIZE on
SUSPICIOUS_SIZE = 20 * 2**20
DAMAGED = "The Word document is damaged and cannot be read."

PAGE_BREAK = "\f"


def parse_docx(content: bytes) -> LoadedDocument:
    """Pages are numbered only when the author set page breaks. Raises DocumentRefused."""
    refuse_bombs(content)
    try:
        body = docx.Document(BytesIO(content)).element.body
    except (OpcError, KeyError, ValueError, zipfile.BadZipFile, etree.LxmlError, ParseError) as bad:
        raise DocumentRefused(DAMAGED) from bad
    texts = "\n\n".join(blocks(body)).split(PAGE_BREAK)
    if len(texts) == 1:
        return LoadedDocument((Page(None, texts[0].strip()),), {})
    pages = [Page(number, text.strip()) for number, text in enumerate(texts, 1) if text.strip()]
    return LoadedDocument(tuple(pages), {})


def refuse_bombs(content: bytes) -> None:
    """Look at the declared sizes before unpacking; reading never goes beyond them."""
    try:
        entries = zipfile.ZipFile(BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise DocumentRefused(DAMAGED) from error
    if not any(entry.filename == "word/document.xml" for entry in entries):
        raise DocumentRefused("The file is an archive, but not a Word document.")
    unpacked = sum(entry.file_size for entry in entries)
    ratio = unpacked / max(1, len(content))
    too_dense = unpacked > SUSPICIOUS_SIZE and ratio > SUSPICIOUS_RATIO
    if len(entries) > MOST_ENTRIES or unpacked > LARGEST_UNPACKED or too_dense:
        raise DocumentRefused("The Word document unpacks to far more than a document may hold.")


def blocks(body: Any) -> Iterator[str]:
    """Paragraphs and tables of the body in order, as Markdown."""
    for element in body.iterchildren():
        if element.tag == qn("w:p"):
            yield paragraph_text(element)
        elif element.tag == qn("w:tbl"):
            yield pipe_table(table_rows(element))
        elif element.tag == qn("w:sdt"):
            yield from blocks_of_content_control(element)


def blocks_of_content_control(element: Any) -> Iterator[str]:
    """What Word keeps in a frame of its own, as tables of contents and forms."""
    for content in element.iterchildren(qn("w:sdtContent")):
        yield from blocks(content)


def paragraph_text(paragraph: Any) -> str:
    """A heading or list item by its style, else plain; page breaks stay as form feeds."""
    text = "".join(pieces(paragraph))
    breaks = PAGE_BREAK if page_break_before(paragraph) else ""
    style = (paragraph.style or "").lower().replace(" ", "")
    if not text.strip(" \n"):
        return breaks + text
    if style == "title":
        return f"{breaks}# {text}"
    if style.startswith("heading") and style[7:].isdigit():
        return f"{breaks}{'#' * min(int(style[7:]), 6)} {text}"
    if style.startswith("list") or paragraph.find(f".//{qn('w:numPr')}") is not None:
        return f"{breaks}- {text}"
    return breaks + text


def page_break_before(paragraph: Any) -> bool:
    mark = paragraph.find(f"{qn('w:pPr')}/{qn('w:pageBreakBefore')}")
    return mark is not None and mark.get(qn("w:val")) not in ("0", "false")


def pieces(element: Any) -> Iterator[str]:
    """Text, tabs and breaks in reading order; deleted text is not there any more."""
    for node in element.iter(qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:cr")):
        if node.tag == qn("w:t"):
            yield node.text or ""
        elif node.get(qn("w:type")) == "page":
            yield PAGE_BREAK
        elif node.getparent().tag == qn("w:r"):
            yield " " if node.tag == qn("w:tab") else "\n"


def table_rows(table: Any) -> list[list[str]]:
    """The text of each cell; a page break inside a table is only a space."""
    return [
        [
            " ".join("".join(pieces(paragraph)) for paragraph in cell.iter(qn("w:p")))
            for cell in row.iterchildren(qn("w:tc"))
        ]
        for row in table.iter(qn("w:tr"))
    ]
