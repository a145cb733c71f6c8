"""The search statement itself: fusion, filters, languages, and the plan PostgreSQL makes."""

from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from rag.connections import reading, writing
from rag.documents import Chunk, DocumentMetadata, Filters
from rag.ingestion import Ingestion
from rag.lexicon import LexicalPlan
from rag.publishing import NewVersion, publish
from rag.retrieval import Retriever
from rag.scope import scope_of
from rag.search import SETTINGS, Search, Wanted, arguments
from rag.vectors import ensure_vector_index
from tests.rag.fakes import HashingEmbedder, ingest, upload

CLUSTERS = 20


def random_vectors(rows: int, dimension: int, seed: int) -> np.ndarray:
    """Unit vectors around a few centres, shape [rows, dimension]."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(0).standard_normal((CLUSTERS, dimension))
    vectors = centres[random.integers(0, CLUSTERS, rows)]
    vectors = vectors + 0.7 * random.standard_normal((rows, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


async def fill(engine: AsyncEngine, embedder: HashingEmbedder, rows: int, **about: object) -> None:
    """A document of so many chunks with random vectors; every 20th speaks of a walrus."""
    texts = [f"car text number {at}" + " walrus" * (at % 20 == 0) for at in range(rows)]
    name = str(uuid4())
    await publish(
        engine,
        NewVersion(
            metadata=DocumentMetadata(**{"title": "Filler", **about}),  # type: ignore[arg-type]
            source_name=name,
            media_type="text/plain",
            content_hash=name,
            pages=1,
            created_by=None,
            chunks=[Chunk(at, text, 1, None) for at, text in enumerate(texts)],
            vectors=random_vectors(rows, embedder.dimension, seed=rows),
            embedding_model=embedder.name,
        ),
    )
    async with writing(engine) as db:
        await db.execute("analyze document_embeddings")


def wanted(embedder: HashingEmbedder, question: str, filters: Filters, seed: int = 1) -> Wanted:
    vector = random_vectors(1, embedder.dimension, seed)[0]
    return Wanted(question, vector, filters, ["english"], 10)


async def explained(
    engine: AsyncEngine, embedder: HashingEmbedder, filters: Filters, mode: str
) -> str:
    """The plan of the statement as it would be run, made anew or kept."""
    asked = wanted(embedder, "", filters)
    search = Search(engine, embedder.name, embedder.dimension)
    async with reading(engine, f"{SETTINGS}; set local plan_cache_mode = {mode}") as db:
        scope = await scope_of(db, filters)
        assert scope is not None
        values = arguments(asked, LexicalPlan((), ()), scope)
        sql = "explain " + search.statement(asked, scope)
        return "\n".join(row[0] for row in await db.fetch(sql, *values))


@pytest.mark.parametrize("rows", [1_000, 10_000])
async def test_postgresql_uses_the_vector_index_and_the_word_index(
    rag_engine: AsyncEngine, rows: int
) -> None:
    embedder = HashingEmbedder("wide", 384)
    await fill(rag_engine, embedder, rows, model="X1", year=2025)
    await fill(rag_engine, embedder, rows // 10, model="T5", year=2024)
    await ensure_vector_index(rag_engine, embedder)
    for filters in (Filters(), Filters("X1", 2025, language="en"), Filters(type="manual")):
        for mode in ("force_custom_plan", "force_generic_plan"):
            plan = await explained(rag_engine, embedder, filters, mode)
            assert "Index Scan using ix_document_embeddings_hnsw_" in plan, plan
            assert "Bitmap Index Scan on ix_document_embeddings_lexemes" in plan, plan
            assert "Seq Scan on document_embeddings" not in plan, plan


async def test_few_chunks_are_all_compared(
    rag_engine: AsyncEngine, hashing: HashingEmbedder
) -> None:
    await fill(rag_engine, hashing, 2_000, model="X1")
    await fill(rag_engine, hashing, 300, model="T5")
    plan = await explained(rag_engine, hashing, Filters(model="T5"), "force_generic_plan")
    assert "hnsw" not in plan, plan
    assert "uq_document_embeddings_document_id_ordinal" in plan, plan


async def test_the_nearest_found_are_the_nearest_there_are(
    rag_engine: AsyncEngine, hashing: HashingEmbedder
) -> None:
    await fill(rag_engine, hashing, 5_000)
    search = Search(rag_engine, hashing.name, hashing.dimension)
    recalls = []
    for seed in range(100, 130):
        ask = wanted(hashing, "", Filters(), seed)
        assert ask.vector is not None
        async with reading(rag_engine, "set local enable_indexscan = off") as db:
            exact = await db.fetch(
                "select id from document_embeddings "
                "order by embedding::halfvec(64) <=> $1::real[]::halfvec(64) limit 10",
                ask.vector.tolist(),
            )
        found = {candidate.passage.chunk_id for candidate in await search.find(ask)}
        recalls.append(len(found & {row["id"] for row in exact}) / 10)
    assert np.mean(recalls) >= 0.95


async def test_a_filter_that_lets_few_rows_through_still_fills_the_list(
    rag_engine: AsyncEngine, hashing: HashingEmbedder
) -> None:
    await fill(rag_engine, hashing, 3_000, model="T5")
    await fill(rag_engine, hashing, 30, model="X1")
    search = Search(rag_engine, hashing.name, hashing.dimension)
    for seed in range(5):
        found = await search.find(wanted(hashing, "", Filters(model="x1"), seed))
        assert [candidate.passage.model for candidate in found] == ["X1"] * 10


async def test_common_words_never_make_the_word_half_read_everything(
    rag_engine: AsyncEngine, hashing: HashingEmbedder
) -> None:
    await fill(rag_engine, hashing, 3_000)
    search = Search(rag_engine, hashing.name, hashing.dimension)
    ask = wanted(hashing, "car walrus text number", Filters())
    async with reading(rag_engine) as db:
        plan = await search._lexicon.plan(db, ask.question, ask.configs)
    assert plan.probes[0].terms == "'walrus'"
    assert "'car'" not in [probe.terms for probe in plan.probes]
    words = {word.term: word.weight for word in plan.words}
    assert words["'walrus'"] > 0.5
    assert sum(words.values()) == pytest.approx(1)
    assert "walrus" in (await search.find(ask))[0].passage.text


@pytest.mark.parametrize(
    "question", ["", "???", "the of and", "it's \\ 'quoted' & | ! <-> (:*)", "%s %(x)s {0}", "\t\n"]
)
async def test_no_question_breaks_the_statement(
    ingestion: Ingestion, retriever: Retriever, question: str
) -> None:
    await ingest(ingestion, upload("# Towing\n\nIt's the X1 & it tows (2,000 kg)."))
    await retriever.retrieve(question)


async def test_a_word_finds_what_meaning_misses_and_meaning_what_words_miss(
    ingestion: Ingestion, retriever: Retriever, hashing: HashingEmbedder
) -> None:
    hashing.synonyms = {"boot": "luggage", "trunk": "luggage", "volume": "space"}
    await ingest(
        ingestion,
        upload("# A\n\nThe trunk volume\n\n# B\n\nError P0420 catalyst\n\n# C\n\nSeats and belts"),
    )
    by_meaning = await retriever.retrieve("boot space")
    assert [passage.heading for passage in by_meaning] == ["A"]
    by_word = await retriever.retrieve("error p0420")
    assert [passage.heading for passage in by_word] == ["B"]


async def test_both_halves_together_rank_better_than_either(
    ingestion: Ingestion, rag_engine: AsyncEngine, hashing: HashingEmbedder
) -> None:
    hashing.synonyms = {"haul": "tow", "pull": "tow"}
    await ingest(
        ingestion,
        upload(
            "# A\n\nhaul pull haul pull anything\n\n"
            "# B\n\nthe X9 battery clock radio seat\n\n"
            "# C\n\ntow with the X9"
        ),
    )
    search = Search(rag_engine, hashing.name, hashing.dimension)

    async def order(question: str, vector: bool = True) -> list[str | None]:
        embedded = (await hashing.embed([question]))[0] if vector else None
        found = await search.find(Wanted(question, embedded, Filters(), ["english"], 3))
        return [candidate.passage.heading for candidate in found]

    assert (await order("tow X9"))[0] == "C"
    assert set(await order("tow X9", vector=False)) == {"B", "C"}


@pytest.mark.parametrize(
    ("language", "text", "question"),
    [
        ("de", "Die Anhängelasten der Fahrzeuge", "Anhängelast Fahrzeug"),
        ("pt-BR", "As capacidades dos reboques permitidos", "capacidade do reboque permitido"),
        ("es", "Las presiones de los neumáticos fríos", "presión del neumático frío"),
    ],
)
async def test_words_are_stemmed_in_the_language_of_the_document(
    ingestion: Ingestion,
    retriever: Retriever,
    hashing: HashingEmbedder,
    language: str,
    text: str,
    question: str,
) -> None:
    await ingest(ingestion, upload(f"# Titel\n\n{text}", language=language))
    hashing.down = True
    for filters in (Filters(language=language), Filters()):
        [passage] = await retriever.retrieve(question, filters)
        assert passage.text == text
    assert await retriever.retrieve(question, Filters(language="fr")) == []
