"""The demo documents' passages, without a store."""

import re
from pathlib import Path
from uuid import uuid4

from rag.documents import Passage

COMMENT = re.compile(r"<!--.*?-->|\A---.*?\n---\n", re.DOTALL)
DOCUMENTS = Path(__file__).parents[2] / "app" / "dealership" / "demo_documents"


def demo_passages() -> list[Passage]:
    """Every section of every document written in Markdown."""
    files = sorted(DOCUMENTS.glob("*.md"))
    return [
        passage_of(section)
        for file in files
        for section in COMMENT.sub("", file.read_text("utf-8")).split("\n## ")
        if section.strip()
    ]


def passage_of(text: str) -> Passage:
    return Passage(
        chunk_id=uuid4(), document_id=uuid4(), title="Manual", type="manual", model=None,
        year=None, market=None, language="en", text=text, page=None, heading=None,
        similarity=1.0, relevance=1.0,
    )  # fmt: skip
