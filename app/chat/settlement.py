"""What needs no brain: a button, a clear yes or no to the open card, the code a guest types."""

from dataclasses import dataclass, replace
from uuid import UUID

import orjson

from agents.booking_cards import action_card
from agents.cards import CONFIRM, DECLINE
from agents.dealership import Service
from agents.dependencies import Dependencies
from agents.events import Answered
from agents.language import DEFAULT
from agents.prompts import phrase
from agents.understanding.replies import read_reply
from agents.wording import when_words
from app.accounts.proofs import Proofs, code_in
from app.chat import cards
from app.chat.actions import Actions, Outcome
from app.chat.cards import CardChange
from app.chat.context import Pending, TurnContext
from app.chat.turns import Lease
from app.db.engine import Connection

BECAME = {"proven": "confirmed", "expired": "expired"}
SETTLED = {"book": "booked", "move": "moved", "cancel": "cancelled"}


@dataclass(frozen=True, slots=True)
class Settled:
    """The answer, and what becomes of the card. `resume` is a wish that waited for a proof."""

    answered: Answered
    changes: tuple[CardChange, ...] = ()
    resume: str | None = None


class Settlement:
    """Decides by fixed rules; nothing a model says comes in here."""

    def __init__(self, actions: Actions, proofs: Proofs, needs: Dependencies) -> None:
        self._actions, self._proofs, self._needs = actions, proofs, needs

    def reply_in(self, about: TurnContext) -> str | None:
        """`confirm` or `decline`, when the customer clearly said so to the newest action."""
        action = about.action
        if action is None or action.state == "replaced":
            return None
        if about.pressed is not None:
            same = about.pressed.card_id == action.card_id
            return about.pressed.choice if same and about.pressed.choice in ANSWERS else None
        if about.thread.get("expects") not in (None, "action"):
            return None
        return read_reply(about.question, action.proposal.kind, about.language or DEFAULT)

    def code_in(self, about: TurnContext) -> str | None:
        return code_in(about.question) if about.thread.get("expects") == "code" else None

    async def may_send_code(self, conversation_id: UUID, about: TurnContext) -> bool:
        """Asked only where an address was asked for."""
        if about.thread.get("expects") not in ("contact", "code"):
            return True
        return await self._proofs.is_allowed(conversation_id)

    async def reply(self, about: TurnContext, reply: str, language: str) -> Settled:
        """Carry out or drop the newest action. A repeated yes is told what was done."""
        action = about.action
        assert action is not None
        if action.state == "done":
            return Settled(await self._told("already_done", action, language))
        if action.state not in ("open", "working"):
            return Settled(self._said("action_expired", about, language))
        if reply == DECLINE and action.state == "open":
            outcome = await self._actions.decline(action)
        elif about.customer_id is None:
            return Settled(self._said("ask_contact", about, language, expects="contact"))
        else:
            outcome = await self._actions.confirm(action, about.customer_id, language)
        return await self._settled(about, action, outcome, language)

    async def check_code(
        self, conversation_id: UUID, about: TurnContext, code: str, language: str
    ) -> Settled:
        """A right code makes the guest known; an action that waited for it can be confirmed."""
        checked = await self._proofs.check(conversation_id, code)
        if checked != "proven":
            expects = "code" if checked == "wrong" else "contact"
            return Settled(self._said(f"code_{checked}", about, language, expects=expects))
        if about.action is not None and about.action.state == "open":
            change = CardChange(
                about.action.card_id, "open", content=await self._confirmable(about, language)
            )
            return Settled(self._said("proven_book", about, language, expects="action"), (change,))
        wish = about.thread.get("wish")
        return Settled(self._said("proven", about, language), resume=str(wish) if wish else None)

    async def store(
        self, db: Connection, lease: Lease, answered: Answered, changes: tuple[CardChange, ...]
    ) -> list[cards.Frame]:
        """In the turn's last transaction: cards, what the next turn must know, a code owed."""
        conversation_id = lease.conversation_id
        changes += await self._codes_over(db, conversation_id, answered)
        frames = [await self._actions.store(db, conversation_id, each) for each in changes]
        frames += await cards.show(db, conversation_id, lease.turn_id, answered.cards)
        if answered.thread is not None:
            await db.execute(
                "update conversations set thread = $2::jsonb where id = $1",
                conversation_id, orjson.dumps(answered.thread).decode(),
            )  # fmt: skip
        if answered.code_to is not None:  # whether it may be sent was asked before
            text = phrase("code_text", answered.language)
            await self._proofs.send_code(db, conversation_id, answered.code_to, text)
        return frames

    async def _codes_over(
        self, db: Connection, conversation_id: UUID, answered: Answered
    ) -> tuple[CardChange, ...]:
        """What becomes of cards that ask for a code: used, no longer good, or sent anew."""
        waiting = await cards.open_codes(db, conversation_id)
        if not waiting:
            return ()
        state = await self._proofs.code_state(db, conversation_id)
        became = "replaced" if answered.code_to is not None else BECAME.get(state)
        nothing_asked = {"input": None, "note": None}
        return tuple(CardChange(each, became, content=nothing_asked) for each in waiting if became)

    async def _confirmable(self, about: TurnContext, language: str) -> dict[str, object]:
        assert about.action is not None
        proposal, place = about.action.proposal, self._needs.dealership.place
        service = await self._service(proposal.service)
        return action_card(proposal, service, place, language, proven=True).content()

    async def _service(self, code: str) -> Service:
        """Also one that the workshop has stopped offering since."""
        services = {each.code: each for each in await self._needs.dealership.services()}
        return services.get(code) or Service(code, {"en": code}, 60, {})

    async def _settled(
        self, about: TurnContext, action: Pending, outcome: Outcome, language: str
    ) -> Settled:
        changes = (outcome.change,) if outcome.change else ()
        if outcome.settled == "confirmed":
            key = SETTLED[action.proposal.kind]
            done = replace(action, outcome=outcome.change.outcome if outcome.change else None)
            return Settled(await self._told(key, done, language), changes)
        if outcome.settled == "refused":
            return Settled(self._said(f"refused_{outcome.refusal}", about, language), changes)
        key = "declined" if outcome.settled == "declined" else f"action_{outcome.settled}"
        return Settled(self._said(key, about, language), changes)

    async def _told(self, key: str, action: Pending, language: str) -> Answered:
        proposal = action.proposal
        service = (await self._service(proposal.service)).name(language)
        reference = str((action.outcome or {}).get("reference", ""))
        when = when_words(proposal.start, language)
        text = phrase(key, language, service=service, when=when, reference=reference)
        thread = {
            "wish": "move" if proposal.kind != "cancel" else None,
            "service": proposal.service,
            "appointment": (action.outcome or {}).get("appointment_id"),
            "start": proposal.start.isoformat(),
        }
        return Answered(text=text, agent="maintenance", language=language, thread=thread)

    def _said(
        self, key: str, about: TurnContext, language: str, expects: str | None = None
    ) -> Answered:
        dealer = self._needs.dealer
        text = phrase(key, language, dealer=dealer.name, phone=dealer.phone)
        thread = {**about.thread, "expects": expects}
        return Answered(text=text, agent="maintenance", language=language, thread=thread)


ANSWERS = (CONFIRM, DECLINE)
