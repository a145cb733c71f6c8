"""The documents of the demo dealership are rebuilt from their facts, complete and original."""

from __future__ import annotations

import io
import re
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from docx import Document
from docx.text.paragraph import Paragraph
from pypdf import PdfReader

from scripts import build_demo_documents as demo
from scripts.demo.pages import word_count

MANUALS = [f"{m}-{y}-owners-manual" for m in ("e3", "t5", "x1") for y in (2024, 2025)]
FRONT_MATTER = {"title", "type", "make", "model", "year", "market", "language", "version"}
TYPES = {"manual", "spec", "guide", "faq", "troubleshoot"}
REAL_BRANDS = re.compile(
    r"\b(Acura|Audi|Bentley|BMW|Buick|BYD|Cadillac|Chevrolet|Chrysler|Citroen|Cupra|Dacia|Dodge"
    r"|Ferrari|Fiat|Ford|Genesis|GMC|Honda|Hyundai|Infiniti|Isuzu|Jaguar|Jeep|Kia|Lamborghini"
    r"|Lexus|Lincoln|Lucid|Maserati|Mazda|Mercedes|Mitsubishi|Nissan|Opel|Peugeot|Polestar"
    r"|Porsche|Renault|Rivian|Skoda|Subaru|Suzuki|Tesla|Toyota|Vauxhall|Volkswagen|Volvo|VW"
    r"|AdBlue)\b"
)


@cache
def documents() -> dict[str, demo.DemoDocument]:
    return {document.name: document for document in demo.build_documents()}


@cache
def printed() -> dict[str, bytes]:
    return demo.printed_files(list(documents().values()))


def committed(name: str) -> str:
    return (demo.TARGET / f"{name}.md").read_text(encoding="utf-8")


def front_matter(text: str) -> dict[str, Any]:
    matter: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return matter


def markers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"^<!-- page (\d+) -->$", text, re.MULTILINE)]


def words(text: str) -> str:
    """Only letters and digits, so that line breaks and table marks do not matter."""
    return re.sub(r"\W+", " ", text).strip()


def zip_members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def is_heading(paragraph: Paragraph) -> bool:
    style = paragraph.style
    return bool(style and style.name and style.name.startswith("Heading"))


def test_committed_markdown_equals_a_rebuild() -> None:
    assert demo.differences(demo.markdown_files(list(documents().values()))) == []
    assert demo.main(["--check"]) == 0


def test_a_stale_a_missing_and_a_leftover_file_are_told_apart_from_current_ones(
    tmp_path: Path,
) -> None:
    (tmp_path / "stale.md").write_text("old")
    (tmp_path / "leftover.md").write_text("gone")
    (tmp_path / "same.md").write_text("same")
    built = {"stale.md": b"new", "missing.md": b"new", "same.md": b"same"}
    assert demo.differences(built, tmp_path) == ["leftover.md", "missing.md", "stale.md"]


def test_printing_twice_gives_identical_bytes() -> None:
    assert demo.printed_files(list(documents().values())) == printed()


def test_committed_pdf_says_what_a_rebuild_says() -> None:
    name = f"{demo.PDF_OF}.pdf"
    old, new = PdfReader(demo.TARGET / name), PdfReader(io.BytesIO(printed()[name]))
    assert [p.extract_text() for p in old.pages] == [p.extract_text() for p in new.pages]


def test_committed_docx_equals_a_rebuild() -> None:
    name = f"{demo.DOCX_OF}.docx"
    assert zip_members((demo.TARGET / name).read_bytes()) == zip_members(printed()[name])


@pytest.mark.parametrize("name", MANUALS)
def test_every_manual_is_a_whole_book(name: str) -> None:
    pages = documents()[name].pages
    assert len(pages) >= 30
    assert word_count(pages) >= 9_000
    assert max(word_count([page]) for page in pages) <= 350


@pytest.mark.parametrize("name", sorted(documents()))
def test_front_matter_is_complete(name: str) -> None:
    matter = front_matter(committed(name))
    assert set(matter) == FRONT_MATTER
    assert matter["type"] in TYPES
    about_one_car = matter["type"] in ("manual", "spec")
    assert (matter["model"] in ("X1", "E3", "T5")) == about_one_car
    assert (matter["year"] in (2024, 2025)) == about_one_car
    assert (matter["make"], matter["market"], matter["language"]) == ("GenAuto", "US", "en")
    assert matter["title"]
    assert matter["version"]


