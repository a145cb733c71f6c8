"""Markdown as sections: a heading path, and the paragraphs, lists and tables below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.splitting import recursive_spans, usable

HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(\S.*)$")
CLOSING_HASHES = re.compile(r"[ \t]+#*[ \t]*$")
FENCE = re.compile(r"^ {0,3}(```|~~~)")
LONGEST_ROW = 20_000  # characters; a longer table row is text, not a row
LONGEST_HEADING = 300  # characters; a longer line is text
SEPARATOR = " > "


def heading_of(line: str) -> tuple[int, str] | None:
    """(level, title) of a '#' line."""
    match = HEADING.match(line) if len(line) <= LONGEST_HEADING else None
    return match and (len(match[1]), CLOSING_HASHES.sub("", match[2]))


@dataclass(slots=True)
class HeadingPath:
    """The headings above the current line, outermost first."""

    levels: list[tuple[int, str]] = field(default_factory=list)

    def enter(self, level: int, title: str) -> None:
        """A heading closes its equals and everything below them."""
        self.levels = [entry for entry in self.levels if entry[0] < level]
        self.levels.append((level, title))

    def __str__(self) -> str:
        return SEPARATOR.join(title for _, title in self.levels)


@dataclass(slots=True)
class Section:
    """What stands below one heading on one page. `level` is 0 before the first heading."""

    path: str | None
    level: int
    title: str | None
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip("\n")


def sections(text: str, path: HeadingPath) -> list[Section]:
    """The sections of one page. `path` comes from the page before and goes on to the next."""
    found = [Section(str(path) or None, 0, None)]
    fence = None
    for line in text.split("\n"):
        heading = None if fence else heading_of(line)
        if heading:
            path.enter(*heading)
            found.append(Section(str(path), *heading))
        else:
            fence = next_fence(fence, line)
            found[-1].lines.append(line)
    return found


def next_fence(fence: str | None, line: str) -> str | None:
    """The fence a code block is in after this line, or None outside of one."""
    mark = FENCE.match(line)
    if mark is None:
        return fence
    if fence is None:
        return mark[1]
    return None if mark[1] == fence else fence


def section_texts(
    found: list[Section], size: int, overlap: int
) -> Iterator[tuple[str | None, str]]:
    """(heading path, text) pieces. A heading with nothing below it becomes its own text."""
    for at, section in enumerate(found):
        if section.text.strip():
            for text in section_pieces(section.text, size, overlap):
                yield section.path, text
        elif section.title and not has_subsection(found, at):
            yield section.path, section.title


def has_subsection(found: list[Section], at: int) -> bool:
    """Whether the next heading lies below this one, so that its path repeats this title."""
    return at + 1 < len(found) and found[at + 1].level > found[at].level


def section_pieces(text: str, size: int, overlap: int) -> Iterator[str]:
    """A section whole if it fits, else its blocks packed; tables are cut between rows only."""
    size, overlap = usable(size, overlap)
    if len(text) <= size:
        yield text
        return
    for block, is_table in blocks(text):
        if is_table:
            yield from table_pieces(block, size)
        else:
            for start, end in recursive_spans(block, size, overlap):
                yield block[start:end].strip("\n")


def blocks(text: str) -> Iterator[tuple[str, bool]]:
    """Runs of table rows, and runs of everything else."""
    run: list[str] = []
    in_table = False
    for line in text.split("\n"):
        is_row = line.lstrip().startswith("|") and len(line) <= LONGEST_ROW
        if run and is_row != in_table:
            yield "\n".join(run), in_table
            run = []
        in_table = is_row
        run.append(line)
    if run:
        yield "\n".join(run), in_table


def table_pieces(table: str, size: int) -> Iterator[str]:
    """Whole rows, at most `size` characters if the rows allow it, below the repeated header."""
    rows = table.split("\n")
    header = rows[:2] if len(rows) > 2 and is_delimiter(rows[1]) else []
    piece = list(header)
    for row in rows[len(header) :]:
        if len(piece) > len(header) and sum(map(len, piece)) + len(piece) + len(row) > size:
            yield "\n".join(piece)
            piece = list(header)
        piece.append(row)
    yield "\n".join(piece)


def is_delimiter(row: str) -> bool:
    """The `|---|:--:|` line under a table's header."""
    return "-" in row and not set(row) - set("|:- \t")
