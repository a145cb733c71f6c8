"""Markdown: YAML front matter as metadata, `<!-- page N -->` lines as page breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from rag.documents import DocumentRefused, LoadedDocument, Page
from rag.parsers.plain import decode

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
PAGE_MARK = re.compile(r"^[ \t]*<!-- *page +(\d{1,6}) *-->[ \t]*$", re.IGNORECASE)
UNDERLINED = re.compile(r"^(?=.*\w)(?!\|)(.{1,200})\n(=|-)\2{2,}[ \t]*$", re.MULTILINE)
LONGEST_FRONT_MATTER = 16_000


def parse_markdown(content: bytes) -> LoadedDocument:
    """Text before the first page mark has no number."""
    metadata, body = split_front_matter(decode(content))
    body = UNDERLINED.sub(as_heading, body)
    return LoadedDocument(tuple(split_pages(body)), metadata)


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The single values of the front matter, as text, and the rest. Raises DocumentRefused."""
    found = FRONT_MATTER.match(text[: LONGEST_FRONT_MATTER + 10])
    if not found:
        return {}, text
    try:
        values = yaml.safe_load(found[1]) or {}
    except yaml.YAMLError as error:
        raise DocumentRefused("The front matter between the '---' lines is not YAML.") from error
    if not isinstance(values, dict):
        raise DocumentRefused("The front matter must be 'name: value' lines.")
    single = {
        str(name): str(value)
        for name, value in values.items()
        if value is not None and not isinstance(value, dict | list)
    }
    return single, text[found.end() :]


def as_heading(underlined: re.Match[str]) -> str:
    """A title underlined with === or --- as a '#' line."""
    return f"{'#' if underlined[2] == '=' else '##'} {underlined[1].strip()}"


def split_pages(body: str) -> Iterator[Page]:
    """Pages that hold anything, in order."""
    number: int | None = None
    lines: list[str] = []
    for line in body.split("\n"):
        if mark := PAGE_MARK.match(line):
            yield from page_of(number, lines)
            number, lines = int(mark[1]), []
        else:
            lines.append(line)
    yield from page_of(number, lines)


def page_of(number: int | None, lines: list[str]) -> Iterator[Page]:
    text = "\n".join(lines).strip("\n")
    if text.strip():
        yield Page(number, text)
