"""Whether the right page of the demo documents is found, in a private PostgreSQL of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from agents.glossary import expand
from app.db.engine import Database
from app.db.migrate import migrate
from app.dealership.demo_data import seed_documents
from app.embedded.postgres import private_postgres
from rag.documents import Filters, Passage
from rag.embedding import Embedder
from rag.ingestion import Ingestion
from rag.retrieval import Retriever
from rag.vectors import ensure_vector_index
from scripts.evaluation.confidence import measure_confidence
from scripts.evaluation.figures import Figure

QUESTIONS = Path(__file__).with_name("retrieval.yaml")
TITLES = {
    "manual": "GenAuto {vehicle} Owner's Manual",
    "spec": "GenAuto {vehicle} Specifications",
    "faq": "GenAuto Riverside Questions and Answers",
    "service": "GenAuto Riverside Service Guide",
    "troubleshooting": "GenAuto Riverside Troubleshooting Guide",
}


@dataclass(frozen=True, slots=True)
class Question:
    """`pages` are the (title, page) pairs that answer it."""

    ask: str
    language: str
    filters: Filters
    pages: frozenset[tuple[str, int]]


async def measure_retrieval(embedder: Embedder) -> list[Figure]:
    questions = load_questions()
    with (
        TemporaryDirectory(prefix="genai-auto-eval-") as folder,
        private_postgres(Path(folder) / "postgres") as url,
    ):
        database = Database(url)
        try:
            retriever = await fill(database, embedder)
            plain = [await place(retriever, each, each.ask) for each in questions]
            worded = [
                await place(retriever, each, expand(each.ask, each.language)) for each in questions
            ]
            confidence = await measure_confidence(embedder, retriever, questions)
        finally:
            await database.close()
    return report(questions, plain, worded) + confidence


def load_questions(path: Path = QUESTIONS) -> list[Question]:
    return [question_of(given) for given in yaml.safe_load(path.read_text("utf-8"))]


def question_of(given: dict[str, object]) -> Question:
    vehicle, pages = given.get("vehicle"), given["pages"]
    assert isinstance(pages, dict)
    model, year = str(vehicle).split() if vehicle else (None, None)
    return Question(
        ask=str(given["ask"]),
        language=str(given["language"]),
        filters=Filters(model=model, year=int(year) if year else None),
        pages=frozenset(
            (TITLES[document].format(vehicle=vehicle), page)
            for document, numbers in pages.items()
            for page in numbers
        ),
    )


async def fill(database: Database, embedder: Embedder) -> Retriever:
    """A searchable store with all demo documents."""
    await migrate(database.engine)
    await ensure_vector_index(database.engine, embedder)
    await seed_documents(Ingestion(database.engine, embedder), lambda name, done, total: None)
    return Retriever(database.engine, embedder)


async def place(retriever: Retriever, question: Question, query: str) -> int | None:
    """At which place (1 is best) a page that answers stands; None when none was found."""
    passages: Sequence[Passage] = await retriever.retrieve(query, question.filters)
    places = (
        at for at, found in enumerate(passages, 1) if (found.title, found.page) in question.pages
    )
    return next(places, None)


def report(
    questions: Sequence[Question], plain: Sequence[int | None], worded: Sequence[int | None]
) -> list[Figure]:
    """`plain` are the places with the customer's words, `worded` with the glossary's."""
    print(f"\nRetrieval: {len(questions)} questions about the demo documents")
    for language in ("en", "pt", "es", "de"):
        mine = [at for at, each in enumerate(questions) if each.language == language]
        for how, places in (("own words", plain), ("glossary", worded)):
            found = [places[at] for at in mine]
            print(f"  {language}, {how:10} hit@1 {hit(found, 1):.3f}  hit@3 {hit(found, 3):.3f}")
    for question, at_last in zip(questions, worded, strict=True):
        if at_last is None or at_last > 3:
            print(f"  place {at_last or '-'}: {question.ask}")
    return [
        Figure("retrieval hit@1", hit(worded, 1), 0.75, 0.85),
        Figure("retrieval hit@3", hit(worded, 3), 0.85, 0.95),
    ]


def hit(places: Sequence[int | None], within: int) -> float:
    return sum(place is not None and place <= within for place in places) / len(places)
