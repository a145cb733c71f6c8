import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.chunking import cut_into_chunks
from rag.documents import (
    CHUNKER_NAMES,
    Chunk,
    ChunkerName,
    Chunking,
    ChunkingRefused,
    LoadedDocument,
    Page,
)
from tests.rag.fakes import HashingEmbedder

markdown_lines = st.sampled_from(
    [
        "# Towing",
        "## Towing a trailer",
        "### ",
        "The X1 tows 2,000 kg with brakes.",
        "a sentence without an end",
        "- a list item",
        "| Fact | Value |",
        "|---|---|",
        "| Roof load | 85 kg |",
        "```",
        "# no heading in a code block",
        "",
        "x" * 40,
        "wörd " * 40,
    ]
)
pages = st.lists(
    st.lists(markdown_lines, max_size=25).map("\n".join).map(str.strip), min_size=1, max_size=4
)


async def chunks_of(document: LoadedDocument, chunking: Chunking) -> list[Chunk]:
    return await cut_into_chunks(document, chunking, HashingEmbedder())


def loaded(*texts: str) -> LoadedDocument:
    return LoadedDocument(tuple(Page(at, text) for at, text in enumerate(texts, 1)), {})


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


@pytest.mark.parametrize("chunker", CHUNKER_NAMES)
@settings(max_examples=60, deadline=None)
@given(texts=pages, size=st.integers(100, 600), overlap=st.integers(0, 99))
async def test_no_word_is_lost_by_any_chunker(
    chunker: ChunkerName, texts: list[str], size: int, overlap: int
) -> None:
    chunks = await chunks_of(loaded(*texts), Chunking(chunker, size, overlap))
    if chunker != "fixed":  # which may cut within a word
        said = words(" ".join(f"{chunk.heading} {chunk.text}" for chunk in chunks))
        assert words(" ".join(texts)) <= said
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    assert all(chunk.text.strip() for chunk in chunks)


@pytest.mark.parametrize(
    ("size", "overlap"), [(0, 0), (-1, 0), (99, 0), (10**9, 0), (500, -1), (500, 500), (500, 900)]
)
async def test_sizes_that_make_no_sense_are_refused_with_a_reason(size: int, overlap: int) -> None:
    with pytest.raises(ChunkingRefused, match="must be from"):
        await chunks_of(loaded("text"), Chunking("recursive", size, overlap))


async def test_a_chunk_knows_its_page_and_its_heading_path() -> None:
    document = loaded(
        "# Towing\n\n## Trailers\n\nUp to 2,000 kg.", "More on trailers.\n\n# Tires\n\nCold."
    )
    assert [(c.page, c.heading, c.text) for c in await chunks_of(document, Chunking())] == [
        (1, "Towing > Trailers", "Up to 2,000 kg."),
        (2, "Towing > Trailers", "More on trailers."),
        (2, "Tires", "Cold."),
    ]


@pytest.mark.parametrize("chunker", CHUNKER_NAMES)
async def test_headings_reach_over_pages_with_every_chunker(chunker: ChunkerName) -> None:
    document = loaded("# Towing\n\nUp to 2,000 kg.", "Slowly.")
    chunks = await chunks_of(document, Chunking(chunker))
    assert [(chunk.page, chunk.heading) for chunk in chunks] == [(1, "Towing"), (2, "Towing")]


async def test_a_table_is_cut_between_rows_and_repeats_its_header() -> None:
    rows = [f"| Fact {at} | {at * 10} kg |" for at in range(40)]
    document = loaded("\n".join(["# Data", "| Fact | Value |", "|---|---|", *rows]))
    chunks = await chunks_of(document, Chunking("markdown", 200, 50))
    assert len(chunks) > 3
    assert all(chunk.text.startswith("| Fact | Value |\n|---|---|\n| Fact ") for chunk in chunks)
    assert [line for c in chunks for line in c.text.split("\n")[2:]] == rows


async def test_a_heading_without_text_is_not_lost() -> None:
    chunks = await chunks_of(loaded("# Parent\n\n## Child\n\nText.\n\n## Empty"), Chunking())
    assert [(chunk.heading, chunk.text) for chunk in chunks] == [
        ("Parent > Child", "Text."),
        ("Parent > Empty", "Empty"),
    ]


async def test_a_sentence_over_two_pages_belongs_to_the_page_it_begins_on() -> None:
    document = loaded("# Towing\n\nNever exceed the", "permitted load. Drive slowly.")
    assert [(c.page, c.text) for c in await chunks_of(document, Chunking())] == [
        (1, "Never exceed the permitted load."),
        (2, "Drive slowly."),
    ]


async def test_semantic_cutting_parts_what_does_not_belong_together() -> None:
    oil = "The engine oil is 0W-20. The engine oil is changed yearly. The engine oil is hot. "
    children = "Children sit behind in approved seats."
    chunks = await chunks_of(loaded(oil + children), Chunking("semantic"))
    assert [chunk.text for chunk in chunks] == [oil.strip(), children]


async def test_a_hash_inside_a_code_block_is_no_heading() -> None:
    chunks = await chunks_of(loaded("# Real\n\n```\n# not real\n```\n\nText."), Chunking())
    assert [chunk.heading for chunk in chunks] == ["Real"]
