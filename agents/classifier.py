"""Local classifiers: calibrated softmax regression over embeddings, n-grams and cue words.

Trained from the labelled sentences in `agents/examples`; milliseconds per question, no LLM call.
A question that is not English is embedded by the English words the glossary has for it.
"""

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from agents.glossary import expand, fold
from agents.language import detect
from rag.embedding import Embedder

Matrix = NDArray[np.float32]
Labels = NDArray[np.int64]

HERE = Path(__file__).parent
EXAMPLES = HERE / "examples" / "routes.yaml"
INTENTS = HERE / "examples" / "intents.yaml"
SERVICES = HERE / "examples" / "services.yaml"
CUES = HERE / "examples" / "cues.yaml"
RECIPE = (
    Path(__file__), CUES, HERE / "language.py", HERE / "glossary.py", HERE / "glossary.yaml",
)  # fmt: skip
LONGEST = 1000  # characters of a question that are looked at
BUCKETS = 4096
NGRAMS = (2, 3, 4, 5)
EMBEDDING_WEIGHT, NGRAM_WEIGHT = 2.0, 1.5
MOST_CUES = 3
WORD = re.compile(r"[^\W_]+")
FOLDS = 10
RECENT = 64
STEPS, RATE, DECAY = 300, 2.0, 1e-4


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    label: str
    language: str


@dataclass(frozen=True, slots=True)
class Fitted:
    """What training finds: weights [features, routes], and the temperature that calibrates them."""

    weights: Matrix
    temperature: float


@cache
def load_examples(part: str, path: Path = EXAMPLES) -> tuple[Example, ...]:
    """The labelled utterances of one part: `train` or `test`."""
    return tuple(
        Example(text, route, language)
        for route, languages in read_yaml(path)[part].items()
        for language, texts in languages.items()
        for text in texts
    )


@cache
def load_sayings(part: str, path: Path) -> tuple[Example, ...]:
    """Labelled sentences listed by language: `develop` or `test`."""
    return tuple(
        Example(each["say"], each["label"], language)
        for language, entries in read_yaml(path)[part].items()
        for each in entries
    )


class TextClassifier:
    """`await TextClassifier.trained(embedder, examples)`, then `probabilities(text)`."""

    def __init__(self, embedder: Embedder, labels: Sequence[str], fitted: Fitted) -> None:
        self._embedder = embedder
        self.labels = tuple(labels)
        self._fitted = fitted

    @classmethod
    async def trained(
        cls, embedder: Embedder, examples: Sequence[Example], folder: Path | None = None
    ) -> "TextClassifier":
        """Fit on the examples, or read what an earlier start left in `folder`.

        The temperature is set on held-out folds, so that 0.8 means 80 %.
        """
        routes = sorted({example.label for example in examples})
        file = folder / f"classifier-{fingerprint(embedder, examples)}.npz" if folder else None
        fitted = read_fitted(file, len(routes)) if file else None
        if fitted is None:
            features = await features_of([example.text for example in examples], embedder)
            fitted = fit(features, labels_of(examples, routes), len(routes))
            if file:
                write_fitted(file, fitted)
        return cls(embedder, routes, fitted)

    async def probabilities(self, text: str) -> Mapping[str, float]:
        features = await remembered_features(text, self._embedder)
        chances = softmax(features @ self._fitted.weights / self._fitted.temperature)[0]
        return {route: float(chance) for route, chance in zip(self.labels, chances, strict=True)}


def labels_of(examples: Sequence[Example], routes: Sequence[str]) -> Labels:
    return np.array([routes.index(example.label) for example in examples])


async def features_of(texts: Sequence[str], embedder: Embedder) -> Matrix:
    """[n, embedding + n-gram buckets + cues + 1]."""
    texts = [text[:LONGEST] for text in texts]
    english = [in_english(text) for text in texts]
    vectors = EMBEDDING_WEIGHT * np.asarray(await embedder.embed(english), np.float32)
    grams = NGRAM_WEIGHT * np.stack([ngram_features(text) for text in english])
    cues = np.stack([cue_features(*pair) for pair in zip(texts, english, strict=True)])
    features = np.hstack([vectors, grams, cues, np.ones((len(texts), 1), np.float32)])
    return np.asarray(features, np.float32)


async def remembered_features(text: str, embedder: Embedder) -> Matrix:
    """[1, features]: one message is looked at by several classifiers, one after the other."""
    key = (id(embedder), text)
    if key not in _recent:
        _recent[key] = await features_of([text], embedder)
        if len(_recent) > RECENT:
            _recent.pop(next(iter(_recent)), None)
    return _recent[key]


_recent: dict[tuple[int, str], Matrix] = {}


def in_english(text: str) -> str:
    language = detect(text)
    return text if language == "en" else expand(text, language)


