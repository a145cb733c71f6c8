from uuid import uuid4

from rag.documents import NO_FILTERS, Candidate, Filters, Passage
from rag.reranking import FLOOR, content_of, rerank


def found(
    text: str,
    similarity: float | None,
    coverage: float,
    model: str | None = None,
    topic: float = 0.0,
) -> Candidate:
    passage = Passage(
        chunk_id=uuid4(),
        document_id=uuid4(),
        title="Manual",
        type="manual",
        model=model,
        year=None,
        market=None,
        language="en",
        text=text,
        page=1,
        heading=None,
        similarity=similarity,
        relevance=0.0,
    )
    return Candidate(passage, fusion=0.0, coverage=coverage, topic=topic)


def texts(*candidates: Candidate, filters: Filters = NO_FILTERS, limit: int = 6) -> list[str]:
    return [passage.text for passage in rerank(candidates, filters, limit)]


def test_meaning_and_words_together_decide() -> None:
    assert texts(found("a", 0.5, 0.1), found("b", 0.4, 0.9)) == ["b", "a"]


def test_what_says_nothing_about_the_question_is_left_out() -> None:
    assert texts(found("a", FLOOR - 0.1, 0.0), found("b", 0.1, 0.1)) == []
    assert texts(found("a", None, 0.4)) == []


def test_the_exact_model_wins_a_near_tie() -> None:
    filters = Filters(model="X1")
    candidates = (found("for all", 0.51, 0.5), found("for the X1", 0.5, 0.5, "X1"))
    assert texts(*candidates, filters=filters) == ["for the X1", "for all"]


def test_a_heading_that_says_what_was_asked_decides_a_near_tie() -> None:
    assert texts(found("a", 0.52, 0.5), found("b", 0.5, 0.5, topic=0.6)) == ["b", "a"]


def test_the_same_is_said_once() -> None:
    assert texts(found("It tows 2,000 kg.", 0.9, 1), found("It tows 2,000 kg", 0.8, 1)) == [
        "It tows 2,000 kg."
    ]


def test_passages_that_differ_in_a_number_are_not_the_same() -> None:
    long = "The permitted trailer load of the car with brakes on a slope of 12 percent is {} kg."
    assert content_of(long.format("2,000")).says_the_same_as(content_of(long.format("2,000")))
    two, other = content_of(long.format("2,000")), content_of(long.format("1,800"))
    assert not two.says_the_same_as(other)


def test_never_more_than_asked_for() -> None:
    assert len(texts(*(found(f"text {at}", 0.9, 1) for at in range(9)), limit=4)) == 4
