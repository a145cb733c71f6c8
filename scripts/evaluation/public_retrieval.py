"""Recall and MRR of the embeddings alone on a public set: 100 questions on a product's manual."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.embedding import Embedder, text_to_embed

PASSAGES, QUESTIONS = "anthropic_docs.json", "docs_evaluation_dataset.json"
PIECE = 1000  # characters; a passage is as near as its nearest piece, as with our chunks
BEST = 3


async def measure_public_retrieval(embedder: Embedder, folder: Path | None) -> None:
    """Prints, and judges nothing: the set is somebody else's, and without re-ranking."""
    if folder is None:
        print("\nPublic retrieval set: skipped, neither --data nor GENAI_AUTO_DATA is given")
        return
    files = [folder / "retrieval" / name for name in (PASSAGES, QUESTIONS)]
    missing = [str(file) for file in files if not file.exists()]
    if missing:
        print(f"\nPublic retrieval set: skipped, missing {', '.join(missing)}")
        return
    passages, questions = (json.loads(file.read_text("utf-8")) for file in files)
    recall, mrr = await recall_and_mrr(embedder, passages, questions)
    print(f"\nPublic retrieval set: {len(questions)} questions, {len(passages)} passages")
    print(f"  embeddings alone: recall@{BEST} {recall:.3f}, MRR {mrr:.3f}")
    print("  published: embeddings 0.659, 0.737; BM25 0.512, 0.643; re-ranked 0.693, 0.865")


async def recall_and_mrr(
    embedder: Embedder, passages: list[dict[str, Any]], questions: list[dict[str, Any]]
) -> tuple[float, float]:
    pieces = [
        (
            passage["chunk_link"],
            text_to_embed(passage["chunk_heading"], passage["text"][at:][:PIECE]),
        )
        for passage in passages
        for at in range(0, max(1, len(passage["text"])), PIECE)
    ]
    vectors = await embedder.embed([text for _, text in pieces])
    asked = await embedder.embed([question["question"] for question in questions])
    links = [link for link, _ in pieces]
    found = [nearest(links, vectors @ vector) for vector in asked]
    wanted = [question["correct_chunks"] for question in questions]
    recalls = [len(set(f) & set(w)) / len(w) for f, w in zip(found, wanted, strict=True)]
    ranks = [
        next((1 / at for at, link in enumerate(f, 1) if link in w), 0.0)
        for f, w in zip(found, wanted, strict=True)
    ]
    return float(np.mean(recalls)), float(np.mean(ranks))


def nearest(links: list[str], similarities: NDArray[np.float32]) -> list[str]:
    """The links of the nearest passages, each once."""
    ordered = (links[at] for at in np.argsort(-similarities))
    return list(dict.fromkeys(ordered))[:BEST]
