"""Marks in a streamed answer, the passages they name, and the sentence each rests on."""

from uuid import uuid4

import pytest

from agents.citations import CitedText, closest_sentence
from rag.documents import Passage

TOWING = (
    "The X1 may tow a braked trailer of up to 2,000 kg. Without brakes it may weigh 750 kg.\n"
    "| Towing capacity | X1 2025 |\n|---|---|\n| Maximum nose weight | 90 kg (198 lb) |"
)


def passage(text: str = TOWING) -> Passage:
    return Passage(
        chunk_id=uuid4(), document_id=uuid4(), title="Manual", type="manual", model="X1",
        year=2025, market="US", language="en", text=text, page=29, heading="Towing",
        similarity=0.8, relevance=0.9,
    )  # fmt: skip


def streamed(*pieces: str, passages: int = 2) -> tuple[str, CitedText]:
    cited = CitedText([passage() for _ in range(passages)])
    shown = "".join(cited.add(piece) for piece in pieces) + cited.finish()
    return shown, cited


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (("Up to 2,000 kg [1].",), "Up to 2,000 kg [1]."),
        (("Up to 2,000 kg ", "[", "1", "]."), "Up to 2,000 kg [1]."),
        (("Both [1][2].",), "Both [1][2]."),
        (
            (
                "Both [1, ",
                "2].",
            ),
            "Both [1][2].",
        ),
        (("One [1; 7].",), "One [1]."),
        (("None [9].",), "None."),
        (("None [0], [99].",), "None,."),
        (("Open [", "1"), "Open [1"),
        (("A list [a] and [100].",), "A list [a] and [100]."),
        (("Ends with a space ",), "Ends with a space "),
    ],
)
def test_marks_of_this_turn_are_shown_and_others_dropped(
    pieces: tuple[str, ...], shown: str
) -> None:
    text, cited = streamed(*pieces)
    assert text == shown
    assert cited.text == shown


def test_nothing_but_a_possible_mark_is_held_back() -> None:
    cited = CitedText([passage()])
    assert cited.add("Up to 2,000 kg") == "Up to 2,000 kg"
    assert cited.add(" [1") == ""
    assert cited.add("] or") == " [1] or"


def test_without_passages_no_mark_is_shown() -> None:
    assert streamed("Up to 2,000 kg [1].", passages=0)[0] == "Up to 2,000 kg."


def test_each_cited_passage_is_listed_once_in_order() -> None:
    _, cited = streamed("Second [2]. First [1]. Again [2].")
    assert [citation.n for citation in cited.citations()] == [1, 2]


def test_the_highlight_is_the_sentence_the_claim_rests_on() -> None:
    _, cited = streamed("Without brakes it is 750 kg. [1] The nose weight is 90 kg [2].")
    first, second = cited.citations()
    assert first.highlight == "Without brakes it may weigh 750 kg."
    assert second.highlight == "| Maximum nose weight | 90 kg (198 lb) |"


def test_a_highlight_stands_in_its_passage_word_for_word() -> None:
    for wanted in ("brakes", "90 kg", "nothing of the kind", ""):
        assert closest_sentence(TOWING, wanted) in TOWING


def test_a_sentence_may_begin_with_any_capital() -> None:
    text = "Öl prüfen. Über 5 Liter ist zu viel. ¿Qué aceite?"
    assert closest_sentence(text, "zu viel Liter") == "Über 5 Liter ist zu viel."


def test_a_text_without_sentences_is_its_own_highlight() -> None:
    assert closest_sentence("", "anything") == ""


def test_numbers_go_on_after_an_earlier_part_of_the_answer() -> None:
    passages = [passage("It tows 2,000 kg."), passage("The tank holds 50 litres.")]
    cited = CitedText(passages, already=3)
    shown = cited.add("It tows 2,000 kg [1]. The tank holds 50 litres [2]. Else [3].")
    assert shown + cited.finish() == "It tows 2,000 kg [4]. The tank holds 50 litres [5]. Else."
    assert [(each.n, each.passage) for each in cited.citations()] == [
        (4, passages[0]),
        (5, passages[1]),
    ]
