"""Text files: encodings, and form feeds as page breaks."""

from __future__ import annotations

import codecs

from rag.documents import DocumentRefused, LoadedDocument, Page

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def parse_text(content: bytes) -> LoadedDocument:
    """Pages are numbered only when form feeds separate them."""
    texts = decode(content).split("\f")
    if len(texts) == 1:
        return LoadedDocument((Page(None, texts[0]),), {})
    return LoadedDocument(tuple(Page(at, text) for at, text in enumerate(texts, 1)), {})


def decode(content: bytes, encoding: str | None = None) -> str:
    """UTF-8, or what a byte order mark or the caller says. Raises DocumentRefused."""
    marked = (name for mark, name in BYTE_ORDER_MARKS.items() if content.startswith(mark))
    name = next(marked, encoding or "utf-8")
    try:
        text = content.decode(name)
    except (UnicodeDecodeError, LookupError) as error:
        raise DocumentRefused(
            "The file's characters cannot be read; please save it as UTF-8 text."
        ) from error
    if "\0" in text:
        raise DocumentRefused("The file holds binary data, not text.")
    return text.replace("\r\n", "\n").replace("\r", "\n")
