"""Carries frames to everyone who follows a conversation: in memory here, over Redis elsewhere.

Nothing is kept: what must not be lost is in PostgreSQL, and followers fetch it from there. With
Redis down, followers on other replicas are poked by `app.workers` when a new `seq` appears.
"""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol
from uuid import UUID

import orjson
import redis.asyncio
import structlog
from redis.exceptions import RedisError

from app.chat.frames import Frame

log = structlog.get_logger()

CONTROL = "genai-auto:control"
CHANNEL = "genai-auto:conversation:"
ANNOUNCE_SECONDS = 15.0
LISTENER_SECONDS = 40.0
QUEUE = 1000
DESK = UUID(int=1)  # followed by every desk: something about the queue has changed


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Stop working: `cancelled` by the customer, or `fenced` since somebody else has the turn.

    `turn` None means any; a fence is about epochs before `epoch`.
    """

    reason: Literal["cancelled", "fenced"]
    turn: int | None = None
    epoch: int | None = None


class Live(Protocol):
    """The answer being written in this process for one conversation."""

    def snapshot(self) -> list[Frame]:
        """Frames that bring a newcomer to where the answer is now."""
        ...

    def interrupt(self, order: Interrupt) -> None: ...


class Subscription:
    """A bounded queue of frames for one follower. `overflowed`: the follower is too slow."""

    def __init__(self, conversation_id: UUID) -> None:
        self.conversation_id = conversation_id
        self.overflowed = False
        self._queue: asyncio.Queue[Frame] = asyncio.Queue(QUEUE)

    def put(self, frame: Frame) -> None:
        try:
            self._queue.put_nowait(frame)
        except asyncio.QueueFull:
            self.overflowed = True

    async def next(self) -> Frame:
        return await self._queue.get()


class Fanout:
    """One per process. `listening` is a client without a read timeout, for the subscription."""

    def __init__(self, client: redis.asyncio.Redis, listening: redis.asyncio.Redis) -> None:
        self.process = uuid.uuid4().hex
        self.live: dict[UUID, Live] = {}
        self._redis = client
        self._local: dict[UUID, set[Subscription]] = {}
        self._listeners: dict[UUID, float] = {}
        self._outgoing: deque[tuple[str, bytes]] = deque(maxlen=10_000)
        self._wake = asyncio.Event()
        self._pubsub = listening.pubsub()
        self._tasks: list[asyncio.Task[None]] = []
        self._closed = False

    async def start(self) -> None:
        self._tasks = [
            asyncio.create_task(each()) for each in (self._send, self._receive, self._announce)
        ]
        self._control({"do": "announce"})

    async def close(self) -> None:
        """The client may swallow a cancel while it connects, so it is asked until it is over."""
        self._closed = True
        pending = set(self._tasks)
        while pending:
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=0.2)
        with suppress(RedisError, OSError):
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]

    # What features call

    def subscribe(self, conversation_id: UUID) -> Subscription:
        subscription = Subscription(conversation_id)
        followers = self._local.setdefault(conversation_id, set())
        followers.add(subscription)
        if len(followers) == 1:
            self._spawn(self._subscribe(conversation_id))
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        followers = self._local.get(subscription.conversation_id, set())
        followers.discard(subscription)
        if not followers:
            self._local.pop(subscription.conversation_id, None)
            self._spawn(self._unsubscribe(subscription.conversation_id))

    def publish(self, conversation_id: UUID, frame: Frame) -> None:
        """To local followers now; to other replicas if the frame is stored or somebody listens."""
        self._deliver(conversation_id, frame)
        if "seq" in frame or self._listeners.get(conversation_id, 0) > time.monotonic():
            body = orjson.dumps({"from": self.process, "frame": frame})
            self._outgoing.append((CHANNEL + str(conversation_id), body))
            self._wake.set()

    def snapshot(self, conversation_id: UUID) -> list[Frame]:
        """Where the running answer is; if it is written elsewhere, its frames come over Redis."""
        if live := self.live.get(conversation_id):
            return live.snapshot()
        self._control({"do": "listen", "conversation": str(conversation_id)})
        return []

    def interrupt(self, conversation_id: UUID, order: Interrupt) -> None:
        """Tell whoever works on the conversation's turn to stop."""
        if live := self.live.get(conversation_id):
            live.interrupt(order)
        else:
            self._control(
                {"do": "interrupt", "conversation": str(conversation_id), "order": asdict(order)}
            )

    def poke(self, conversation_id: UUID, seq: int) -> None:
        """Tell local followers the newest stored `seq`; they fetch what they lack."""
        self._deliver(conversation_id, {"type": "poke", "newest": seq})

    async def is_connected(self) -> bool:
        """Whether Redis answers."""
        try:
            async with asyncio.timeout(2):
                await self._redis.ping()
        except (RedisError, OSError):
            return False
        return True

    def followed(self) -> list[UUID]:
        return list(self._local)

    # Inside

    def _deliver(self, conversation_id: UUID, frame: Frame) -> None:
        for subscription in tuple(self._local.get(conversation_id, ())):
            subscription.put(frame)

    def _control(self, order: dict[str, Any]) -> None:
        self._outgoing.append((CONTROL, orjson.dumps({"from": self.process, **order})))
        self._wake.set()

    async def _send(self) -> None:
        """One writer keeps the order; what queued up meanwhile goes as one pipeline."""
        while not self._closed:
            await self._wake.wait()
            self._wake.clear()
            pipeline = self._redis.pipeline(transaction=False)
            while self._outgoing:
                pipeline.publish(*self._outgoing.popleft())
            await self._guarded(pipeline.execute)

    async def _receive(self) -> None:
        while not self._closed:
            try:
                await self._pubsub.subscribe(CONTROL, *(CHANNEL + str(c) for c in self._local))
                async for message in self._pubsub.listen():
                    if message["type"] == "message":
                        self._handle(message["channel"], orjson.loads(message["data"]))
            except (RedisError, OSError) as lost:
                log.warning("fanout_redis_lost", kind=type(lost).__name__)
                await asyncio.sleep(0 if self._closed else 1)
            except Exception:  # an edge: nothing another replica sends may end the delivery
                log.exception("fanout_receive_failed")
                await asyncio.sleep(0 if self._closed else 1)

    async def _announce(self) -> None:
        """Tell the others, again and again, what is followed here."""
        while not self._closed:
            for conversation_id in self._local:
                self._control({"do": "follow", "conversation": str(conversation_id)})
            await asyncio.sleep(ANNOUNCE_SECONDS)

    def _handle(self, channel: bytes, body: dict[str, Any]) -> None:
        if body["from"] == self.process:
            return
        name = channel.decode()
        if name != CONTROL:
            self._deliver(UUID(name.removeprefix(CHANNEL)), body["frame"])
        elif body["do"] == "announce":
            for conversation_id in self._local:
                self._control({"do": "follow", "conversation": str(conversation_id)})
        else:
            self._obey(UUID(body["conversation"]), body)

    def _obey(self, conversation_id: UUID, body: dict[str, Any]) -> None:
        live = self.live.get(conversation_id)
        if body["do"] in ("follow", "listen"):
            self._listeners[conversation_id] = time.monotonic() + LISTENER_SECONDS
            self._forget_listeners()
            for frame in live.snapshot() if live and body["do"] == "listen" else ():
                self.publish(conversation_id, frame)
        elif live:
            live.interrupt(Interrupt(**body["order"]))

    def _forget_listeners(self) -> None:
        if len(self._listeners) > 10_000:
            now = time.monotonic()
            self._listeners = {c: until for c, until in self._listeners.items() if until > now}

    async def _subscribe(self, conversation_id: UUID) -> None:
        await self._guarded(lambda: self._pubsub.subscribe(CHANNEL + str(conversation_id)))
        self._control({"do": "follow", "conversation": str(conversation_id)})

    async def _unsubscribe(self, conversation_id: UUID) -> None:
        await self._guarded(lambda: self._pubsub.unsubscribe(CHANNEL + str(conversation_id)))

    async def _guarded(self, call: Callable[[], Any]) -> None:
        try:
            await call()
        except (RedisError, OSError) as lost:
            log.warning("fanout_redis_lost", kind=type(lost).__name__)

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.append(task)
        task.add_done_callback(self._tasks.remove)
