"""Real objects behind the knowledge base's interfaces, small enough to reason about."""

from collections.abc import Sequence
from hashlib import blake2b
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from rag.documents import Chunking, DocumentMetadata, Upload
from rag.embedding import EmbedderUnavailable
from rag.ingestion import Ingestion


class HashingEmbedder:
    """A bag of words hashed into 64 dimensions; equal words make near vectors, whatever the case.

    `synonyms` maps a word to the word it means, so that meaning can differ from spelling.
    """

    def __init__(self, name: str = "hashing", dimension: int = 64) -> None:
        self.name, self.dimension = name, dimension
        self.synonyms: dict[str, str] = {}
        self.embedded: list[str] = []
        self.down = False

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.down:
            raise EmbedderUnavailable("The test has switched it off.")
        self.embedded.extend(texts)
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> NDArray[np.float32]:
        vector = np.full(self.dimension, 1e-3, np.float32)
        for word in text.lower().replace(".", " ").replace("?", " ").split():
            digest = blake2b(self.synonyms.get(word, word).encode(), digest_size=4).digest()
            vector[int.from_bytes(digest, "big") % self.dimension] += 1
        unit: NDArray[np.float32] = vector / np.linalg.norm(vector)
        return unit


def upload(
    text: str | bytes,
    name: str = "manual.md",
    chunking: Chunking | None = None,
    **metadata: object,
) -> Upload:
    """A Markdown upload with metadata, a title if nothing else."""
    content = text.encode() if isinstance(text, str) else text
    about = DocumentMetadata(**{"title": "Manual", **metadata})  # type: ignore[arg-type]
    return Upload(name, content, about, chunking or Chunking())


async def unwatched(step: str, progress: float, done: int, total: int) -> None:
    """Progress nobody looks at."""


async def ingest(ingestion: Ingestion, wanted: Upload) -> UUID:
    document_id, _ = await ingestion.ingest(wanted, unwatched)
    return document_id
