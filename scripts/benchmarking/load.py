"""Many customers at once, each waiting for its answer before it asks again."""

import asyncio
import statistics
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, product

import orjson
import redis.asyncio
import websockets
from websockets.asyncio.client import ClientConnection

TOPICS = (
    "How much can the X1 tow", "Which engine oil does the X1 need",
    "What is the roof load of the X1", "How many airbags does the X1 have",
    "How do I pair my phone in the X1", "What is the tire pressure of the E3",
    "How long does the E3 take to charge", "How do I fold the rear seats of the T5",
    "How large is the trunk of the X1", "How do I set the clock in the E3",
    "What fuel does the T5 take", "How do I change a wheel on the T5",
    "Where is the fuse box of the X1", "How deep may the T5 wade",
    "How do I reset the service display of the X1", "What does the E3 weigh",
)  # fmt: skip
OPENINGS = ("", "Hello, ", "Please tell me: ", "Quick question. ", "Hi there! ", "One more: ")
ENDINGS = ("?", ", please?", " exactly?", " according to the manual?", " then?")
# Distinct, so that nothing is answered from what was computed for another customer.
QUESTIONS = tuple(f"{o}{t}{e}" for o in OPENINGS for e in ENDINGS for t in TOPICS)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def distinct() -> Iterator[str]:
    """For ever: each with a word that no other has, in the one sentence an ordinary question is."""
    marks = product(LETTERS, repeat=4)
    for question, mark in zip(cycle(QUESTIONS), marks, strict=False):
        yield question.replace("?", f" {''.join(mark)}?")


questions = distinct()


@dataclass
class Timings:
    """Seconds to the first token and to the whole answer, and how tokens came."""

    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)
    failed: int = 0

    @property
    def first_p50(self) -> float:
        return statistics.median(self.first)


async def chats(port: int, customers: int, turns: int, spread: float = 0.0) -> Timings:
    """`customers` at once, `turns` questions each; they begin spread over so many seconds,
    as people do, and not in the same millisecond."""
    timings = Timings()
    delays = (spread * n / customers for n in range(customers))
    await asyncio.gather(
        *(customer(port, n, turns, delay, timings) for n, delay in enumerate(delays))
    )
    return timings


async def customer(port: int, number: int, turns: int, delay: float, timings: Timings) -> None:
    url = f"ws://127.0.0.1:{port}/ws/bench-{uuid.uuid4().hex[:12]}"
    await asyncio.sleep(delay)
    async with websockets.connect(url, max_size=None, compression=None) as socket:
        await socket.recv()
        for _ in range(turns):
            await ask(socket, next(questions), timings)


async def repeated(port: int, question: str, times: int) -> float:
    """Median seconds to the whole answer of a question that was asked before."""
    timings = Timings()
    for number in range(times + 1):
        url = f"ws://127.0.0.1:{port}/ws/bench-{uuid.uuid4().hex[:12]}"
        async with websockets.connect(url, max_size=None, compression=None) as socket:
            await socket.recv()
            await ask(socket, question, timings)
        if number == 0:
            await asyncio.sleep(0.5)  # it is kept after it was told
    return statistics.median(timings.whole[1:])


async def redis_get(url: str, times: int) -> float:
    """Median seconds of one look into Redis over its socket."""
    async with redis.asyncio.Redis.from_url(url) as client:
        await client.set("bench", b"x" * 2000)
        took = []
        for _ in range(times):
            begun = time.perf_counter()
            await client.get("bench")
            took.append(time.perf_counter() - begun)
    return statistics.median(took)


async def ask(socket: ClientConnection, question: str, timings: Timings) -> None:
    begun, first, frames = time.perf_counter(), 0.0, 0
    message = {"type": "message", "message": question, "client_message_id": uuid.uuid4().hex}
    await socket.send(orjson.dumps(message).decode())
    while True:
        frame = orjson.loads(await socket.recv())
        if frame["type"] == "token":
            frames += 1
            first = first or time.perf_counter() - begun
        elif frame["type"] == "complete":
            break
        elif frame["type"] == "error":
            timings.failed += 1
            return
    timings.first.append(first)
    timings.whole.append(time.perf_counter() - begun)
    timings.frames.append(frames)


async def idle_sockets(port: int, count: int) -> list[ClientConnection]:
    """So many open sockets that say nothing."""
    opened = []
    for _ in range(count):
        url = f"ws://127.0.0.1:{port}/ws/idle-{uuid.uuid4().hex[:12]}"
        socket = await websockets.connect(url, compression=None)
        await socket.recv()
        opened.append(socket)
    return opened
