"""What a document is about, told by the uploader, its front matter, or its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import cast

from rag.documents import (
    DOCUMENT_TYPES,
    DocumentMetadata,
    DocumentRefused,
    DocumentType,
    LoadedDocument,
)
from rag.sections import heading_of

LANGUAGE = re.compile(r"[a-z]{2,3}([-_][A-Za-z]{2,4})?")
LONGEST_TITLE = 300
LONGEST_NAME = 100
YEARS = range(1900, 2101)


def check_metadata(metadata: DocumentMetadata) -> None:
    """Raises DocumentRefused for values no document can have."""
    if metadata.type not in DOCUMENT_TYPES:
        raise DocumentRefused(
            f"'{metadata.type}' is no type of document; use {', '.join(DOCUMENT_TYPES)}."
        )
    if metadata.year is not None and metadata.year not in YEARS:
        raise DocumentRefused(f"{metadata.year} is no model year.")
    if not LANGUAGE.fullmatch(metadata.language):
        raise DocumentRefused(f"'{metadata.language}' is no language code such as 'en' or 'pt-BR'.")
    if len(metadata.title) > LONGEST_TITLE or any(
        len(name or "") > LONGEST_NAME for name in (metadata.model, metadata.market)
    ):
        raise DocumentRefused("The title, model or market is too long.")


def complete_metadata(
    given: DocumentMetadata | None, document: LoadedDocument, file_name: str
) -> DocumentMetadata:
    """Given values first, then front matter, then the first heading or the file's name.

    Of given metadata only an empty title and a None model, year or market are filled in.
    Raises DocumentRefused.
    """
    front = document.metadata
    about = given or DocumentMetadata(
        title="",
        type=cast(DocumentType, front.get("type", "manual")),
        language=front.get("language", "en"),
    )
    about = replace(
        about,
        title=about.title or front.get("title") or first_title(document, file_name),
        model=about.model or front.get("model"),
        year=about.year if about.year is not None else year_of(front),
        market=about.market or front.get("market"),
    )
    check_metadata(about)
    return about


def year_of(front: Mapping[str, str]) -> int | None:
    """Raises DocumentRefused when the front matter's year is no number."""
    year = front.get("year")
    if year is None:
        return None
    if not year.isdecimal():
        raise DocumentRefused(f"The front matter's year '{year}' is no number.")
    return int(year)


def first_title(document: LoadedDocument, file_name: str) -> str:
    """The first heading on the first page, or the file's name in words."""
    for line in document.pages[0].text.split("\n"):
        if heading := heading_of(line):
            return heading[1]
    return re.sub(r"[-_\s]+", " ", PurePath(file_name).stem).strip() or file_name
