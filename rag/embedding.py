"""What the knowledge base needs of an embedder, and how text is laid out for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class EmbedderUnavailable(Exception):
    """The embedding service cannot be reached."""


class EmbeddingModelMismatch(Exception):
    """The knowledge base was embedded with another model."""


class Embedder(Protocol):
    """Turns texts into unit vectors. Vectors of two models, told apart by `name`, never mix."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape [len(texts), dimension], L2-normalised. Raises EmbedderUnavailable."""
        ...


def text_to_embed(heading: str | None, text: str) -> str:
    """A chunk is embedded below its heading path, so that "Capacity" knows what it belongs to."""
    return f"{heading}\n{text}" if heading else text
