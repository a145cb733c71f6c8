"""`/ws/desk/live`: what happens in the queue, who is there, and the conversation being watched."""

import asyncio
from typing import Annotated, Literal
from uuid import UUID

import orjson
import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.accounts.identity import Account
from app.accounts.permissions import require
from app.chat.fanout import DESK, Subscription
from app.chat.following import Follower, TooSlow
from app.chat.frames import Frame
from app.errors import AppError, BadFrame, SessionEnded
from app.services import Services
from app.web.allowance import Allowance
from app.web.handshake import opened
from app.web.identity import services_of
from app.web.socket_errors import close_code
from app.web.sockets import OpenSocket

log = structlog.get_logger()
router = APIRouter()

LARGEST_FRAME = 2048
QUEUE_PAUSE = 0.5
GONE = (WebSocketDisconnect, RuntimeError, TimeoutError, TooSlow, AppError)
NOT_FOR_STAFF = ("who_is_there", "owner", "poke")


class _Frame(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Watch(_Frame):
    type: Literal["watch"]
    handoff_id: UUID | None
    after: int = Field(0, ge=0, le=2_000_000_000)


class Simple(_Frame):
    type: Literal["typing", "ping"]


_frames: TypeAdapter[Watch | Simple] = TypeAdapter(
    Annotated[Watch | Simple, Field(discriminator="type")]
)


@router.websocket("/ws/desk/live")
async def desk_socket(websocket: WebSocket) -> None:
    socket = await opened(websocket, lambda identity: require(identity.account, "staff"))
    if socket is None:
        return
    account = require(socket.identity.account, "staff")
    try:
        await DeskConnection(socket, account, services_of(websocket)).run()
    finally:
        websocket.app.state.sockets.remove(socket)


class DeskConnection:
    """One member of staff with the desk open."""

    def __init__(self, socket: OpenSocket, account: Account, services: Services) -> None:
        self.socket, self.account, self.services = socket, account, services
        self.me = str(account.user_id)
        self.online: set[str] = set()
        self.changed = asyncio.Event()
        self.allowance = Allowance()
        self.follower: Follower | None = None
        self.watching: asyncio.Task[None] | None = None
        self.summarising: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until either side ends it."""
        fanout = self.services.fanout
        subscription = fanout.subscribe(DESK)
        await self.send({"type": "session", "user_id": self.me, "name": self.account.name})
        fanout.publish(DESK, {"type": "who_is_here"})
        work = (self.read(), self.listen(subscription), self.tell_changes())
        tasks = {asyncio.create_task(each) for each in work}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await self.ended(done)
        finally:
            fanout.unsubscribe(subscription)
            fanout.publish(DESK, {"type": "gone", "user": self.me})
            await self.unwatch()
            await stopped(tasks)

    async def ended(self, done: set[asyncio.Task[None]]) -> None:
        failed = next((failure for task in done if (failure := task.exception())), None)
        if not isinstance(failed, Exception):
            return
        if not isinstance(failed, GONE):
            log.error("desk_socket_failed", exc_info=failed)
        await self.socket.close(close_code(failed))

    async def read(self) -> None:
        while True:
            received = await self.socket.websocket.receive()
            if received["type"] == "websocket.disconnect":
                return
            try:
                self.allowance.spend()
                await self.handle(parsed(received.get("text") or received.get("bytes") or ""))
            except SessionEnded:
                raise
            except AppError as error:
                await self.send({"type": "error", "code": error.code, "error": error.detail})

    async def handle(self, frame: Watch | Simple) -> None:
        match frame:
            case Watch(handoff_id=None):
                await self.unwatch()
            case Watch(handoff_id=handoff_id, after=after) if handoff_id:
                await self.watch(handoff_id, after)
            case Simple(type="typing") if self.follower:
                typing = {"type": "typing", "who": "staff", "name": self.account.name}
                self.services.fanout.publish(self.follower.conversation_id, typing)
            case Simple(type="ping"):
                await self.send({"type": "pong"})

    async def watch(self, handoff_id: UUID, after: int) -> None:
        """From `after` on, what happens in the handoff's conversation. Whoever has lost the right
        since is refused. Raises NotFound, NotAllowed, SessionEnded."""
        services = self.services
        require(await services.logins.account(self.account.login_id), "staff")
        conversation = await services.desk.reading.conversation_of(handoff_id)
        await self.unwatch()
        self.follower = Follower(
            conversation, after, services.conversations, services.fanout, vault=None
        )
        self.follower.resume(after)
        self.watching = asyncio.create_task(self.relay(self.follower))
        services.fanout.publish(conversation, {"type": "who_is_there"})
        self.summarising = asyncio.create_task(self.summarise(handoff_id))

    async def summarise(self, handoff_id: UUID) -> None:
        """In a model's words, when it is ready."""
        try:
            text = await self.services.desk.drafting.summary(handoff_id)
            if text:
                frame = {"type": "summary", "handoff_id": str(handoff_id), "text": text}
                await self.send(frame)
        except GONE as gone:
            log.info("summary_not_shown", why=type(gone).__name__)

    async def unwatch(self) -> None:
        await stopped({each for each in (self.watching, self.summarising) if each})
        if self.follower is not None:
            self.follower.close()
        self.watching = self.summarising = self.follower = None

    async def relay(self, follower: Follower) -> None:
        try:
            async for frame in follower.frames():
                if frame["type"] not in NOT_FOR_STAFF:
                    await self.send(frame)
        except GONE as gone:
            await self.socket.close(close_code(gone))

    async def listen(self, subscription: Subscription) -> None:
        """What is told to every desk."""
        while True:
            frame = await subscription.next()
            match frame["type"]:
                case "queue":
                    self.changed.set()
                case "who_is_here":
                    self.services.fanout.publish(DESK, {"type": "here", "user": self.me})
                case "here":
                    await self.show_online(self.online | {frame["user"]})
                case "gone" if frame["user"] == self.me:
                    self.services.fanout.publish(DESK, {"type": "here", "user": self.me})
                case "gone":
                    await self.show_online(self.online - {frame["user"]})

    async def show_online(self, online: set[str]) -> None:
        if online != self.online:
            self.online = online
            await self.send({"type": "people", "online": sorted(online)})

    async def tell_changes(self) -> None:
        """Many changes of the queue at once are one frame."""
        while True:
            await self.changed.wait()
            self.changed.clear()
            await self.send({"type": "queue"})
            await asyncio.sleep(QUEUE_PAUSE)

    async def send(self, frame: Frame) -> None:
        await self.socket.send(orjson.dumps(frame).decode())


def parsed(raw: str | bytes) -> Watch | Simple:
    """Raises BadFrame."""
    if len(raw) > LARGEST_FRAME:
        raise BadFrame
    try:
        return _frames.validate_json(raw)
    except ValidationError as invalid:
        raise BadFrame from invalid


async def stopped(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
