"""HTML: what a reader sees, with headings, lists and tables as Markdown."""

from __future__ import annotations

import re

from lxml import etree, html

from rag.documents import DocumentRefused, LoadedDocument, Page
from rag.parsers.plain import decode
from rag.parsers.tables import pipe_table

CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{1,40})", re.IGNORECASE)
HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
UNSEEN_TAGS = "script style nav noscript template iframe object svg canvas form button head"
BLOCK_TAGS = (
    "p div section article main header footer aside ul ol li dl dt dd blockquote figure "
    "figcaption pre table h1 h2 h3 h4 h5 h6 hr br body details summary address"
)
UNSEEN = frozenset(UNSEEN_TAGS.split())
BLOCKS = frozenset(BLOCK_TAGS.split())
LISTS = frozenset({"ul", "ol"})
SPACED = BLOCKS - {"br", "li", "ul", "ol", "dt", "dd"}
HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}


def parse_html(content: bytes) -> LoadedDocument:
    """One page without a number. Raises DocumentRefused."""
    declared = CHARSET.search(content, 0, 2048)
    text = decode(content, declared[1].decode("ascii") if declared else None)
    parser = html.HTMLParser(
        no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    try:
        root = html.document_fromstring(text.encode(), parser=parser)
    except etree.LxmlError as error:
        raise DocumentRefused("The HTML file holds no readable page.") from error
    drop_unseen(root)
    flatten_tables(root)
    return LoadedDocument((Page(None, "\n".join(markdown_lines(root)).strip()),), {})


def drop_unseen(root: html.HtmlElement) -> None:
    """Remove scripts, navigation and hidden parts; the text behind them stays."""
    for element in [element for element in root.iter() if is_unseen(element)]:
        if element.getparent() is not None:
            element.drop_tree()


def is_unseen(element: html.HtmlElement) -> bool:
    return (
        element.tag in UNSEEN
        or "hidden" in element.attrib
        or element.get("aria-hidden") == "true"
        or bool(HIDING_STYLE.search(element.get("style", "")))
    )


def flatten_tables(root: html.HtmlElement) -> None:
    """Each outermost table becomes preformatted text with its rows."""
    for table in list(root.iter("table")):
        if next(table.iterancestors("table"), None) is not None:
            continue
        rows = [
            [cell.text_content() for cell in row.iterchildren("td", "th")]
            for row in table.iter("tr")
        ]
        captions = [caption.text_content().strip() for caption in table.iter("caption")]
        tail = table.tail
        table.clear()
        table.tag, table.tail = "pre", tail
        table.text = "\n\n".join([*captions, pipe_table(rows)])


class Writer:
    """Collects lines; runs of white space within one become a space."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._words: list[str] = []
        self._prefix = ""

    def write(self, text: str | None) -> None:
        self._words.append(text or "")

    def open_line(self, prefix: str = "") -> None:
        """End the current line; the next begins with `prefix` if anything is written."""
        text = " ".join("".join(self._words).split())
        if text:
            self.lines.append(self._prefix + text)
        self._words = []
        self._prefix = prefix

    def gap(self) -> None:
        """An empty line, once."""
        if self.lines and self.lines[-1]:
            self.lines.append("")


def markdown_lines(root: html.HtmlElement) -> list[str]:
    """Walk the tree without recursion, so that no nesting is too deep."""
    writer, depth = Writer(), 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = str(element.tag)
        if event == "start":
            depth += tag in LISTS
            enter(writer, element, tag, depth)
        else:
            depth -= tag in LISTS
            leave(writer, tag)
            writer.write(element.tail)
    writer.open_line()
    return writer.lines


def enter(writer: Writer, element: etree._Element, tag: str, depth: int) -> None:
    """Begin the lines of a block; preformatted text is taken as it stands."""
    if tag in BLOCKS:
        writer.open_line(HEADINGS.get(tag) or ("  " * (depth - 1) + "- " if tag == "li" else ""))
    if tag in SPACED:
        writer.gap()
    if tag == "pre":
        text = "".join(str(part) for part in element.itertext())
        writer.lines.extend([*text.strip("\n").split("\n"), ""])
        del element[:]
    else:
        writer.write(element.text)


def leave(writer: Writer, tag: str) -> None:
    """End the lines of a block."""
    if tag in BLOCKS:
        writer.open_line()
    if tag in SPACED:
        writer.gap()
