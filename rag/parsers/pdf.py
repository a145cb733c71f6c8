"""PDF: the text of each page, with headings told by their larger type."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, PyPdfError

from rag.documents import DocumentRefused, LoadedDocument, Page

MOST_PAGES = 2_000
FEWEST_LETTERS = 3  # per page on average; below, the pages are pictures
HEADING_RATIO = 1.15  # type size over the body's
LONGEST_HEADING = 120
HEADING_LEVELS = 3
HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad]\n(?=[a-zà-ÿ])")


@dataclass(frozen=True, slots=True)
class Line:
    """One line as printed; `size` is its type size in points, rounded to a half."""

    text: str
    size: float


def parse_pdf(content: bytes) -> LoadedDocument:
    """One page per page. Raises DocumentRefused."""
    try:
        pages = [list(lines_of(page)) for page in opened(content).pages]
    except PyPdfError as error:
        raise DocumentRefused("The PDF is damaged and cannot be read.") from error
    letters = sum(char.isalnum() for page in pages for line in page for char in line.text)
    if letters < FEWEST_LETTERS * len(pages):
        raise DocumentRefused(
            "The PDF holds no text, only pictures of pages. "
            "Please run text recognition (OCR) on it first."
        )
    levels = heading_levels(line for page in pages for line in page)
    return LoadedDocument(
        tuple(Page(number, page_text(page, levels)) for number, page in enumerate(pages, 1)), {}
    )


def opened(content: bytes) -> PdfReader:
    """A reader whose pages may be read."""
    reader = PdfReader(BytesIO(content))
    try:
        locked = reader.is_encrypted and not reader.decrypt("")
    except (DependencyError, NotImplementedError) as error:
        raise DocumentRefused("The PDF is encrypted in a way that cannot be read.") from error
    if locked:
        raise DocumentRefused("The PDF is encrypted. Please upload it without a password.")
    if len(reader.pages) > MOST_PAGES:
        raise DocumentRefused(
            f"The PDF has {len(reader.pages)} pages; at most {MOST_PAGES} can be read. "
            "Please split it."
        )
    return reader


def lines_of(page: PageObject) -> Iterator[Line]:
    """The page's lines, each with the size most of its characters have."""
    fragments: list[tuple[str, float]] = []

    def note(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        fragments.append((text, abs(size * tm[3] * cm[3]) or abs(size * tm[1])))

    page.extract_text(visitor_text=note)
    text, sizes = "", Counter[float]()
    for fragment, size in fragments:
        for at, part in enumerate(fragment.split("\n")):
            if at:
                yield finished(text, sizes)
                text, sizes = "", Counter()
            text += part
            sizes[round(size * 2) / 2] += len(part.strip())
    yield finished(text, sizes)


def finished(text: str, sizes: Counter[float]) -> Line:
    return Line(" ".join(text.split()), sizes.most_common(1)[0][0] if sizes else 0.0)


def heading_levels(lines: Iterable[Line]) -> dict[float, int]:
    """Type size -> heading level, for the largest sizes clearly above the body's."""
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text)
    body = letters.most_common(1)[0][0]
    larger = sorted((size for size in letters if size >= body * HEADING_RATIO), reverse=True)
    return {size: min(at, HEADING_LEVELS) for at, size in enumerate(larger, 1)} if body else {}


def page_text(lines: list[Line], levels: dict[float, int]) -> str:
    """Markdown of one page: headings marked, words broken at a line's end mended."""
    text = "\n".join(marked(line, levels) for line in lines)
    return HYPHEN.sub("", text).strip()


def marked(line: Line, levels: dict[float, int]) -> str:
    level = levels.get(line.size)
    if level is None or not 1 < len(line.text) <= LONGEST_HEADING:
        return line.text
    return f"\n{'#' * level} {line.text}\n"
