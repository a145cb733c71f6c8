"""Rows of cells as a Markdown pipe table."""

from __future__ import annotations

from collections.abc import Sequence


def pipe_table(rows: Sequence[Sequence[str]]) -> str:
    """The first row is the header; short rows are filled up. Empty without any text."""
    kept = [[cell_text(cell) for cell in row] for row in rows if any(cell.strip() for cell in row)]
    if not kept:
        return ""
    width = max(len(row) for row in kept)
    lines = [pipe_row(row + [""] * (width - len(row))) for row in kept]
    return "\n".join([lines[0], pipe_row(["---"] * width), *lines[1:]])


def pipe_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def cell_text(cell: str) -> str:
    """One line, with bars that are no borders."""
    return " ".join(cell.split()).replace("|", "\\|")
