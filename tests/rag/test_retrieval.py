import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from rag.documents import CatalogueModel, Filters, KnowledgeUnavailable
from rag.ingestion import Ingestion
from rag.retrieval import Retriever
from rag.store import (
    delete_document,
    get_document,
    knowledge_version,
    list_documents,
    stats,
)
from tests.rag.fakes import HashingEmbedder, ingest, upload


@pytest.fixture
async def filled(ingestion: Ingestion) -> Ingestion:
    """The towing capacity of three cars, and the dealership's hours."""
    for name, about in {
        "a.md": {"model": "X1", "year": 2024, "market": "US"},
        "b.md": {"model": "X1", "year": 2025, "market": "US"},
        "c.md": {"model": "T5", "year": 2025, "market": "EU", "type": "spec"},
    }.items():
        tons = {"a.md": "1,500", "b.md": "2,000", "c.md": "2,500"}[name]
        await ingest(ingestion, upload(f"# Towing\n\nIt tows {tons} kg at most", name, **about))
    await ingest(ingestion, upload("# Hours\n\nWe rent trailers for towing", "d.md", type="faq"))
    return ingestion


async def models(retriever: Retriever, **filters: object) -> set[tuple[str | None, int | None]]:
    found = await retriever.retrieve("what it tows, towing", Filters(**filters))  # type: ignore[arg-type]
    return {(passage.model, passage.year) for passage in found}


@pytest.mark.usefixtures("filled")
async def test_filters_narrow_and_documents_for_all_models_pass(retriever: Retriever) -> None:
    x24, x25, t5, anything = ("X1", 2024), ("X1", 2025), ("T5", 2025), (None, None)
    assert await models(retriever) == {x24, x25, t5, anything}
    assert await models(retriever, model="X1") == {x24, x25, anything}
    assert await models(retriever, model="x1", year=2024) == {x24, anything}
    assert await models(retriever, year=2025) == {x25, t5, anything}
    assert await models(retriever, market="EU") == {t5, anything}
    assert await models(retriever, type="faq") == {anything}
    assert await models(retriever, language="en-US") == {x24, x25, t5, anything}
    assert await models(retriever, language="de") == set()
    assert await models(retriever, model="Z9") == {anything}


@pytest.mark.usefixtures("filled")
async def test_the_vehicle_asked_for_comes_before_what_holds_for_all(retriever: Retriever) -> None:
    found = await retriever.retrieve("towing trailers", Filters(model="X1", year=2025))
    assert all(0 <= passage.relevance <= 1 for passage in found)
    assert all(0 <= (passage.similarity or 0) <= 1 for passage in found)


@pytest.mark.usefixtures("filled")
async def test_a_question_the_documents_do_not_answer_gets_nothing(retriever: Retriever) -> None:
    assert await retriever.retrieve("Recommend a pizza restaurant nearby please") == []
    assert await retriever.retrieve("   ") == []


@pytest.mark.usefixtures("filled")
async def test_without_the_embedder_words_alone_are_searched_and_it_shows(
    retriever: Retriever, hashing: HashingEmbedder
) -> None:
    hashing.down = True
    found = await retriever.retrieve("how many kg it tows", Filters(model="X1", year=2025))
    assert "2,000 kg" in found[0].text
    assert {passage.similarity for passage in found} == {None}
    assert await retriever.retrieve("pizza restaurant") == []


@pytest.mark.usefixtures("filled")
async def test_the_catalogue_says_what_is_covered(retriever: Retriever) -> None:
    catalogue = await retriever.catalogue()
    assert catalogue.models == (
        CatalogueModel("T5", (2025,), ("en",)),
        CatalogueModel("X1", (2024, 2025), ("en",)),
    )
    assert (catalogue.languages, catalogue.markets) == (("en",), ("EU", "US"))
    assert catalogue.documents == 4


async def test_an_empty_knowledge_base_answers_nothing(retriever: Retriever) -> None:
    assert await retriever.retrieve("towing") == []
    assert (await retriever.catalogue()).models == ()


@pytest.mark.usefixtures("filled")
async def test_deleting_a_document_takes_it_with_its_versions_out(
    retriever: Retriever, ingestion: Ingestion, rag_engine: AsyncEngine
) -> None:
    old = (await list_documents(rag_engine, containing="b.md"))[0].id
    new = await ingest(ingestion, upload("# Towing\n\nIt tows 2,100 kg", "b.md", model="X1"))
    before = await knowledge_version(rag_engine)
    assert await delete_document(rag_engine, new)
    assert await get_document(rag_engine, old) is None
    assert await knowledge_version(rag_engine) == before + 1
    assert ("X1", 2025) not in await models(retriever)
    assert not await delete_document(rag_engine, new)
    assert await knowledge_version(rag_engine) == before + 1


@pytest.mark.usefixtures("filled")
async def test_the_store_counts_and_lists_what_is_current(rag_engine: AsyncEngine) -> None:
    counted = await stats(rag_engine)
    assert (counted.documents, counted.chunks) == (4, 4)
    assert counted.documents_by_type == {"manual": 2, "spec": 1, "faq": 1}
    assert counted.documents_by_model == {"X1": 2, "T5": 1, None: 1}
    assert counted.chunks_by_embedding_model == {"hashing": 4}
    assert len(await list_documents(rag_engine, Filters(model="X1"))) == 2
    assert len(await list_documents(rag_engine, limit=3)) == 3
    assert len(await list_documents(rag_engine, limit=3, offset=3)) == 1


async def test_a_store_that_is_gone_is_a_named_error(hashing: HashingEmbedder) -> None:
    engine = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(KnowledgeUnavailable):
        await Retriever(engine, hashing).retrieve("towing")
    await engine.dispose()
