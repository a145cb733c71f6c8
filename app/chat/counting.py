"""What the metrics learn of a turn once it is stored."""

from collections.abc import Sequence
from datetime import UTC, datetime

from agents.state import Utterance
from app.chat.results import Result
from app.chat.turns import Lease
from app.observability.metrics import (
    CONFIDENCE,
    REROUTED,
    ROUTE_CERTAINTY,
    ROUTES,
    TURN_COST,
    TURN_SECONDS,
    TURNS,
)
from app.observability.turn_spans import tell_turn

NOBODY = (None, "general")


def count_turn(lease: Lease, result: Result, history: Sequence[Utterance]) -> None:
    """`history` is what was said before."""
    answered = result.answered
    TURNS.labels(state=result.ending, agent=answered.agent).inc()
    waited = datetime.now(UTC) - lease.accepted_at
    TURN_SECONDS.labels(agent=answered.agent).observe(waited.total_seconds())
    TURN_COST.observe(result.books.ledger.dollars)
    if answered.confidence is not None:
        CONFIDENCE.labels(agent=answered.agent).observe(answered.confidence)
    if result.route is not None:
        count_route(result, history)
    trace_turn(result)


def trace_turn(result: Result) -> None:
    answered, ledger = result.answered, result.books.ledger
    unknown = any(call.cost_micros is None for call in ledger.calls)
    tell_turn(
        {
            "outcome": result.ending,
            "agent": answered.agent,
            "language": answered.language,
            "escalation": answered.escalation,
            "input_tokens": sum(call.prompt_tokens or 0 for call in ledger.calls),
            "output_tokens": sum(call.completion_tokens or 0 for call in ledger.calls),
            "cost_dollars": None if unknown else ledger.dollars,
        }
    )


def count_route(result: Result, history: Sequence[Utterance]) -> None:
    route = result.route
    assert route is not None
    ROUTES.labels(selected_agent=route.agent, routing_method=route.method).inc()
    if route.method != "cache":
        ROUTE_CERTAINTY.labels(selected_agent=route.agent).observe(route.certainty)
    before = next((u.agent for u in reversed(history) if u.agent not in NOBODY), None)
    if before is not None and route.agent not in (before, "general"):
        REROUTED.labels(from_agent=before, to_agent=route.agent).inc()