@pytest.mark.parametrize("name", sorted(documents()))
def test_page_markers_count_from_one(name: str) -> None:
    numbers = markers(committed(name))
    assert numbers == list(range(1, len(documents()[name].pages) + 1))


@pytest.mark.parametrize("model", ["X1", "E3", "T5"])
def test_each_model_has_two_years_that_differ(model: str) -> None:
    years = demo.load_facts()["models"][model]["years"]
    assert sorted(years) == [2024, 2025]
    differing = [key for key in years[2024] if years[2024][key] != years[2025].get(key)]
    assert len(set(differing) - {"version", "fuses"}) >= 8


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("x1-2024", "The X1 may tow a braked trailer of up to 1,800 kg (3,968 lb)."),
        ("x1-2025", "The X1 may tow a braked trailer of up to 2,000 kg (4,409 lb)."),
        ("e3-2024", "It may not tow any trailer, braked or unbraked"),
        ("e3-2025", "The E3 may tow a braked trailer of up to 750 kg (1,653 lb)."),
        ("t5-2024", "The T5 may tow a braked trailer of up to 3,200 kg (7,055 lb)."),
        ("t5-2025", "The T5 may tow a braked trailer of up to 3,500 kg (7,716 lb)."),
    ],
)
def test_each_manual_says_what_the_car_may_tow(name: str, sentence: str) -> None:
    assert sentence in committed(f"{name}-owners-manual")


@pytest.mark.parametrize("name", MANUALS)
def test_the_contents_name_the_page_of_each_chapter(name: str) -> None:
    cover, *_ = pages = documents()[name].pages
    listed = [row for block in cover if block.kind == "table" for row in block.rows[1:]]
    assert len(listed) > 20
    for chapter, page in listed:
        assert chapter in [block.title for block in pages[int(page) - 1] if block.level == 1]


def test_pdf_page_n_is_marker_n() -> None:
    reader = PdfReader(demo.TARGET / f"{demo.PDF_OF}.pdf")
    pages = documents()[demo.PDF_OF].pages
    assert len(reader.pages) == len(pages)
    for number, (printed_page, page) in enumerate(zip(reader.pages, pages, strict=True), start=1):
        text = printed_page.extract_text()
        headings = [block.title for block in page if block.kind == "heading"]
        assert headings
        assert all(words(heading) in words(text) for heading in headings)
        assert text.strip().splitlines()[-1].strip() == str(number)


def test_pdf_keeps_reading_order_and_each_table_row_on_one_line() -> None:
    reader = PdfReader(demo.TARGET / f"{demo.PDF_OF}.pdf")
    for printed_page, page in zip(reader.pages, documents()[demo.PDF_OF].pages, strict=True):
        text = printed_page.extract_text()
        lines = {words(line) for line in text.splitlines()}
        rows = [row for block in page if block.kind == "table" for row in block.rows]
        assert [row for row in rows if words(" ".join(row)) not in lines] == []
        blocks = (block.text.replace("**", "").lstrip("#> ") for block in page)
        expected = [words(line) for block in blocks for line in block.splitlines()]
        whole, place = words(text), 0
        for line in filter(None, expected):
            place = whole.index(line, place)


def test_docx_has_the_headings_tables_and_page_breaks_of_the_markdown() -> None:
    book = Document(str(demo.TARGET / f"{demo.DOCX_OF}.docx"))
    pages = documents()[demo.DOCX_OF].pages
    blocks = [block for page in pages for block in page]
    headings = [p.text for p in book.paragraphs if is_heading(p)]
    assert headings == [block.title for block in blocks if block.kind == "heading"]
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in book.tables]
    expected = [block.rows for block in blocks if block.kind == "table"]
    assert tables == [[[c.replace("**", "") for c in row] for row in rows] for rows in expected]
    assert book.element.xml.count('<w:br w:type="page"/>') == len(pages) - 1


@pytest.mark.parametrize("name", sorted(documents()))
def test_no_real_brand_is_named(name: str) -> None:
    assert REAL_BRANDS.findall(committed(name)) == []
