"""`/ws/{session_id}`: frames in, frames out. What happens in between is `app.chat.turn`."""

import asyncio
import re
from uuid import UUID

import orjson
import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from structlog.contextvars import bind_contextvars

from agents.language import supported
from app.accounts.identity import Identity
from app.chat import frames as server_frames
from app.chat.acceptance import Incoming, Pressed, conversation_id
from app.chat.following import Follower, TooSlow
from app.errors import AppError, NotFound, SessionEnded
from app.services import Services
from app.web import frames
from app.web.allowance import Allowance
from app.web.handshake import opened
from app.web.identity import (
    bring_along,
    services_of,
    signed_in_by,
)
from app.web.socket_errors import close_code, error_frame, parsed_id
from app.web.sockets import OpenSocket

log = structlog.get_logger()
router = APIRouter()

SESSION_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
EXPECTED = (TooSlow, TimeoutError, AppError, WebSocketDisconnect, RuntimeError)


@router.websocket("/ws/{session_id}")
async def chat_socket(websocket: WebSocket, session_id: str) -> None:
    def check(_: Identity) -> None:
        if not SESSION_ID.fullmatch(session_id):
            raise NotFound

    socket = await opened(websocket, check)
    if socket is None:
        return
    try:
        await ChatConnection(socket, session_id, services_of(websocket)).run()
    finally:
        websocket.app.state.sockets.remove(socket)


