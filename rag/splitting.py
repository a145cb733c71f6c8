"""Cutting plain text into spans: (start, end) offsets, in order, that leave no character out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

Span = tuple[int, int]

PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
LINE = re.compile(r"\n")
SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|\n\s*\n\s*")
SPACE = re.compile(r"\s+")
SEPARATORS = (PARAGRAPH, LINE, SENTENCE, SPACE)


def fixed_spans(text: str, size: int, overlap: int) -> list[Span]:
    """Windows of exactly `size` characters, each repeating the last `overlap` of the one before."""
    size, overlap = usable(size, overlap)
    starts = range(0, max(len(text) - overlap, 1), size - overlap)
    return [(start, min(start + size, len(text))) for start in starts if text]


def recursive_spans(text: str, size: int, overlap: int) -> list[Span]:
    """At most `size` characters, cut at paragraphs, else lines, sentences, words, anywhere.

    Each span but the first begins up to `overlap` characters early, at a word.
    """
    size, overlap = usable(size, overlap)
    whole = (0, len(text))
    spans = list(packed(cut(text, whole, size - overlap, SEPARATORS), size - overlap))
    return [(earlier(text, start, overlap), end) for start, end in spans if end > start]


def usable(size: int, overlap: int) -> tuple[int, int]:
    """Any two numbers made safe: size at least 1, overlap from 0 to half the size."""
    size = max(1, size)
    return size, min(max(0, overlap), size // 2)


def sentence_spans(text: str) -> list[Span]:
    """Sentences with the white space that follows them."""
    return list(split_after(text, (0, len(text)), SENTENCE))


def cut(
    text: str, span: Span, size: int, separators: tuple[re.Pattern[str], ...]
) -> Iterator[Span]:
    """Pieces no longer than `size`, by the coarsest separator that serves."""
    start, end = span
    if end - start <= size:
        yield span
    elif not separators:
        yield from ((at, min(at + size, end)) for at in range(start, end, size))
    else:
        for piece in split_after(text, span, separators[0]):
            yield from cut(text, piece, size, separators[1:])


def split_after(text: str, span: Span, separator: re.Pattern[str]) -> Iterator[Span]:
    """Cut behind each separator."""
    start, end = span
    for match in separator.finditer(text, start, end):
        if match.end() > start:
            yield start, match.end()
            start = match.end()
    if end > start:
        yield start, end


def packed(pieces: Iterable[Span], size: int) -> Iterator[Span]:
    """Join neighbours while they fit."""
    current: Span | None = None
    for start, end in pieces:
        if current is not None and end - current[0] <= size:
            current = current[0], end
            continue
        if current is not None:
            yield current
        current = start, end
    if current is not None:
        yield current


def earlier(text: str, start: int, overlap: int) -> int:
    """Where a span begins when it repeats up to `overlap` characters, from a word's beginning."""
    gap = SPACE.search(text, max(0, start - overlap), start)
    return gap.end() if gap and start > overlap else (0 if start <= overlap else start)
