"""Pages in, chunks out: four ways to cut, each chunk with its page and heading path."""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from rag.documents import Chunk, ChunkerName, Chunking, ChunkingRefused, LoadedDocument, Page
from rag.embedding import Embedder
from rag.sections import HeadingPath, heading_of, section_texts, sections
from rag.semantic import semantic_spans
from rag.splitting import SENTENCE, Span, fixed_spans, recursive_spans

SMALLEST, LARGEST = 100, 8_000  # characters
LONGEST_SENTENCE = 600  # characters of it that may move to the page before

Piece = tuple[int | None, str | None, str]  # page, heading path, text

FINISHED = re.compile(r"([.!?…:;|][\"'”’)\]]*|^\s*(#|[-*+] |\d+[.)] ).*)$")


def check_chunking(chunking: Chunking) -> None:
    """Raises ChunkingRefused for sizes no document could be cut by."""
    if not SMALLEST <= chunking.size <= LARGEST:
        raise ChunkingRefused(
            f"The chunk size must be from {SMALLEST} to {LARGEST} characters, not {chunking.size}."
        )
    if not 0 <= chunking.overlap < chunking.size:
        raise ChunkingRefused(
            f"The overlap must be from 0 to less than the chunk size of {chunking.size}, "
            f"not {chunking.overlap}."
        )


async def cut_into_chunks(
    document: LoadedDocument, chunking: Chunking, embedder: Embedder
) -> list[Chunk]:
    """All text of the document, in order. Repeats only overlaps and table headers.

    An overlap of more than half the size counts as half. The embedder is asked by `semantic`
    alone. Raises ChunkingRefused, EmbedderUnavailable.
    """
    check_chunking(chunking)
    pages = mend_sentences(document.pages)
    chunker = chunking.chunker or default_chunker(document)
    if chunker == "semantic":
        pieces = await semantic_pieces(pages, chunking.size, embedder)
    else:
        pieces = await asyncio.to_thread(cut_pages, pages, chunker, chunking)
    return numbered(pieces)


def default_chunker(document: LoadedDocument) -> ChunkerName:
    """By headings where there are any."""
    lines = (line for page in document.pages for line in page.text.split("\n"))
    return "markdown" if any(heading_of(line) for line in lines) else "recursive"


def numbered(pieces: Sequence[Piece]) -> list[Chunk]:
    """Pieces that say something, counted from 0."""
    spoken = [piece for piece in pieces if piece[2].strip()]
    return [
        Chunk(ordinal, text.strip(), page, heading)
        for ordinal, (page, heading, text) in enumerate(spoken)
    ]


def cut_pages(pages: Sequence[Page], chunker: ChunkerName, chunking: Chunking) -> list[Piece]:
    """The chunkers that need no embedder. A heading holds until the next, over pages."""
    if chunker == "markdown":
        return list(markdown_pieces(pages, chunking))
    spans = fixed_spans if chunker == "fixed" else recursive_spans
    path = HeadingPath()
    return [
        piece
        for page in pages
        for piece in located(page, spans(page.text, chunking.size, chunking.overlap), path)
    ]


def markdown_pieces(pages: Sequence[Page], chunking: Chunking) -> Iterator[Piece]:
    path = HeadingPath()
    for page in pages:
        found = sections(page.text, path)
        for heading, text in section_texts(found, chunking.size, chunking.overlap):
            yield page.number, heading, text


async def semantic_pieces(pages: Sequence[Page], size: int, embedder: Embedder) -> list[Piece]:
    path = HeadingPath()
    return [
        piece
        for page in pages
        for piece in located(page, await semantic_spans(page.text, size, embedder), path)
    ]


def located(page: Page, spans: Sequence[Span], path: HeadingPath) -> list[Piece]:
    """Each span with the heading it begins under, or, beginning with one, that heading."""
    starts, paths = [0], [str(path) or None]
    at = 0
    for line in page.text.split("\n"):
        if heading := heading_of(line):
            path.enter(*heading)
            starts.append(at)
            paths.append(str(path))
        at += len(line) + 1
    return [
        (page.number, paths[bisect_right(starts, start) - 1], page.text[start:end])
        for start, end in spans
    ]


def mend_sentences(pages: Sequence[Page]) -> list[Page]:
    """A sentence broken by a page's end moves whole to the page it begins on."""
    mended = list(pages)
    for at in range(len(mended) - 1):
        head, rest = mended[at].text.rstrip(), mended[at + 1].text.lstrip()
        if head and rest[:1].islower() and not FINISHED.search(head.rsplit("\n", 1)[-1]):
            stop = SENTENCE.search(rest, 0, LONGEST_SENTENCE)
            end = stop.end() if stop else 0
            mended[at] = Page(mended[at].number, f"{head} {rest[:end].strip()}".rstrip())
            mended[at + 1] = Page(mended[at + 1].number, rest[end:])
    return mended
