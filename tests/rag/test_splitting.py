from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rag.splitting import SENTENCE, Span, fixed_spans, recursive_spans, sentence_spans, split_after

texts = st.text(alphabet="ab .!?\n\t,äß|#-", max_size=600) | st.text(max_size=200)
numbers = st.integers(min_value=-50, max_value=500)


def left_out(text: str, spans: list[Span]) -> str:
    kept = [False] * len(text)
    for start, end in spans:
        kept[start:end] = [True] * (end - start)
    return "".join(char for char, is_kept in zip(text, kept, strict=True) if not is_kept)


@given(texts, numbers, numbers)
def test_recursive_cutting_leaves_nothing_out_and_keeps_to_the_size(
    text: str, size: int, overlap: int
) -> None:
    spans = recursive_spans(text, size, overlap)
    assert left_out(text, spans) == ""
    assert all(0 < end - start <= max(1, size) for start, end in spans)
    assert spans == sorted(spans)


@given(texts, numbers, numbers)
def test_fixed_cutting_leaves_nothing_out_and_keeps_to_the_size(
    text: str, size: int, overlap: int
) -> None:
    spans = fixed_spans(text, size, overlap)
    assert left_out(text, spans) == ""
    assert all(0 < end - start <= max(1, size) for start, end in spans)


@given(texts)
def test_sentences_are_contiguous(text: str) -> None:
    assert "".join(text[start:end] for start, end in sentence_spans(text)) == text


def test_paragraphs_stay_together_while_they_fit() -> None:
    text = "One paragraph here.\n\nAnother one here.\n\nA third."
    assert [text[a:b].strip() for a, b in recursive_spans(text, 40, 0)] == [
        "One paragraph here.\n\nAnother one here.",
        "A third.",
    ]


def test_an_overlap_begins_at_a_word() -> None:
    text = "alpha beta gamma delta epsilon zeta eta theta iota kappa"
    pieces = [text[start:end] for start, end in recursive_spans(text, 24, 10)]
    assert all(piece.split()[0] in text.split() for piece in pieces)
    assert any(one.split()[-1] in other.split() for one, other in pairwise(pieces))


def test_an_abundance_of_separators_takes_no_time() -> None:
    assert list(split_after("\n " * 50_000, (0, 100_000), SENTENCE))
