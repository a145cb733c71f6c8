"""The story: one customer message in, one answer out. Start reading the product here.

    take_turn   mask -> store with its turn -> acknowledge -> answer in the background
    answer      read the conversation -> screen by rules -> the brain -> one transaction -> announce

The answer does not depend on whoever asked: it goes to all who follow the conversation, and any
process may take the turn over when this one dies.
"""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import replace
from uuid import UUID

import structlog
from structlog.contextvars import bind_contextvars

from agents.events import (
    Answered,
    AnswerInterrupted,
    Progressed,
    Routed,
    TextAdded,
    Verified,
)
from agents.graph import Brain
from agents.guardrails.screening import Screened
from agents.language import detect
from agents.specialists.general import fixed_text
from agents.verification.verdict import AnswerBlocked
from app.accounts.identity import Owner
from app.budgets import Budgets
from app.chat import first_look, frames
from app.chat.acceptance import Accepted, Incoming
from app.chat.context import TurnContext
from app.chat.conversations import Conversations
from app.chat.ending import Finisher
from app.chat.fanout import DESK, Fanout, Interrupt
from app.chat.live import LiveAnswer
from app.chat.results import Fault, Result, asked_of
from app.chat.running import Runner
from app.chat.settlement import Settled, Settlement
from app.chat.turns import MOST_DEATHS, Lease, LeaseLost, Turns
from app.db.engine import DatabaseDown
from app.llm.ledger import LEDGER
from app.observability.metrics import RECLAIMED, SCREENED
from app.observability.turn_spans import tell_masking
from app.privacy.masking import Masker
from app.usage import CallRecords
from rag.documents import KnowledgeUnavailable

log = structlog.get_logger()

TURN_SECONDS = 120.0
ATTEMPTS = 3
EMERGENCY = Screened("emergency", "")
PASSED_ON = ("person", "sensitive")
PAUSE_SECONDS = 1.0


