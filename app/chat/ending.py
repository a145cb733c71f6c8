"""How a turn ends: everything it leaves behind in one transaction, then everyone is told."""

from collections.abc import Awaitable, Callable, Sequence

import structlog

from agents.citations import MARK
from agents.dependencies import Dealer
from agents.events import Answered
from agents.prompts import phrase
from agents.state import Utterance
from app.chat import frames
from app.chat.answer_cache import AnswerCache
from app.chat.context import TurnContext
from app.chat.counting import count_turn
from app.chat.escalating import Escalating
from app.chat.fanout import DESK, Fanout
from app.chat.live import LiveAnswer
from app.chat.results import Fault, Result, fixed
from app.chat.settlement import Settlement
from app.chat.turns import Lease, Turns
from app.db.engine import Connection
from rag.steps import Step

log = structlog.get_logger()

Also = Callable[[Connection], Awaitable[list[frames.Frame]]]


class Finisher:
    """Raises LeaseLost where somebody else has the turn: then nothing was stored."""

    def __init__(
        self,
        turns: Turns,
        settlement: Settlement,
        escalating: Escalating,
        fanout: Fanout,
        answers: AnswerCache | None,
        dealer: Dealer,
    ) -> None:
        self._turns, self._settlement, self._escalating = turns, settlement, escalating
        self._fanout, self._answers, self._dealer = fanout, answers, dealer

    async def finish(
        self, lease: Lease, live: LiveAnswer, about: TurnContext, result: Result
    ) -> Result:
        """An answer with all that belongs to it, and the handoff if a person must answer."""
        live.flush()
        with Step("decide") as step:
            result, hours = await self._escalating.decided(about, result)
            step.tell(escalation=result.answered.escalation or "none")

        async def also(db: Connection) -> list[frames.Frame]:
            shown = await self._settlement.store(db, lease, result.answered, result.changes)
            return shown + await self._escalating.store(db, lease, about, result, hours)

        await self._store(lease, result, also, about.history)
        if result.answered.escalation or about.waiting:
            self._fanout.publish(DESK, {"type": "queue"})
        return result

    async def cancelled(self, lease: Lease, live: LiveAnswer) -> None:
        """What was shown of the answer stays."""
        live.flush()
        answered = fixed(MARK.sub("", live.text), live.language)
        await self._store(lease, Result(answered, "cancelled", live.route, live.books))

    async def fail(self, lease: Lease, live: LiveAnswer, about: TurnContext, fault: Fault) -> None:
        """The customer is told, and a person looks at it."""
        dealer = self._dealer
        text = phrase("failed", live.language, dealer=dealer.name, phone=dealer.phone)
        failed = Result(fixed(text, live.language), "failed", books=live.books, fault=fault)
        await self.finish(lease, live, about, failed)

    async def share(self, answered: Answered) -> None:
        """What was settled may serve the next who asks the same."""
        if self._answers is not None:
            try:
                await self._answers.keep(answered)
            except Exception:  # the edge of the cache: the turn has ended well
                log.exception("answer_not_kept")

    async def _store(
        self, lease: Lease, result: Result, also: Also | None = None,
        history: Sequence[Utterance] = (),
    ) -> None:  # fmt: skip
        answered, shown = result.answered, list[frames.Frame]()
        answer = frames.stored_answer(answered, result.ending, result.route, result.screened)

        async def collected(db: Connection) -> None:
            shown.extend(await also(db) if also else ())

        with Step(None, "store"):
            ended = await self._turns.finish(
                lease, result.ending, answered.text, answer, result.books, collected
            )
        complete = frames.complete(lease, ended, answered.text, answer)
        for frame in (complete, *shown):
            self._fanout.publish(lease.conversation_id, frame)
        count_turn(lease, result, history)
