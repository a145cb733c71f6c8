"""A confirmed action owes one webhook, however often and by whom it is settled."""

from uuid import UUID

import orjson
import pytest

from app.chat.actions import Actions
from app.chat.cards import CardChange
from tests.app.hooks import Hooks
from tests.fakes.webhooks import WebhookReceiver

DETAILS = {
    "kind": "book", "service": "tire_rotation", "start": "2026-11-23T09:00:00-08:00",
    "car": {"model": "X1", "year": 2024, "id": None}, "reason": "it rattles, says <PERSON_1>",
}  # fmt: skip
OUTCOME = {"appointment_id": "a-1", "reference": "A-7KQ", "state": "booked"}


async def open_action(hooks: Hooks, conversation: UUID, kind: str) -> UUID:
    ((card,),) = await hooks.rows(
        """
        with card as (
          insert into cards (conversation_id, turn_id, seq, kind, content)
          select $1, id, 100, 'action', '{}' from turns where conversation_id = $1 returning id)
        insert into pending_actions
          (card_id, conversation_id, kind, details, digest, state, expires_at)
        select id, $1, $2, $3::jsonb, '', 'working', clock_timestamp() from card returning card_id
        """,
        conversation, kind, orjson.dumps(DETAILS).decode(),
    )  # fmt: skip
    return UUID(str(card))


@pytest.mark.parametrize(
    ("kind", "type"),
    [
        ("book", "appointment.booked"),
        ("move", "appointment.moved"),
        ("cancel", "appointment.cancelled"),
    ],
)
async def test_one_webhook_for_a_card_that_is_confirmed_twice(
    hooks: Hooks, receiver: WebhookReceiver, kind: str, type: str
) -> None:
    await hooks.endpoint(receiver)
    conversation = await hooks.conversation()
    card = await open_action(hooks, conversation, kind)
    actions = Actions(hooks.database, None, hooks.deliveries)  # type: ignore[arg-type]
    for state in ("working", "confirmed", "confirmed"):
        change = CardChange(card, state, OUTCOME if state == "confirmed" else None)
        async with hooks.database.transaction() as db:
            await actions.store(db, conversation, change)
    await hooks.dispatch().deliver_all()
    (told,) = receiver.taken
    assert told.event["type"] == type
    assert told.event["data"] == {
        "conversation_id": str(conversation), "card_id": str(card), "service": "tire_rotation",
        "start": DETAILS["start"], "model": "X1", **OUTCOME,
    }  # fmt: skip


async def test_a_card_that_fails_owes_nothing(hooks: Hooks, receiver: WebhookReceiver) -> None:
    await hooks.endpoint(receiver)
    conversation = await hooks.conversation()
    card = await open_action(hooks, conversation, "book")
    actions = Actions(hooks.database, None, hooks.deliveries)  # type: ignore[arg-type]
    async with hooks.database.transaction() as db:
        await actions.store(db, conversation, CardChange(card, "failed", {"refused": "slot_taken"}))
    assert await hooks.states() == []
