"""Whether a turn ends with a handoff, and which: facts for the policy, a record for staff."""

from dataclasses import replace

from app.chat import frames
from app.chat.context import TurnContext
from app.chat.frames import Frame
from app.chat.results import Result
from app.chat.turns import Lease
from app.db.engine import Connection
from app.handoff.hours import Hours, Opening
from app.handoff.policy import Facts, opens, reason_of
from app.handoff.records import Handoffs, NewHandoff
from app.handoff.summaries import summarised


class Escalating:
    """Below `threshold` an answer's confidence hands the customer to a person."""

    def __init__(self, handoffs: Handoffs, hours: Hours, threshold: float) -> None:
        self._handoffs, self._hours, self._threshold = handoffs, hours, threshold

    async def decided(self, about: TurnContext, result: Result) -> tuple[Result, Opening]:
        """The result with the reason why a person must answer, if there is one."""
        hours = await self._hours.now()
        reason = reason_of(self._facts(about, result, hours))
        answered = replace(result.answered, escalation=reason)
        return replace(result, answered=answered), hours

    async def store(
        self, db: Connection, lease: Lease, about: TurnContext, result: Result, hours: Opening
    ) -> list[Frame]:
        """In the turn's transaction: the handoff as the customer's frame, if one is opened; one
        that waits becomes as urgent as this turn."""
        answered = result.answered
        reason = answered.escalation
        if reason is None:
            return []
        if about.waiting is not None:
            await self._handoffs.raise_to(db, lease.conversation_id, reason, hours)
        if not opens(reason, about.waiting is not None, about.just_resolved):
            return []
        new = NewHandoff(
            conversation_id=lease.conversation_id,
            turn_id=lease.turn_id,
            reason=reason,
            agent=answered.agent,
            language=answered.language,
            confidence=answered.confidence,
            model=answered.model or about.model,
            year=answered.year or about.year,
            summary=summarised(about.question, about.history, answered),
        )
        event = await self._handoffs.open(db, new, hours)
        return [frames.staff_event(event)] if event else []

    def _facts(self, about: TurnContext, result: Result, hours: Opening) -> Facts:
        answered = result.answered
        diagnosing = answered.agent == "troubleshoot"
        return Facts(
            heard=result.screened,
            blocked=result.fault == "blocked",
            broken=result.fault == "broken",
            trouble=answered.trouble,
            confidence=answered.confidence,
            threshold=self._threshold,
            unhelpful=about.unhelpful,
            diagnosing=about.diagnosing if diagnosing else -1,
            over_budget=result.books.ledger.spending == "spent",
            closed=not hours.is_open,
        )
