"""Cutting where the meaning turns: between sentences whose embeddings differ the most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rag.embedding import Embedder
from rag.splitting import Span, recursive_spans, sentence_spans, usable

MOST_SENTENCES = 400  # per page; beyond, meaning is not worth its embedding calls
BATCH = 32


async def semantic_spans(text: str, size: int, embedder: Embedder) -> list[Span]:
    """Spans of at most `size` characters that begin where neighbouring sentences part ways.

    A page of one sentence or of very many is cut like `recursive`. Raises EmbedderUnavailable.
    """
    size, _ = usable(size, 0)
    sentences = [piece for span in sentence_spans(text) for piece in within(text, span, size)]
    if not 2 <= len(sentences) <= MOST_SENTENCES:
        return recursive_spans(text, size, 0)
    vectors = await embedded([text[start:end] for start, end in sentences], embedder)
    return joined(sentences, turns(vectors), size)


def within(text: str, span: Span, size: int) -> list[Span]:
    """A sentence longer than a chunk, in pieces that are not."""
    start, end = span
    if end - start <= size:
        return [span]
    return [(start + a, start + b) for a, b in recursive_spans(text[start:end], size, 0)]


async def embedded(sentences: list[str], embedder: Embedder) -> NDArray[np.float32]:
    """Unit vectors, shape [sentences, dimension]."""
    batches = [sentences[at : at + BATCH] for at in range(0, len(sentences), BATCH)]
    return np.concatenate([await embedder.embed(batch) for batch in batches])


def turns(vectors: NDArray[np.float32]) -> NDArray[np.bool_]:
    """True before each sentence whose likeness to the one before is unusually low.

    Shape [sentences - 1]; unusual is one standard deviation below the mean of the page.
    """
    likeness = (vectors[:-1] * vectors[1:]).sum(axis=1)
    low: NDArray[np.bool_] = likeness < likeness.mean() - likeness.std()
    return low


def joined(sentences: list[Span], new_topic: NDArray[np.bool_], size: int) -> list[Span]:
    """Sentences of one topic together, as far as they fit."""
    spans = [sentences[0]]
    for (start, end), turn in zip(sentences[1:], new_topic, strict=True):
        if turn or end - spans[-1][0] > size:
            spans.append((start, end))
        else:
            spans[-1] = (spans[-1][0], end)
    return spans
