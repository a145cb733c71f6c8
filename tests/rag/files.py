"""Files as people upload them, made on the spot."""

import io
import zipfile
from collections.abc import Sequence

import docx
from docx.enum.text import WD_BREAK
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas


def pdf(pages: Sequence[Sequence[tuple[int, str]]]) -> bytes:
    """Each page a list of (type size, line)."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    for lines in pages:
        height = 780
        for size, line in lines:
            canvas.setFont("Helvetica", size)
            canvas.drawString(72, height, line)
            height -= size + 6
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def encrypted(content: bytes, password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.encrypt(password, algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def word_document() -> bytes:
    """Two pages with headings, a list and a table."""
    document = docx.Document()
    document.add_heading("Towing", 1)
    document.add_heading("Towing a trailer", 2)
    document.add_paragraph("Up to 2,000 kg with brakes.")
    document.add_paragraph("Check the coupling", style="List Bullet")
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    document.add_heading("Tires", 1)
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        [cell for row in table.rows for cell in row.cells],
        ["Load", "Pressure", "Full | heavy", "3.0 bar"],
        strict=True,
    ):
        cell.text = text
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def with_part(content: bytes, name: str, replacement: bytes) -> bytes:
    """A copy of a zip file with one part replaced or added."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, replacement)
    return buffer.getvalue()


def zip_bomb() -> bytes:
    """A Word document with 300 MB of nothing in it."""
    return with_part(word_document(), "word/media/image1.bin", bytes(300 * 2**20))
