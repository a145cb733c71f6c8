"""Print pages as a PDF whose page N is marker N and whose table rows extract as single lines."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate, Paragraph

from scripts.demo.pages import Block, Page

MARGIN = 50
REGULAR, BOLD = "Helvetica", "Helvetica-Bold"
BODY = ParagraphStyle("body", fontName=REGULAR, fontSize=11, leading=14.5, spaceAfter=6)
NOTE = ParagraphStyle("note", BODY, leftIndent=14, borderPadding=4, backColor=HexColor("#eef2f6"))
ITEM = ParagraphStyle("item", BODY, leftIndent=18, firstLineIndent=-14, spaceAfter=4)
HEADINGS = {
    level: ParagraphStyle(
        f"heading{level}", BODY, fontName=BOLD, fontSize=size, leading=size * 1.25, spaceBefore=8
    )
    for level, size in ((1, 24), (2, 16), (3, 13))
}


class TooManyPagesError(Exception):
    """A page of the Markdown does not fit on one page of the PDF."""


class TableRows(Flowable):
    """A table with one line per row; the type shrinks until the widest row fits."""

    gap, largest, smallest = 16.0, 9.5, 6.5

    def __init__(self, rows: list[list[str]]) -> None:
        super().__init__()
        self.rows = [[_plain(cell) for cell in row] for row in rows]

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        self.size = self._fitting_size(available_width)
        self.leading = self.size * 1.5
        self.width, self.height = available_width, self.leading * len(self.rows) + 8
        return self.width, self.height

    def draw(self) -> None:
        columns = self._columns(self.size)
        for number, row in enumerate(self.rows):
            baseline = self.height - self.leading * (number + 1) + 4
            self._draw_row(row, columns, baseline, BOLD if number == 0 else REGULAR)

    def _draw_row(self, row: list[str], columns: list[float], y: float, font: str) -> None:
        text = self.canv.beginText(0, y)
        text.setFont(font, self.size)
        for cell, width in zip(row, columns, strict=True):
            text.textOut(f"{cell}  ")
            text.moveCursor(width, 0)
        self.canv.drawText(text)
        self.canv.setLineWidth(0.8 if font == BOLD else 0.25)
        self.canv.line(0, y - 4, self.width, y - 4)

    def _columns(self, size: float) -> list[float]:
        cells = zip(*self.rows, strict=True)
        return [max(stringWidth(cell, BOLD, size) for cell in cell_) + self.gap for cell_ in cells]

    def _fitting_size(self, available: float) -> float:
        size = self.largest
        while sum(self._columns(size)) - self.gap > available:
            size -= 0.25
            if size < self.smallest:
                raise TooManyPagesError(f"table too wide: {self.rows[0]}")
        return size


def pdf_book(pages: Sequence[Page], title: str, subject: str, author: str) -> bytes:
    """The bytes of the PDF; the same pages give the same bytes."""
    buffer = io.BytesIO()
    document = _template(buffer, title, subject, author)
    story: list[Flowable] = []
    for page in pages:
        story += [flowable for block in page for flowable in _flowables(block)]
        story.append(PageBreak())
    document.build(story)
    if document.page != len(pages):
        raise TooManyPagesError(f"{document.page} pages printed, {len(pages)} expected")
    return buffer.getvalue()


def _template(buffer: io.BytesIO, title: str, subject: str, author: str) -> BaseDocTemplate:
    document = BaseDocTemplate(
        buffer,
        pagesize=LETTER,
        title=title,
        subject=subject,
        author=author,
        creator=author,
        producer=author,
        lang="en-US",
        invariant=1,
        pageCompression=0,
    )
    width, height = LETTER
    frame = Frame(MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate(frames=[frame], onPageEnd=_footer))
    return document


def _footer(canvas: Canvas, document: BaseDocTemplate) -> None:
    canvas.setFont(REGULAR, 9)
    canvas.drawCentredString(LETTER[0] / 2, MARGIN / 2, str(document.page))


def _flowables(block: Block) -> list[Flowable]:
    if block.kind == "table":
        return [TableRows(block.rows)]
    if block.kind == "heading":
        return [Paragraph(_rich(block.title), HEADINGS[block.level])]
    if block.kind == "quote":
        return [Paragraph(_rich(block.text.removeprefix("> ")), NOTE)]
    if block.kind in ("steps", "bullets"):
        return [Paragraph(_rich(line), ITEM) for line in block.lines]
    return [Paragraph(_rich(block.text), BODY)]


def _rich(text: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text))


def _plain(text: str) -> str:
    return text.replace("**", "")
