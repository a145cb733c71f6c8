"""The chat without a socket: ask and wait, history, citations, feedback."""

import asyncio
import uuid
from uuid import UUID

from fastapi import APIRouter, Path, Response

from agents.language import supported
from app.chat.acceptance import Accepted, Incoming
from app.chat.fanout import Interrupt
from app.chat.following import Follower
from app.chat.frames import Frame
from app.errors import NotFound, Unavailable
from app.privacy.vault import unmask
from app.services import Services
from app.web.frames import clean
from app.web.identity import AnyIdentity, ServicesDep
from app.web.schemas import (
    ChatReply,
    ChatRequest,
    CitedPassage,
    ConversationEntry,
    FeedbackRequest,
    History,
)

router = APIRouter(prefix="/api/v1", tags=["chat"])
WAIT_SECONDS = 150
SESSION_ID = r"^[A-Za-z0-9._-]{1,100}$"


class StillAnswering(Unavailable):
    """The answer takes longer than usual. It will be in the conversation's history."""


@router.post("/chat")
async def chat(
    body: ChatRequest, identity: AnyIdentity, services: ServicesDep, response: Response
) -> ChatReply:
    """Ask one question and wait for its answer. A guest may; `X-Guest-Token` names the guest.
    `x-cache` is `hit` for an answer that somebody else has got before."""
    await services.limits.check("messages", identity.owner.key)
    session_id = body.session_id or f"api-{uuid.uuid4().hex}"
    accepted = await services.turn_taker.take_turn(
        Incoming(
            identity.owner, session_id, clean(body.message), body.client_message_id,
            supported(body.language), known=identity.known,
        )
    )  # fmt: skip
    answer = await answer_to(accepted, services)
    handoff = await services.handoffs.state_of(accepted.conversation_id)
    response.headers["x-cache"] = "hit" if answer["metadata"].get("cached") else "miss"
    return ChatReply(
        response=answer["response"],
        session_id=session_id,
        message_id=answer["message_id"],
        turn=answer["turn"],
        metadata=answer["metadata"],
        guest_token=identity.guest_token,
        handoff=handoff if handoff and handoff["state"] in ("open", "claimed") else None,
    )


async def answer_to(accepted: Accepted, services: Services) -> Frame:
    """The `complete` frame of the message's turn, new or old; a person answers later. Raises
    StillAnswering."""
    if accepted.relayed:
        return relayed(accepted)
    follower = Follower(
        accepted.conversation_id, accepted.seq, services.conversations, services.fanout,
        services.vault,
    )  # fmt: skip
    follower.resume(accepted.seq)
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            async for frame in follower.frames():
                if frame["type"] == "complete" and str(accepted.message_id) in frame["answers"]:
                    return frame
    except TimeoutError as late:
        raise StillAnswering from late
    finally:
        follower.close()
    raise StillAnswering


def relayed(accepted: Accepted) -> Frame:
    """In the place of an answer, while a person has the conversation."""
    return {
        "response": "",
        "message_id": str(accepted.message_id),
        "turn": accepted.turn,
        "metadata": {"outcome": "relayed"},
    }


@router.get("/chat/history/{session_id}")
async def history(
    identity: AnyIdentity, services: ServicesDep, session_id: str = Path(pattern=SESSION_ID)
) -> History:
    """The owner's conversation, oldest message first."""
    stored = await services.conversations.find(identity.owner, session_id)
    if stored is None:
        raise NotFound
    values = await services.vault.values(stored["id"])
    messages = await services.conversations.history(stored["id"])
    shown = [{**each, "text": unmask(each["text"], values)} for each in messages]
    return History(session_id=session_id, seq=stored["last_seq"], messages=shown)


@router.get("/chat/conversations")
async def conversations(identity: AnyIdentity, services: ServicesDep) -> list[ConversationEntry]:
    """The caller's own, newest first."""
    entries = []
    for row in await services.conversations.recent(identity.owner):
        title = row["title"]
        if "<" in title:
            title = unmask(title, await services.vault.values(row["id"]))
        entries.append(
            ConversationEntry(
                session_id=row["session_id"], title=title, updated_at=row["updated_at"]
            )
        )
    return entries


@router.delete("/chat/conversations/{session_id}", status_code=204)
async def delete(
    identity: AnyIdentity, services: ServicesDep, session_id: str = Path(pattern=SESSION_ID)
) -> None:
    """Delete a conversation with everything that belongs to it."""
    deleted = await services.conversations.delete(identity.owner, session_id)
    services.fanout.interrupt(deleted, Interrupt("fenced"))
    services.fanout.publish(deleted, {"type": "deleted"})


@router.get("/chat/passages/{message_id}/{n}")
async def passage(
    message_id: UUID, identity: AnyIdentity, services: ServicesDep, n: int = Path(ge=1, le=99)
) -> CitedPassage:
    """What an answer cites as `[n]`; only for the owner of the conversation."""
    source = await services.conversations.source(identity.owner, message_id, n)
    return CitedPassage.model_validate(source)


@router.post("/feedback", status_code=204)
async def feedback(body: FeedbackRequest, identity: AnyIdentity, services: ServicesDep) -> None:
    """Rate an answer, or change the rating."""
    await services.feedback.rate(identity, body.message_id, body.rating, body.reason, body.comment)
