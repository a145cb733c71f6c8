"""The local router: what it learns, what it keeps on disk, and that it is quick."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest

from agents.classifier import (
    Example,
    TextClassifier,
    best_temperature,
    cue_features,
    cue_patterns,
    fingerprint,
    load_examples,
    ngram_features,
    softmax,
)
from app.llm.embedders import BundledEmbedder
from tests.rag.fakes import HashingEmbedder

ROUTES = {"specs", "maintenance", "troubleshoot", "greeting", "out_of_scope"}
FEW = [
    Example(text, route, "en")
    for route, texts in {
        "greeting": ["hello", "hi there", "good morning", "hey you", "thanks a lot", "bye"],
        "maintenance": ["book a service", "cancel my visit", "move my slot", "free on friday",
                        "book me in", "my appointment"],
    }.items()
    for text in texts
]  # fmt: skip


@pytest.fixture(scope="session")
def trained(embedder: BundledEmbedder) -> TextClassifier:
    return asyncio.run(TextClassifier.trained(embedder, load_examples("train")))


def test_the_parts_hold_enough_utterances_of_every_route_and_language() -> None:
    train, test = load_examples("train"), load_examples("test")
    assert len(train) + len(test) >= 480
    assert len(test) >= 250
    for part in (train, test):
        assert {each.label for each in part} == ROUTES
        assert {each.language for each in part} == {"en", "pt", "es", "de"}


def test_no_utterance_of_the_test_part_is_trained_on() -> None:
    def bare(text: str) -> str:
        return text.lower().strip(" ?!.¿¡")

    train = [bare(each.text) for each in load_examples("train")]
    assert len(set(train)) == len(train)
    assert not {bare(each.text) for each in load_examples("test")} & set(train)


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("How much can the X1 tow?", "specs"),
        ("what does the yellow engine lamp mean", "specs"),
        ("the yellow engine lamp came on in my car", "troubleshoot"),
        ("can I bring my car in next Tuesday for an oil change?", "maintenance"),
        ("how much is an oil change", "specs"),
        ("hello", "greeting"),
        ("write a poem about my cat", "out_of_scope"),
        ("how much can a Ford Ranger tow", "out_of_scope"),
        ("Mein Auto springt heute nicht an", "troubleshoot"),
        ("Quero cancelar a revisão de amanhã", "maintenance"),
        ("¿Cuánto aceite lleva el T5?", "specs"),
    ],
)
async def test_a_question_goes_to_its_specialist(
    trained: TextClassifier, text: str, route: str
) -> None:
    chances = await trained.probabilities(text)
    assert max(chances, key=lambda each: chances[each]) == route
    assert sum(chances.values()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("text", ["", " ", "?", "\U0001f697", "x" * 4000, "\u0301" * 50])
async def test_odd_input_gets_probabilities_too(trained: TextClassifier, text: str) -> None:
    assert sum((await trained.probabilities(text)).values()) == pytest.approx(1, abs=1e-5)


async def test_a_second_start_reads_what_the_first_one_learned(tmp_path: Path) -> None:
    first, second = HashingEmbedder(), HashingEmbedder()
    one = await TextClassifier.trained(first, FEW, tmp_path)
    two = await TextClassifier.trained(second, FEW, tmp_path)
    assert second.embedded == []
    assert await one.probabilities("book a visit") == await two.probabilities("book a visit")


async def test_a_damaged_file_is_built_again(tmp_path: Path) -> None:
    await TextClassifier.trained(HashingEmbedder(), FEW, tmp_path)
    file = tmp_path / f"classifier-{fingerprint(HashingEmbedder(), FEW)}.npz"
    whole = file.read_bytes()
    for damaged in (b"", b"nonsense", whole[: len(whole) // 2]):
        file.write_bytes(damaged)
        embedder = HashingEmbedder()
        classifier = await TextClassifier.trained(embedder, FEW, tmp_path)
        assert embedder.embedded
        assert (await classifier.probabilities("hello"))["greeting"] > 0.5
    assert file.read_bytes() == whole


def test_other_examples_or_another_embedder_have_another_file() -> None:
    relabelled = [*FEW[:-1], Example(FEW[-1].text, "greeting", "en")]
    told = {
        fingerprint(HashingEmbedder(), FEW),
        fingerprint(HashingEmbedder(), FEW[:-1]),
        fingerprint(HashingEmbedder(), relabelled),
        fingerprint(HashingEmbedder("another"), FEW),
    }
    assert len(told) == 4


def test_ngram_features_have_unit_length_and_ignore_case_accents_and_spaces() -> None:
    features = ngram_features("Öl  wechseln")
    assert np.linalg.norm(features) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(features, ngram_features("ol wechseln"))


def test_cues_are_found_as_whole_words_in_both_wordings() -> None:
    booking, shoe = cue_features("booking", "booking"), cue_features("rebooking", "rebooking")
    assert booking.sum() > shoe.sum()
    assert cue_features("xyz", "appointment").sum() > 0
    assert len(booking) == len(cue_patterns())


def test_the_features_of_a_question_take_no_time() -> None:
    question = "How much can the X1 tow, and where does the manual say so?"
    started = time.perf_counter()
    for _ in range(100):
        ngram_features(question)
        cue_features(question, question)
    assert (time.perf_counter() - started) / 100 < 0.002


def test_the_temperature_softens_logits_that_are_too_sure() -> None:
    labels = np.array([0, 0, 0, 1])
    logits = np.array([[8, 0], [8, 0], [8, 0], [8, 0]], np.float32)
    assert best_temperature(logits, labels) > 3
    assert np.allclose(softmax(logits).sum(axis=1), 1)
