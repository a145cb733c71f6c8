"""Parsing in a process of its own, bounded in memory and time, without secrets.

`python -m rag.parsing_process NAME` reads the file from stdin and writes JSON lines: first the
metadata or a refusal, then the pages.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from rag.documents import DocumentRefused, LoadedDocument, Page
from rag.loading import MOST_TEXT, kind_of, load

MEMORY = 2**30  # bytes of address space
CPU_SECONDS = 60
WALL_SECONDS = 120.0
ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = {
    "PATH": os.defpath,
    "LANG": "C.UTF-8",
    "PYTHONPATH": str(ROOT),
    "PYTHONDONTWRITEBYTECODE": "1",
}
TOO_MUCH = "The file takes too much time or memory to read; please split or simplify it."
DAMAGED = "The file is damaged and cannot be read."


async def parse(file_name: str, content: bytes) -> LoadedDocument:
    """The file as pages; the event loop never waits. Raises DocumentRefused."""
    kind_of(file_name, content)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rag.parsing_process", file_name),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        limit=8 * MOST_TEXT,
        cwd=ROOT,
        env=ENVIRONMENT,
    )
    try:
        async with asyncio.timeout(WALL_SECONDS):
            return await converse(process, content)
    except TimeoutError as error:
        raise DocumentRefused(TOO_MUCH) from error
    finally:
        await end(process)


async def converse(process: Process, content: bytes) -> LoadedDocument:
    """Send the file, read the pages as they come. Raises DocumentRefused."""
    sending = asyncio.create_task(send(process, content))
    try:
        return await receive(process)
    finally:
        sending.cancel()


async def send(process: Process, content: bytes) -> None:
    """The parser may end before it has read everything."""
    assert process.stdin is not None
    try:
        process.stdin.write(content)
        await process.stdin.drain()
        process.stdin.close()
    except (BrokenPipeError, ConnectionResetError):
        return


async def receive(process: Process) -> LoadedDocument:
    """The parser's JSON lines as a document. Raises DocumentRefused."""
    assert process.stdout is not None
    lines = [json.loads(line) async for line in process.stdout]
    if await process.wait() != 0 or not lines:
        raise DocumentRefused(DAMAGED if process.returncode == FAILED else TOO_MUCH)
    if "refused" in lines[0]:
        raise DocumentRefused(lines[0]["refused"])
    pages = tuple(Page(line["number"], line["text"]) for line in lines[1:])
    return LoadedDocument(pages, lines[0]["metadata"])


async def end(process: Process) -> None:
    """Leave no parser behind."""
    if process.returncode is None:
        process.kill()
    await process.wait()


FAILED = 1  # what Python exits with after an uncaught exception
OUT_OF_MEMORY = 3


def bound_resources() -> None:
    """From here on this process can hurt nobody: little memory, little time, no files, low rank."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)


def write(value: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


def main(file_name: str) -> None:
    """Parse stdin."""
    bound_resources()
    try:
        document = load(file_name, sys.stdin.buffer.read())
    except DocumentRefused as refused:
        write({"refused": str(refused)})
    except (MemoryError, RecursionError):
        sys.exit(OUT_OF_MEMORY)
    else:
        write({"metadata": document.metadata})
        for page in document.pages:
            write({"number": page.number, "text": page.text})


if __name__ == "__main__":
    main(sys.argv[1])