class TurnTaker:
    """Takes customers' messages and answers their turns. One per process."""

    def __init__(  # noqa: PLR0913  the whole cast of the story
        self,
        masker: Masker,
        turns: Turns,
        conversations: Conversations,
        brain: Brain,
        fanout: Fanout,
        settlement: Settlement,
        ending: Finisher,
        calls: CallRecords,
        budgets: Budgets,
        max_running: int,
    ) -> None:
        self.masker, self.turns, self.conversations = masker, turns, conversations
        self.brain, self.fanout, self.settlement = brain, fanout, settlement
        self.ending, self.calls, self.budgets = ending, calls, budgets
        self.runner = Runner(turns, fanout, max_running, self._answer, self._interrupted)

    async def take_turn(self, incoming: Incoming) -> Accepted:
        """Accept one message. Returned means committed; the answer follows through the fan-out.

        Raises MaskingFailed or DatabaseDown; then nothing was stored.
        """
        began, clock = time.time_ns(), time.perf_counter()
        found = await self.masker.find(incoming.text, incoming.known)
        masking_ms = (time.perf_counter() - clock) * 1000
        accepted = await self.turns.accept(incoming, found, masking_ms)
        bind_contextvars(conversation=str(accepted.conversation_id))
        if not accepted.repeated:
            tell_masking(accepted.turn_id, began, masking_ms)
        self.fanout.publish(accepted.conversation_id, frames.accepted(accepted))
        if accepted.restarted:
            fence = Interrupt("fenced", accepted.turn, accepted.epoch)
            self.fanout.interrupt(accepted.conversation_id, fence)
        if accepted.relayed:
            self.fanout.publish(DESK, {"type": "queue"})
        else:
            self.runner.work_on(accepted.conversation_id)
        return accepted

    async def cancel(self, owner: Owner, conversation_id: UUID) -> None:
        """Stop the owner's running turn; what was shown of its answer stays."""
        turn = await self.turns.request_cancel(owner, conversation_id)
        if turn is not None:
            self.fanout.interrupt(conversation_id, Interrupt("cancelled", turn))
            self.runner.work_on(conversation_id)

    async def _answer(self, lease: Lease, live: LiveAnswer) -> None:
        """One turn from its question to its stored answer. What its model calls have cost is
        kept, whatever becomes of it."""
        LEDGER.set(live.books.ledger)
        try:
            await self._begin(lease, live)
        finally:
            await self.calls.close(live.books.ledger)

    async def _begin(self, lease: Lease, live: LiveAnswer) -> None:
        if lease.deaths:
            RECLAIMED.inc()
        if lease.shown:
            live.reset(lease.attempt)
        about = await first_look.read(self.conversations, lease)
        language = live.language = detect(about.question, about.language)
        if lease.deaths >= MOST_DEATHS:
            return await self.ending.fail(lease, live, about, "broken")
        if lease.cancelled:
            await self.ending.cancelled(lease, live)
        elif screened := first_look.screened_by_rules(about.question):
            await self._answer_screened(lease, live, about, screened)
        elif code := self.settlement.code_in(about):
            checking = self.settlement.check_code(lease.conversation_id, about, code, language)
            await self._answer_settled(lease, live, about, checking, language)
        elif reply := self.settlement.reply_in(about):
            settling = self.settlement.reply(about, reply, language)
            await self._answer_settled(lease, live, about, settling, language)
        elif (danger := await self._danger_in(about.question)) == "sure":
            await self._answer_screened(lease, live, about, EMERGENCY)
        else:
            await self._answer_by_brain(lease, live, about, language, danger == "possible")
        return None

    async def _danger_in(self, question: str) -> str | None:
        return await first_look.danger_in(question, self.brain.dependencies.dangers)

    async def _answer_screened(
        self, lease: Lease, live: LiveAnswer, about: TurnContext, screened: Screened
    ) -> None:
        """An emergency, a person asked for: fixed words at once, whatever else is down. Who is
        passed on to a person is told so when it is true."""
        waits = about.waiting is not None and screened.kind == "person"
        key, language = "person_waiting" if waits else screened.kind, live.language
        text = fixed_text(key, screened.language or language, self.brain.dependencies)
        if screened.kind in PASSED_ON:
            await live.commit()
        else:
            await live.add(text)
        answered = Answered(text=text, agent="general", language=language)
        SCREENED.labels(kind=screened.kind).inc()
        await self.ending.finish(lease, live, about, Result(answered, screened=screened.kind))

    async def _answer_settled(
        self,
        lease: Lease,
        live: LiveAnswer,
        about: TurnContext,
        settling: Awaitable[Settled],
        language: str,
    ) -> None:
        """A button, a yes, a code. From here on no message joins: what is done stays done."""
        await live.commit()
        settled = await settling
        await live.add(settled.answered.text)
        if settled.resume:
            waited = replace(await self._again(lease), question=settled.resume, thread={})
            return await self._answer_by_brain(lease, live, waited, language)
        result = Result(settled.answered, changes=settled.changes)
        await self.ending.finish(lease, live, about, result)
        return None

    async def _again(self, lease: Lease) -> TurnContext:
        """The conversation as it is now that the customer is known."""
        return await self.conversations.context(lease.conversation_id, lease.turn_id)

    async def _answer_by_brain(
        self, lease: Lease, live: LiveAnswer, about: TurnContext, language: str,
        may_be_danger: bool = False,
    ) -> None:  # fmt: skip
        """Stream the brain's events; an answer that breaks off is taken back and tried again."""
        live.books.ledger.spending = await self.budgets.spending(lease.conversation_id)
        fault: Fault = "broken"
        for attempt in range(1, ATTEMPTS + 1):
            try:
                warning = self._warning(language) if may_be_danger else ""
                if warning:
                    await live.add(warning)
                async with asyncio.timeout(TURN_SECONDS):
                    answered, route = await self._stream(live, about, language)
                told = replace(answered, text=warning + answered.text)
                result = Result(told, route=route, books=live.books)
                ended = await self.ending.finish(lease, live, about, result)
                return await self.ending.share(
                    replace(answered, escalation=ended.answered.escalation)
                )
            except AnswerBlocked as blocked:
                verdict = blocked.verdict
                log.warning("answer_withheld", why=verdict.failure_class)
                about = replace(about, withheld=(*about.withheld, verdict.explanation))
                fault = "blocked"
                live.reset(await self.turns.start_again(lease))
            except (AnswerInterrupted, KnowledgeUnavailable) as broken:
                log.warning("answer_interrupted", why=str(broken))
                if attempt < ATTEMPTS:
                    await asyncio.sleep(PAUSE_SECONDS * (attempt - 1))
                    live.reset(await self.turns.start_again(lease))
            except (LeaseLost, DatabaseDown):
                raise
            except Exception:  # the edge: whatever a turn raises ends as a message to the customer
                log.exception("turn_failed")
                fault = "broken"
                break
        return await self.ending.fail(lease, live, about, fault)

    def _warning(self, language: str) -> str:
        """One sentence before the answer, for whoever may be in danger."""
        return fixed_text("possible_danger", language, self.brain.dependencies) + "\n\n"

    async def _stream(
        self, live: LiveAnswer, about: TurnContext, language: str
    ) -> tuple[Answered, Routed | None]:
        may_send = await self.settlement.may_send_code(live.conversation_id, about)
        asked = replace(asked_of(about, language), may_send_code=may_send)
        route: Routed | None = None
        async for event in self.brain.answer(asked):
            match event:
                case TextAdded(text):
                    await live.add(text)
                case Progressed():
                    live.progress(event)
                case Routed():
                    route = live.route = event
                    live.books.ledger.agent = event.agent
                case Verified():
                    live.books.enter(event)
                case Answered():
                    return event, route
        raise AnswerInterrupted("no answer")

    async def _interrupted(self, lease: Lease, live: LiveAnswer) -> None:
        """Cancelled: keep what was shown. Fenced: the turn is somebody else's now."""
        if live.interrupted.result() == "cancelled":
            await self.ending.cancelled(lease, live)
