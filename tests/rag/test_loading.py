import pytest

from rag.documents import DocumentRefused, Page
from rag.loading import kind_of, load
from tests.rag import files


def test_markdown_gives_front_matter_and_numbered_pages() -> None:
    content = b"""---
title: X1 manual
year: 2025
model: null
tags: [a, b]
---

<!-- page 1 -->

# Towing

<!-- page 2 -->

Up to 2,000 kg.
"""
    document = load("x1.md", content)
    assert document.metadata == {"title": "X1 manual", "year": "2025"}
    assert document.pages == (Page(1, "# Towing"), Page(2, "Up to 2,000 kg."))


def test_an_underlined_title_is_a_heading() -> None:
    assert load("a.md", b"Towing\n======\n\ntext").pages[0].text == "# Towing\n\ntext"


@pytest.mark.parametrize("front", ["title: [unclosed", "- just\n- a list"])
def test_front_matter_that_is_no_metadata_is_refused(front: str) -> None:
    with pytest.raises(DocumentRefused, match="front matter"):
        load("a.md", f"---\n{front}\n---\ntext".encode())


def test_a_text_file_has_pages_only_where_form_feeds_part_them() -> None:
    assert load("a.txt", b"one").pages == (Page(None, "one"),)
    assert load("a.txt", b"one\ftwo").pages == (Page(1, "one"), Page(2, "two"))


def test_utf_16_with_its_mark_is_read_and_latin_1_refused() -> None:
    assert load("a.txt", "Öl".encode("utf-16")).pages[0].text == "Öl"
    with pytest.raises(DocumentRefused, match="UTF-8"):
        load("a.txt", "Öl wechseln".encode("latin-1"))


def test_html_keeps_what_a_reader_sees() -> None:
    page = """<html><head><title>t</title><meta charset="utf-8"></head><body>
    <nav>Home</nav><h1>Towing</h1><p>Up to <b>2,000</b>
    kg.</p><script>alert(1)</script><p hidden>secret</p><p style="display: none">gone</p>
    <ul><li>Brakes</li><li>Lights</li></ul>
    <table><tr><th>Load</th><th>Bar</th></tr><tr><td>full</td><td>3.0</td></tr></table></body>"""
    assert load("a.html", page.encode()).pages == (
        Page(
            None,
            "# Towing\n\nUp to 2,000 kg.\n\n- Brakes\n- Lights\n\n"
            "| Load | Bar |\n| --- | --- |\n| full | 3.0 |",
        ),
    )


def test_html_in_a_declared_encoding_is_read() -> None:
    page = '<meta charset="iso-8859-1"><p>Öl prüfen</p>'.encode("latin-1")
    assert load("a.htm", page).pages[0].text == "Öl prüfen"


def test_deeply_nested_html_neither_crashes_nor_hangs() -> None:
    page = "<p>before</p>" + "<div>" * 20_000 + "deep" + "</div>" * 20_000
    assert "before" in load("a.html", page.encode()).pages[0].text


def test_word_documents_keep_headings_lists_tables_and_page_breaks() -> None:
    first, second = load("a.docx", files.word_document()).pages
    assert first.number == 1
    assert first.text.startswith("# Towing\n\n## Towing a trailer\n\nUp to 2,000 kg with brakes.")
    assert "- Check the coupling" in first.text
    assert second.number == 2
    assert second.text.endswith("| Load | Pressure |\n| --- | --- |\n| Full \\| heavy | 3.0 bar |")


def test_xml_entities_are_never_resolved() -> None:
    evil = (
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY host SYSTEM "file:///etc/hostname">]>'
        b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        b"<w:body><w:p><w:r><w:t>A&host;B tow</w:t></w:r></w:p></w:body></w:document>"
    )
    content = files.with_part(files.word_document(), "word/document.xml", evil)
    assert load("a.docx", content).pages[0].text in ("A", "AB tow")


def test_an_archive_that_unpacks_to_far_too_much_is_refused() -> None:
    with pytest.raises(DocumentRefused, match="far more"):
        load("a.docx", files.zip_bomb())


def test_pdf_pages_are_numbered_and_larger_type_is_a_heading() -> None:
    body = [(10, f"Line {at} says how the trailer is towed.") for at in range(8)]
    document = load("a.pdf", files.pdf([[(20, "Towing"), *body], [(14, "Tires"), *body]]))
    assert [page.number for page in document.pages] == [1, 2]
    assert document.pages[0].text.startswith("# Towing\n\nLine 0 says")
    assert document.pages[1].text.startswith("## Tires\n\nLine 0 says")


def test_a_word_broken_at_the_end_of_a_line_is_mended() -> None:
    content = files.pdf(
        [[(10, "The maximum trailer load is per-"), (10, "mitted only with brakes.")]]
    )
    assert "permitted only" in load("a.pdf", content).pages[0].text


def test_an_encrypted_pdf_is_refused() -> None:
    content = files.encrypted(files.pdf([[(10, "secret text of a page")]]), "password")
    with pytest.raises(DocumentRefused, match="encrypted"):
        load("a.pdf", content)


def test_a_pdf_of_pictures_is_refused_with_advice() -> None:
    with pytest.raises(DocumentRefused, match="OCR"):
        load("scan.pdf", files.pdf([[], [], []]))


def test_a_pdf_with_too_many_pages_is_refused() -> None:
    with pytest.raises(DocumentRefused, match="2001 pages"):
        load("long.pdf", files.pdf([[]] * 2001))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.exe", b"MZ", "not supported"),
        ("manual", b"text", "not supported"),
        ("a\0.txt", b"text", "name must be plain"),
        ("a" * 300 + ".txt", b"text", "name must be plain"),
        ("a.txt", b"  \n ", "empty"),
        ("a.md", b"***\n---\n", "no text"),
        ("a.pdf", b"just text", "says PDF, but its content is text"),
        ("a.pdf", files.word_document(), "content is Word document"),
        ("a.txt", b"%PDF-1.7\n...", "content is PDF"),
        ("a.docx", b"PK\x03\x04 something", "an archive"),
        ("a.md", b"\x89PNG\r\n", "a picture"),
        ("a.docx", b"\xd0\xcf\x11\xe0", "old Office"),
        ("a.txt", b"text\0with a nul", "binary"),
        ("a.txt", b"x" * (50 * 2**20 + 1), "at most 50 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_files_are_refused_with_the_reason(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(DocumentRefused, match=reason):
        load(name, content)


def test_the_kind_tells_the_media_type() -> None:
    assert kind_of("Manual.PDF", b"%PDF-1.7").media_type == "application/pdf"


def test_control_characters_are_dropped_and_composed_ones_composed() -> None:
    assert load("a.txt", "O\u0308l\x07 \u200bx".encode()).pages[0].text.startswith("Öl ")
