"""The local router: softmax regression over embeddings and character n-grams, calibrated.

Trained at start from `agents/examples/routes.yaml`; milliseconds per question, no LLM call.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from rag.embedding import Embedder

Matrix = NDArray[np.float32]

EXAMPLES = Path(__file__).parent / "examples" / "routes.yaml"
BUCKETS = 4096
NGRAMS = (2, 3, 4, 5)
FOLDS = 5
STEPS, RATE, DECAY = 400, 2.0, 1e-4


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    route: str
    language: str


def load_examples(part: str, path: Path = EXAMPLES) -> list[Example]:
    """The labelled utterances of one part: `train` or `test`."""
    routes = yaml.safe_load(path.read_text("utf-8"))[part]
    return [
        Example(text, route, language)
        for route, languages in routes.items()
        for language, texts in languages.items()
        for text in texts
    ]


class RouteClassifier:
    """`await RouteClassifier.trained(embedder, examples)`, then `probabilities(text)`."""

    def __init__(
        self, embedder: Embedder, routes: Sequence[str], weights: Matrix, temperature: float
    ) -> None:
        self._embedder = embedder
        self.routes = tuple(routes)
        self._weights = weights
        self.temperature = temperature

    @classmethod
    async def trained(cls, embedder: Embedder, examples: Sequence[Example]) -> "RouteClassifier":
        """Fit on the examples; the temperature is set on held-out folds, so that 0.8 means 80 %."""
        routes = sorted({example.route for example in examples})
        features = await features_of([example.text for example in examples], embedder)
        labels = np.array([routes.index(example.route) for example in examples])
        held_out = held_out_logits(features, labels, len(routes))
        weights = fit(features, labels, len(routes))
        return cls(embedder, routes, weights, best_temperature(held_out, labels))

    async def probabilities(self, text: str) -> Mapping[str, float]:
        features = await features_of([text], self._embedder)
        chances = softmax(features @ self._weights / self.temperature)[0]
        return {route: float(chance) for route, chance in zip(self.routes, chances, strict=True)}


async def features_of(texts: Sequence[str], embedder: Embedder) -> Matrix:
    """[n, embedding + n-gram buckets + 1]: both halves unit length, and a constant."""
    vectors = await embedder.embed(texts)
    grams = np.stack([ngram_features(text) for text in texts])
    return np.hstack([vectors, grams, np.ones((len(texts), 1), np.float32)])


def ngram_features(text: str) -> Matrix:
    """Hashed counts of character n-grams, square-rooted, unit length: [BUCKETS]."""
    padded = f" {' '.join(text.lower().split())} "
    grams = [padded[i : i + n] for n in NGRAMS for i in range(len(padded) - n + 1)]
    buckets = [zlib.crc32(gram.encode()) % BUCKETS for gram in grams]
    counts = np.sqrt(np.bincount(buckets, minlength=BUCKETS)).astype(np.float32)
    return np.asarray(counts / max(float(np.linalg.norm(counts)), 1e-9), np.float32)


def fit(features: Matrix, labels: NDArray[np.int64], classes: int) -> Matrix:
    """Weights [features, classes] by gradient descent with momentum on the mean cross entropy."""
    target = np.eye(classes, dtype=np.float32)[labels]
    balance = (len(labels) / (classes * np.bincount(labels, minlength=classes)))[labels]
    scale = (balance / len(labels)).astype(np.float32)[:, None]
    weights = np.zeros((features.shape[1], classes), np.float32)
    speed = np.zeros_like(weights)
    for _ in range(STEPS):
        error = (softmax(features @ weights) - target) * scale
        speed = 0.9 * speed - RATE * (features.T @ error + DECAY * weights)
        weights += speed
    return weights


def held_out_logits(features: Matrix, labels: NDArray[np.int64], classes: int) -> Matrix:
    """The logits each example gets from a fit that has not seen it."""
    folds = np.arange(len(labels)) % FOLDS
    logits = np.zeros((len(labels), classes), np.float32)
    for fold in range(FOLDS):
        seen = folds != fold
        logits[~seen] = features[~seen] @ fit(features[seen], labels[seen], classes)
    return logits


def best_temperature(logits: Matrix, labels: NDArray[np.int64]) -> float:
    """The one temperature under which held-out examples are likeliest."""
    candidates = np.geomspace(0.2, 5.0, 60)
    rows = np.arange(len(labels))
    losses = [-np.log(softmax(logits / t)[rows, labels] + 1e-9).mean() for t in candidates]
    return float(candidates[int(np.argmin(losses))])


def softmax(logits: Matrix) -> Matrix:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), np.float32)
