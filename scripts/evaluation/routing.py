"""How well the local classifier routes the test part of our labelled utterances."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from agents.classifier import (
    Example,
    TextClassifier,
    best_temperature,
    features_of,
    fit_all,
    labels_of,
    load_examples,
    softmax,
)
from rag.embedding import Embedder
from scripts.evaluation.figures import Figure

Chances = NDArray[np.float32]

OUT_OF_SCOPE = "out_of_scope"
IN_SCOPE_LOSS = 0.05
BINS = (0.0, 0.4, 0.6, 0.8, 0.9, 0.95, 1.001)


async def measure_routing(embedder: Embedder) -> list[Figure]:
    train, test = load_examples("train"), load_examples("test")
    classifier = await TextClassifier.trained(embedder, train)
    chances = np.array(
        [list((await classifier.probabilities(each.text)).values()) for each in test], np.float32
    )
    routes = list(classifier.labels)
    labels = labels_of(test, routes)
    right = chances.argmax(axis=1) == labels
    print(f"\nRouting: {len(train)} utterances to train, {len(test)} to test, no LLM")
    print_accuracy(test, right)
    print_confusions(chances, labels, routes)
    print_reliability(chances, right)
    threshold = await out_of_scope_threshold(embedder, train)
    recall = out_of_scope_recall(chances, labels, routes, threshold)
    return [
        Figure("routing accuracy", float(right.mean()), 0.93, 0.97),
        Figure("out-of-scope recall at 5 % in-scope loss", recall, 0.80, 0.92),
    ]


def print_accuracy(test: Sequence[Example], right: NDArray[np.bool_]) -> None:
    for heading, keys in (
        ("route", [each.label for each in test]),
        ("language", [each.language for each in test]),
    ):
        for key in sorted(set(keys)):
            mine = right[[each == key for each in keys]]
            print(f"  {heading:9} {key:14} {mine.mean():.3f}  of {len(mine)}")
    print(f"  overall                  {right.mean():.3f}  of {len(right)}")


def print_confusions(chances: Chances, labels: NDArray[np.int64], routes: Sequence[str]) -> None:
    pairs = Counter(
        (routes[label], routes[guess])
        for label, guess in zip(labels, chances.argmax(axis=1), strict=True)
        if label != guess
    )
    for (label, guess), count in pairs.most_common():
        print(f"  {count:3} {label} taken for {guess}")


def print_reliability(chances: Chances, right: NDArray[np.bool_]) -> None:
    """Of the utterances given 0.8 to 0.9, about 85 % should be right."""
    best = chances.max(axis=1)
    print("  probability   count  mean predicted  actually right")
    for low, high in pairwise(BINS):
        inside = (best >= low) & (best < high)
        if inside.any():
            told, true = best[inside].mean(), right[inside].mean()
            print(f"  {low:.2f} - {min(high, 1):.2f}  {inside.sum():6}  {told:14.3f}  {true:14.3f}")
    gap = abs(best.mean() - right.mean())
    print(f"  mean predicted minus actual: {gap:.3f}")


async def out_of_scope_threshold(embedder: Embedder, train: Sequence[Example]) -> float:
    """The probability above which 5 % of the train part's in-scope utterances would be lost,
    each judged by a fit that has not seen it."""
    routes = sorted({each.label for each in train})
    labels = labels_of(train, routes)
    features = await features_of([each.text for each in train], embedder)
    _, logits = fit_all(features, labels, len(routes))
    column = softmax(logits / best_temperature(logits, labels))[:, routes.index(OUT_OF_SCOPE)]
    return float(np.quantile(column[labels != routes.index(OUT_OF_SCOPE)], 1 - IN_SCOPE_LOSS))


def out_of_scope_recall(
    chances: Chances, labels: NDArray[np.int64], routes: Sequence[str], threshold: float
) -> float:
    """At the point of the test part's own curve where 5 % of in-scope is lost; printed beside it:
    what the threshold from the train part gives."""
    out = labels == routes.index(OUT_OF_SCOPE)
    column = chances[:, routes.index(OUT_OF_SCOPE)]
    recall, loss = (column[out] > threshold).mean(), (column[~out] > threshold).mean()
    print(
        f"  out of scope, threshold {threshold:.2f} from the train part: "
        f"recall {recall:.3f} at {loss:.3f} in-scope loss"
    )
    return float((column[out] > np.quantile(column[~out], 1 - IN_SCOPE_LOSS)).mean())