def ngram_features(text: str) -> Matrix:
    """Hashed counts of character n-grams, square-rooted, unit length: [BUCKETS]."""
    padded = f" {' '.join(fold(text).split())} ".encode()
    grams = [padded[i : i + n] for n in NGRAMS for i in range(len(padded) - n + 1)]
    buckets = [zlib.crc32(gram) % BUCKETS for gram in grams]
    counts = np.sqrt(np.bincount(buckets, minlength=BUCKETS)).astype(np.float32)
    return np.asarray(counts / max(float(np.linalg.norm(counts)), 1e-9), np.float32)


def cue_features(text: str, english: str) -> Matrix:
    """How often words of each list of `cues.yaml` occur, square-rooted: [lists]."""
    both = text if text == english else f"{text} | {english}"
    spaced = f" {' '.join(WORD.findall(fold(both)))} "
    counts = [min(MOST_CUES, len(pattern.findall(spaced))) for pattern in cue_patterns()]
    return np.sqrt(np.array(counts, np.float32))


@lru_cache(maxsize=1)
def cue_patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(cue_pattern(phrases) for phrases in read_yaml(CUES).values())


def cue_pattern(phrases: str) -> re.Pattern[str]:
    words = (re.escape(phrase.strip()).replace(r"\*", r"\w*") for phrase in phrases.split(","))
    return re.compile(rf" (?:{'|'.join(words)})(?= )")


def fit(features: Matrix, labels: Labels, classes: int) -> Fitted:
    """Weights from all examples, the temperature from examples each fold has not seen."""
    duals, held_out = fit_all(features, labels, classes)
    return Fitted(features.T @ duals, best_temperature(held_out, labels))


def fit_all(features: Matrix, labels: Labels, classes: int) -> tuple[Matrix, Matrix]:
    """Each example's share in the weights [n, classes], fitted on all examples; and the logits
    [n, classes] each example gets from the fit on the folds that leave it out."""
    folds = np.random.default_rng(0).permutation(len(labels)) % FOLDS
    seen = np.array([[True] * len(labels), *(folds != fold for fold in range(FOLDS))]).T
    kernel = features @ features.T
    duals = fit_duals(kernel, labels, classes, seen)
    logits = kernel @ duals.reshape(len(labels), -1)
    held_out = logits.reshape(duals.shape)[np.arange(len(labels)), folds + 1]
    return duals[:, 0], np.asarray(held_out, np.float32)


def fit_duals(kernel: Matrix, labels: Labels, classes: int, seen: NDArray[np.bool_]) -> Matrix:
    """[n, fits, classes] by gradient descent with momentum on the balanced mean cross entropy,
    over the kernel [n, n] because there are fewer examples than features. Column k of `seen` says
    which examples fit k may see; all fits run side by side."""
    count, fits = seen.shape
    target = np.eye(classes, dtype=np.float32)[labels][:, None]
    balance = (count / (classes * np.bincount(labels, minlength=classes)))[labels]
    scale = (balance[:, None] * seen / seen.sum(axis=0)).astype(np.float32)[..., None]
    duals: Matrix = np.zeros((count, fits, classes), np.float32)
    speed: Matrix = np.zeros_like(duals)
    for _ in range(STEPS):
        logits = (kernel @ duals.reshape(count, -1)).reshape(duals.shape)
        error = (softmax(logits) - target) * scale
        speed = np.asarray(0.9 * speed - RATE * (error + DECAY * duals), np.float32)
        duals += speed
    return duals


def best_temperature(logits: Matrix, labels: Labels) -> float:
    """The one temperature under which held-out examples are likeliest."""
    candidates = np.geomspace(0.2, 5.0, 60)
    rows = np.arange(len(labels))
    losses = [-np.log(softmax(logits / t)[rows, labels] + 1e-9).mean() for t in candidates]
    return float(candidates[int(np.argmin(losses))])


def softmax(logits: NDArray[np.floating[Any]]) -> Matrix:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), np.float32)


def fingerprint(embedder: Embedder, examples: Sequence[Example]) -> str:
    """Changes with anything that training depends on: examples, embedder, code and word lists."""
    told = repr((embedder.name, embedder.dimension, [(e.text, e.label) for e in examples]))
    recipe = b"".join(path.read_bytes() for path in RECIPE)
    return hashlib.sha256(told.encode() + recipe).hexdigest()[:16]


def read_fitted(file: Path, classes: int) -> Fitted | None:
    """None when the file is not there or damaged."""
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as stored:
            weights, temperature = stored["weights"], float(stored["temperature"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    usable = weights.ndim == 2 and weights.shape[1] == classes and temperature > 0
    return Fitted(weights, temperature) if usable else None


def write_fitted(file: Path, fitted: Fitted) -> None:
    """Replaces the file at once, so that a reader never sees half of it, whoever else writes it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".writing-", dir=file.parent) as folder:
        whole = Path(folder) / "fitted.npz"
        np.savez(whole, weights=fitted.weights, temperature=fitted.temperature)
        whole.replace(file)


def read_yaml(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
