"""The story: one customer message in, one answer out. Start reading the product here.

    take_turn   mask -> store with its turn -> acknowledge -> answer in the background
    answer      read the conversation -> screen by rules -> the brain -> one transaction -> announce

The answer does not depend on whoever asked: it goes to all who follow the conversation, and any
process may take the turn over when this one dies.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from uuid import UUID

import structlog

from agents.citations import MARK
from agents.events import (
    Answered,
    AnswerInterrupted,
    ModelCalled,
    Progressed,
    Routed,
    TextAdded,
    Verified,
)
from agents.graph import Brain
from agents.guardrails.screening import Screened, screen
from agents.language import DEFAULT, detect
from agents.prompts import phrase
from agents.specialists.general import fixed_text
from agents.verification.verdict import AnswerBlocked
from app.accounts.identity import Owner
from app.chat import frames
from app.chat.acceptance import Accepted, Incoming
from app.chat.answer_cache import AnswerCache
from app.chat.books import Books
from app.chat.conversations import Conversations, TurnContext
from app.chat.fanout import Fanout, Interrupt
from app.chat.live import LiveAnswer
from app.chat.results import Result, asked_of, fixed
from app.chat.running import Runner
from app.chat.settlement import Settled, Settlement
from app.chat.turns import MOST_DEATHS, Lease, LeaseLost, Turns
from app.db.engine import Connection, DatabaseDown
from app.observability.metrics import RECLAIMED, SCREENED, TURNS
from app.privacy.masking import Masker
from rag.documents import KnowledgeUnavailable

log = structlog.get_logger()

TURN_SECONDS = 120.0
ATTEMPTS = 3
EMERGENCY = Screened("emergency", "")
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
        answers: AnswerCache | None,
        max_running: int,
    ) -> None:
        self.masker, self.turns, self.conversations = masker, turns, conversations
        self.brain, self.fanout, self.settlement = brain, fanout, settlement
        self.answers = answers
        self.runner = Runner(turns, fanout, max_running, self._answer, self._interrupted)

    async def take_turn(self, incoming: Incoming) -> Accepted:
        """Accept one message. Returned means committed; the answer follows through the fan-out.

        Raises MaskingFailed or DatabaseDown; then nothing was stored.
        """
        found = await self.masker.find(incoming.text, incoming.known)
        accepted = await self.turns.accept(incoming, found)
        self.fanout.publish(accepted.conversation_id, frames.accepted(accepted))
        if accepted.restarted:
            fence = Interrupt("fenced", accepted.turn, accepted.epoch)
            self.fanout.interrupt(accepted.conversation_id, fence)
        self.runner.work_on(accepted.conversation_id)
        return accepted

    async def cancel(self, owner: Owner, conversation_id: UUID) -> None:
        """Stop the owner's running turn; what was shown of its answer stays."""
        turn = await self.turns.request_cancel(owner, conversation_id)
        if turn is not None:
            self.fanout.interrupt(conversation_id, Interrupt("cancelled", turn))
            self.runner.work_on(conversation_id)

    async def _answer(self, lease: Lease, live: LiveAnswer) -> None:
        """One turn from its question to its stored answer."""
        if lease.deaths:
            RECLAIMED.inc()
        if lease.shown:
            live.reset(lease.attempt)
        about = await self.conversations.context(lease.conversation_id, lease.turn_id)
        if lease.deaths >= MOST_DEATHS:
            return await self._fail(lease, live, about.language or DEFAULT)
        language = live.language = detect(about.question, about.language)
        if lease.cancelled:
            await self._finish(lease, live, Result(fixed("", language), "cancelled"))
        elif screened := screen(about.question):
            await self._answer_screened(lease, live, screened, language)
        elif code := self.settlement.code_in(about):
            checking = self.settlement.check_code(lease.conversation_id, about, code, language)
            await self._answer_settled(lease, live, about, checking, language)
        elif reply := self.settlement.reply_in(about):
            settling = self.settlement.reply(about, reply, language)
            await self._answer_settled(lease, live, about, settling, language)
        elif (danger := await self._danger_in(about)) == "sure":
            await self._answer_screened(lease, live, EMERGENCY, language)
        else:
            await self._answer_by_brain(lease, live, about, language, danger == "possible")
        return None

    async def _danger_in(self, about: TurnContext) -> str | None:
        """Where no rule has heard a danger; nothing is asked of a pressed button."""
        if not about.question:
            return None
        return await self.brain.dependencies.dangers.danger_in(about.question)

    async def _answer_screened(
        self, lease: Lease, live: LiveAnswer, screened: Screened, language: str
    ) -> None:
        """An emergency, a person asked for: fixed words at once, whatever else is down."""
        text = fixed_text(screened.kind, screened.language or language, self.brain.dependencies)
        await live.add(text)
        answered = Answered(
            text=text, agent="general", language=language, escalation=screened.escalation
        )
        SCREENED.labels(kind=screened.kind).inc()
        await self._finish(lease, live, Result(answered, screened=screened.kind))

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
        return await self._finish(lease, live, Result(settled.answered, changes=settled.changes))

    async def _again(self, lease: Lease) -> TurnContext:
        """The conversation as it is now that the customer is known."""
        return await self.conversations.context(lease.conversation_id, lease.turn_id)

    async def _answer_by_brain(
        self, lease: Lease, live: LiveAnswer, about: TurnContext, language: str,
        may_be_danger: bool = False,
    ) -> None:  # fmt: skip
        """Stream the brain's events; an answer that breaks off is taken back and tried again."""
        books = Books()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                warning = self._warning(language) if may_be_danger else ""
                if warning:
                    await live.add(warning)
                async with asyncio.timeout(TURN_SECONDS):
                    answered, route = await self._stream(live, about, language, books)
                told = replace(answered, text=warning + answered.text)
                await self._finish(lease, live, Result(told, route=route, books=books))
                return await self._share(answered)
            except AnswerBlocked as blocked:
                verdict = blocked.verdict
                log.warning("answer_withheld", turn=str(lease.turn_id), why=verdict.failure_class)
                about = replace(about, withheld=(*about.withheld, verdict.explanation))
                live.reset(await self.turns.start_again(lease))
            except (AnswerInterrupted, KnowledgeUnavailable) as broken:
                log.warning("answer_interrupted", turn=str(lease.turn_id), why=str(broken))
                if attempt < ATTEMPTS:
                    await asyncio.sleep(PAUSE_SECONDS * (attempt - 1))
                    live.reset(await self.turns.start_again(lease))
            except (LeaseLost, DatabaseDown):
                raise
            except Exception:  # the edge: whatever a turn raises ends as a message to the customer
                log.exception("turn_failed", turn=str(lease.turn_id))
                break
        return await self._fail(lease, live, language, books)

    async def _share(self, answered: Answered) -> None:
        """What was settled may serve the next who asks the same."""
        if self.answers is not None:
            try:
                await self.answers.keep(answered)
            except Exception:  # the edge of the cache: the turn has ended well
                log.exception("answer_not_kept")

    def _warning(self, language: str) -> str:
        """One sentence before the answer, for whoever may be in danger."""
        return fixed_text("possible_danger", language, self.brain.dependencies) + "\n\n"

    async def _stream(
        self, live: LiveAnswer, about: TurnContext, language: str, books: Books
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
                case ModelCalled() | Verified():
                    books.enter(event)
                case Answered():
                    return event, route
        raise AnswerInterrupted("no answer")

    async def _finish(self, lease: Lease, live: LiveAnswer, result: Result) -> None:
        """Store the answer with all that belongs to it, then tell everyone. Raises LeaseLost."""
        live.flush()
        answered, shown = result.answered, list[frames.Frame]()
        answer = frames.stored_answer(answered, result.ending, result.route, result.screened)

        async def also(db: Connection) -> None:
            shown.extend(await self.settlement.store(db, lease, answered, result.changes))

        ended = await self.turns.finish(
            lease, result.ending, answered.text, answer, result.books, also
        )
        complete = frames.complete(lease, ended, answered.text, answer)
        for frame in (complete, *shown):
            self.fanout.publish(lease.conversation_id, frame)
        TURNS.labels(state=result.ending, agent=answered.agent).inc()

    async def _interrupted(self, lease: Lease, live: LiveAnswer) -> None:
        """Cancelled: keep what was shown. Fenced: the turn is somebody else's now."""
        if live.interrupted.result() == "cancelled":
            answered = fixed(MARK.sub("", live.text), live.language)
            await self._finish(lease, live, Result(answered, "cancelled", live.route))

    async def _fail(
        self, lease: Lease, live: LiveAnswer, language: str, books: Books | None = None
    ) -> None:
        """The customer is told; the turn has ended."""
        dealer = self.brain.dependencies.dealer
        text = phrase("failed", language, dealer=dealer.name, phone=dealer.phone)
        failed = Result(fixed(text, language), "failed", books=books or Books())
        await self._finish(lease, live, failed)
