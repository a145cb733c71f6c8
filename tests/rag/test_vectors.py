import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from rag.embedding import EmbedderUnavailable, EmbeddingModelMismatch
from rag.ingestion import Ingestion
from rag.retrieval import Retriever
from rag.vectors import check_embedding_model, ensure_vector_index, reembed, vector_index_name
from tests.rag.fakes import HashingEmbedder, ingest, upload

PARTS = "\n\n".join(f"# Part {at}\n\nPart number {at} of the car" for at in range(80))


async def vector_indexes(engine: AsyncEngine) -> list[str]:
    sql = "select indexname from pg_indexes where indexname like 'ix_document_embeddings_hnsw%'"
    async with engine.connect() as connection:
        return list((await connection.execute(text(sql))).scalars())


async def test_the_index_is_made_once_by_however_many_starts(rag_engine: AsyncEngine) -> None:
    other = HashingEmbedder("it's another", 32)
    await asyncio.gather(*(ensure_vector_index(rag_engine, other) for _ in range(3)))
    assert vector_index_name(other) in await vector_indexes(rag_engine)
    assert len(await vector_indexes(rag_engine)) == 2


async def test_chunks_of_another_model_are_told_with_the_command_that_helps(
    ingestion: Ingestion, rag_engine: AsyncEngine, hashing: HashingEmbedder
) -> None:
    await ingest(ingestion, upload("# A\n\nText"))
    await check_embedding_model(rag_engine, hashing)
    with pytest.raises(EmbeddingModelMismatch, match=r"1 by hashing.*genai-auto reembed"):
        await check_embedding_model(rag_engine, HashingEmbedder("newer"))
    with pytest.raises(EmbeddingModelMismatch, match="96 dimensions"):
        await check_embedding_model(rag_engine, HashingEmbedder("hashing", 96))


@pytest.mark.parametrize("name", ["newer", "hashing"])
async def test_reembedding_goes_on_where_it_was_cut_off(
    ingestion: Ingestion, rag_engine: AsyncEngine, name: str
) -> None:
    await ingest(ingestion, upload(PARTS))
    newer = HashingEmbedder(name, 96)

    def cut_off(done: int, total: int) -> None:
        assert total == 80
        newer.down = done == 64

    with pytest.raises(EmbedderUnavailable):
        await reembed(rag_engine, newer, cut_off)
    assert len(newer.embedded) == 64
    newer.down = False
    seen: list[tuple[int, int]] = []
    assert await reembed(rag_engine, newer, lambda done, total: seen.append((done, total))) == 16
    assert seen == [(16, 16)]
    assert len(newer.embedded) == 80
    await check_embedding_model(rag_engine, newer)
    assert await vector_indexes(rag_engine) == [vector_index_name(newer)]
    [best, *_] = await Retriever(rag_engine, newer).retrieve("Part number 7 of the car")
    assert best.text == "Part number 7 of the car"