class ChatConnection:
    """One client on one conversation: a reader of its frames, a writer of the conversation's."""

    def __init__(self, socket: OpenSocket, session_id: str, services: Services) -> None:
        self.socket, self.session_id, self.services = socket, session_id, services
        self.language = supported(socket.websocket.query_params.get("language"))
        self.allowance = Allowance()

    async def run(self) -> None:
        """Until either side ends it."""
        follower: Follower | None = None
        try:
            follower = await self.open()
            await self.serve(follower)
        except (WebSocketDisconnect, RuntimeError, AppError, TimeoutError) as gone:
            log.info("socket_gone", why=type(gone).__name__)
            await self.socket.close(1013)
        finally:
            if follower is not None:
                follower.close()
                self.announce(follower.conversation_id, here=False)

    async def open(self) -> Follower:
        """Find the conversation and follow it."""
        owner, services = self.socket.identity.owner, self.services
        stored = await services.conversations.find(owner, self.session_id)
        found = stored["id"] if stored else conversation_id(owner, self.session_id)
        seq = stored["last_seq"] if stored else 0
        self.language = self.language or (stored["language"] if stored else None)
        return Follower(found, seq, services.conversations, services.fanout, services.vault)

    async def serve(self, follower: Follower) -> None:
        """Say hello, then read and write at once until one of them ends."""
        bind_contextvars(conversation=str(follower.conversation_id))
        handoff = await self.services.handoffs.state_of(follower.conversation_id)
        await self.send({**self.hello(follower.seen), "handoff": handoff})
        self.announce(follower.conversation_id, here=True)
        reader = asyncio.create_task(self.read(follower))
        writer = asyncio.create_task(self.write(follower))
        try:
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self.end(reader, writer)

    def hello(self, seq: int) -> server_frames.Frame:
        identity = self.socket.identity
        return {
            "type": "session",
            "session_id": self.session_id,
            "guest_token": identity.guest_token,
            "seq": seq,
            "language": self.language,
            "signed_in": identity.account is not None,
            "name": identity.account.name if identity.account else None,
            "model": self.services.model_kind,
        }

    async def write(self, follower: Follower) -> None:
        async for frame in follower.frames():
            match frame["type"]:
                case "owner":
                    self.check_owner(frame["owner"])
                case "who_is_there":
                    self.announce(follower.conversation_id, here=True)
                case "presence":
                    if not frame["customer"]:  # another window has closed: this one is open
                        self.announce(follower.conversation_id, here=True)
                case "typing" if frame["who"] == "customer":
                    pass
                case _:
                    await self.send(frame)

    def announce(self, conversation_id: UUID, here: bool) -> None:
        """Staff who look at the conversation see whether the customer is there."""
        presence = {"type": "presence", "customer": here}
        self.services.fanout.publish(conversation_id, presence)

    def check_owner(self, owner: str) -> None:
        """The conversation has a new owner. Raises SessionEnded unless that is this socket's."""
        if owner != self.socket.identity.owner.key:
            raise SessionEnded

    async def read(self, follower: Follower) -> None:
        while True:
            received = await self.socket.websocket.receive()
            if received["type"] == "websocket.disconnect":
                return
            raw = received.get("text") or received.get("bytes") or ""
            try:
                await self.handle(raw, follower)
            except (WebSocketDisconnect, TimeoutError, SessionEnded):
                raise
            except AppError as error:
                await self.send(error_frame(error, raw))
            except Exception:  # the edge: one bad frame must not end the socket
                log.exception("frame_failed")
                await self.send(error_frame(AppError(), raw))

    async def handle(self, raw: str | bytes, follower: Follower) -> None:
        self.allowance.spend()
        frame = frames.parse(raw)
        match frame:
            case frames.Message():
                await self.take_message(frame, follower)
            case frames.Action():
                await self.take_action(frame, follower)
            case frames.Resume(after=after):
                await self.resume(after, follower)
            case frames.Feedback():
                await self.rate(frame)
            case frames.Auth(token=token):
                await self.sign_in(token, follower)
            case frames.Simple(type="cancel"):
                await self.services.turn_taker.cancel(
                    self.socket.identity.owner, follower.conversation_id
                )
            case frames.Simple(type="typing"):
                typing = {"type": "typing", "who": "customer"}
                self.services.fanout.publish(follower.conversation_id, typing)
            case frames.Simple(type="ping"):
                await self.send({"type": "pong"})

    async def resume(self, after: int, follower: Follower) -> None:
        """A replay reads the store, so it costs as much as ten other frames."""
        self.allowance.spend(9)
        owner = self.socket.identity.owner
        if await self.services.conversations.is_foreign(owner, follower.conversation_id):
            raise SessionEnded
        follower.resume(after)

    async def take_message(self, frame: frames.Message, follower: Follower) -> None:
        identity, text = self.socket.identity, frames.clean(frame.message)
        await self.take(
            Incoming(
                identity.owner, self.session_id, text, frame.client_message_id, self.language,
                known=identity.known,
            ),
            follower,
        )  # fmt: skip

    async def take_action(self, frame: frames.Action, follower: Follower) -> None:
        """A pressed button takes the same way as a message."""
        owner = self.socket.identity.owner
        pressed = Pressed(parsed_id(frame.card_id), frame.choice)
        once = frame.client_message_id or f"{frame.card_id}:{frame.choice}"[:100]
        await self.take(
            Incoming(owner, self.session_id, frame.choice, once, self.language, pressed), follower
        )

    async def take(self, incoming: Incoming, follower: Follower) -> None:
        await self.services.limits.check("messages", incoming.owner.key)
        await self.services.limits.check("messages_address", self.socket.address)
        accepted = await self.services.turn_taker.take_turn(incoming)
        if accepted.conversation_id != follower.conversation_id:
            follower.follow(accepted.conversation_id, accepted.seq - 1)
        self.language = None
        if accepted.repeated:
            values = await self.services.vault.values(accepted.conversation_id)
            await self.send(server_frames.unmasked(server_frames.accepted(accepted), values))

    async def rate(self, frame: frames.Feedback) -> None:
        await self.services.feedback.rate(
            self.socket.identity,
            parsed_id(frame.message_id),
            frame.rating,
            frame.reason,
            frame.comment,
        )
        await self.send(
            {"type": "feedback", "message_id": frame.message_id, "rating": frame.rating}
        )

    async def sign_in(self, token: str, follower: Follower) -> None:
        """A guest signs in mid-chat and takes the conversations along."""
        try:
            identity = await signed_in_by(token, "access", self.services)
        except SessionEnded as refused:
            await self.send({"type": "auth_error", "code": refused.code, "error": refused.detail})
            return
        await self.become(identity, follower)
        account = identity.account
        assert account is not None
        await self.send(
            {
                "type": "auth_success",
                "name": account.name,
                "role": account.role,
                "session_id": self.session_id,
            }
        )

    async def become(self, identity: Identity, follower: Follower) -> None:
        """From here on the socket is the customer's, and so is what the guest said."""
        guest_id = self.socket.identity.owner.guest_id
        self.socket.identity = identity
        if guest_id is not None:
            await bring_along(guest_id, identity, self.services)
        conversations, owner = self.services.conversations, identity.owner
        word = await conversations.session_id(owner, follower.conversation_id)
        if word is not None:
            self.session_id = word
            return
        stored = await conversations.find(owner, self.session_id)
        found = stored["id"] if stored else conversation_id(owner, self.session_id)
        follower.follow(found, stored["last_seq"] if stored else 0)

    async def send(self, frame: server_frames.Frame) -> None:
        await self.socket.send(orjson.dumps(frame).decode())

    async def end(self, reader: asyncio.Task[None], writer: asyncio.Task[None]) -> None:
        for task in (reader, writer):
            task.cancel()
        results = await asyncio.gather(reader, writer, return_exceptions=True)
        failures = [r for r in results if isinstance(r, Exception)]
        for failure in failures:
            if not isinstance(failure, EXPECTED):
                log.error("socket_failed", exc_info=failure)
        if failures:
            await self.socket.close(close_code(failures[0]))
