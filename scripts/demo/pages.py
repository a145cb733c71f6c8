"""Cut rendered Markdown into pages that never break a table, a list or a heading from its text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations, pairwise
from typing import Literal

WORDS_PER_PAGE = 350
WORDS_PER_SECTION = 260

Kind = Literal["heading", "table", "quote", "steps", "bullets", "paragraph"]

_KINDS: tuple[tuple[str, Kind], ...] = (
    (r"#{1,3} ", "heading"),
    (r"\|", "table"),
    (r"> ", "quote"),
    (r"\d+\. ", "steps"),
    (r"- ", "bullets"),
)
_WORD = re.compile(r"[A-Za-z0-9][\w.,'/-]*")


@dataclass(frozen=True)
class Block:
    """One heading, paragraph, note, list or table of the Markdown."""

    kind: Kind
    text: str

    @property
    def level(self) -> int:
        """1 to 3 for headings, 0 for everything else."""
        return len(self.text.split(" ", 1)[0]) if self.kind == "heading" else 0

    @property
    def title(self) -> str:
        """The text of a heading without its marks."""
        return self.text.lstrip("# ")

    @property
    def words(self) -> int:
        return len(_WORD.findall(self.text))

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def rows(self) -> list[list[str]]:
        """The cells of a table: the header first, the dashed line left out."""
        lines = [line for line in self.lines if not set(line) <= set("|-: ")]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


Page = tuple[Block, ...]


def parse(markdown: str) -> list[Block]:
    """Split Markdown at its blank lines."""
    texts = (text.strip() for text in re.split(r"\n\s*\n", markdown))
    return [Block(_kind(text), text) for text in texts if text]


def paginate(blocks: Sequence[Block], words_per_page: int = WORDS_PER_PAGE) -> list[Page]:
    """Start every chapter on a new page and spread its text evenly over its pages."""
    chapters = (_spread(_units(chapter), words_per_page) for chapter in _chapters(blocks))
    return list(chain.from_iterable(chapters))


def word_count(pages: Sequence[Page]) -> int:
    return sum(_words(page) for page in pages)


def _kind(text: str) -> Kind:
    return next((kind for mark, kind in _KINDS if re.match(mark, text)), "paragraph")


def _chapters(blocks: Sequence[Block]) -> list[list[Block]]:
    chapters: list[list[Block]] = []
    for block in blocks:
        if block.level == 1 or not chapters:
            chapters.append([])
        chapters[-1].append(block)
    return chapters


def _units(chapter: Sequence[Block]) -> list[Page]:
    """What must stay together: whole sections, or the parts of a section too long for that."""
    units: list[Page] = []
    for section in _sections(chapter):
        units += [section] if _words(section) <= WORDS_PER_SECTION else _parts(section)
    return units


def _sections(chapter: Sequence[Block]) -> list[Page]:
    """The chapter cut before each heading that does not directly follow another heading."""
    sections: list[list[Block]] = []
    previous: Block | None = None
    for block in chapter:
        if previous is None or (block.level and not previous.level):
            sections.append([])
        sections[-1].append(block)
        previous = block
    return [tuple(section) for section in sections]


def _parts(section: Sequence[Block]) -> list[Page]:
    """Headings stay with the next block, opening lines with their list or table."""
    parts: list[list[Block]] = [[]]
    for block, following in zip(section, [*section[1:], None], strict=True):
        parts[-1].append(block)
        if following is None or not _belongs(block, following):
            parts.append([])
    return [tuple(part) for part in parts if part]


def _belongs(block: Block, following: Block) -> bool:
    opens = block.kind == "paragraph" and following.kind in ("table", "steps", "bullets")
    return bool(block.level) or opens


def _spread(units: Sequence[Page], limit: int) -> list[Page]:
    """The most even way to lay the units on the fewest pages within the limit."""
    breaks = combinations(range(1, len(units)), len(_fill(units, limit)) - 1)
    layouts = [_cut(units, places) for places in breaks]
    fitting = [pages for pages in layouts if max(map(_words, pages)) <= limit]
    return min(fitting, key=lambda pages: sum(_words(page) ** 2 for page in pages))


def _cut(units: Sequence[Page], places: Sequence[int]) -> list[Page]:
    bounds = pairwise([0, *places, len(units)])
    return [tuple(chain.from_iterable(units[start:end])) for start, end in bounds]


def _words(page: Page) -> int:
    return sum(block.words for block in page)


def _fill(units: Sequence[Page], limit: int) -> list[Page]:
    pages: list[list[Block]] = [[]]
    for unit in units:
        if pages[-1] and _words((*pages[-1], *unit)) > limit:
            pages.append([])
        pages[-1].extend(unit)
    return [tuple(page) for page in pages]
