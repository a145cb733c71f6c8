import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rag import parsing_process
from rag.documents import DocumentRefused, Page
from rag.parsing_process import parse
from tests.rag import files


async def test_a_file_is_parsed_in_another_process() -> None:
    document = await parse("a.md", "<!-- page 7 -->\n# Öl\n\n5,1 L".encode())
    assert document.pages == (Page(7, "# Öl\n\n5,1 L"),)


async def test_a_refusal_arrives_as_it_was_said() -> None:
    with pytest.raises(DocumentRefused, match="OCR"):
        await parse("scan.pdf", files.pdf([[]]))


async def test_a_damaged_file_is_refused_as_damaged() -> None:
    with pytest.raises(DocumentRefused, match="damaged"):
        await parse("a.pdf", b"%PDF-1.7\n" + b"\xff" * 2000)


async def test_a_bomb_is_refused() -> None:
    with pytest.raises(DocumentRefused, match="far more"):
        await parse("a.docx", files.zip_bomb())


async def test_a_parser_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing_process, "WALL_SECONDS", 0.01)
    with pytest.raises(DocumentRefused, match="too much time"):
        await parse("a.txt", b"text")


def bounded(code: str) -> subprocess.CompletedProcess[str]:
    """Runs code after the parser's limits have been set."""
    limits = "from rag.parsing_process import bound_resources; bound_resources(); "
    return subprocess.run(
        [sys.executable, "-c", limits + code], capture_output=True, text=True, check=False
    )


def test_a_parser_gets_no_more_than_its_memory() -> None:
    assert "MemoryError" in bounded("bytearray(2**30)").stderr


def test_a_parser_writes_no_files(tmp_path: Path) -> None:
    target = tmp_path / "written"
    writing = f"open({str(target)!r}, 'w').write('x' * 10_000)"
    assert "File too large" in bounded(writing).stderr
    assert target.read_text() == ""


async def test_the_event_loop_goes_on_while_a_file_is_parsed() -> None:
    lines = [(10, f"Line {at} of a page with some words to read.") for at in range(40)]
    parsing = asyncio.create_task(parse("long.pdf", files.pdf([lines] * 60)))
    longest = 0.0
    while not parsing.done():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - before)
    assert len((await parsing).pages) == 60
    assert longest < 0.1
