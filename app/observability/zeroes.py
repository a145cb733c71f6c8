"""Metrics begin at 0: else Prometheus would not see the first of a kind, which is the most of it
where there is little traffic, and panels would be empty."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import get_args

from prometheus_client import Counter, Gauge, Histogram

from agents.dependencies import Purpose
from agents.events import Agent, Cached, Escalation, RouteMethod
from app.observability import metrics as m
from app.version import VERSION
from rag.documents import DOCUMENT_TYPES

Metric = Counter | Gauge | Histogram
AGENTS: tuple[str, ...] = get_args(Agent)
SPECIALISTS = tuple(agent for agent in AGENTS if agent != "general")
ENDINGS = ("answered", "cancelled", "failed")
OUTCOMES = ("completed", "abandoned", "escalated")

LABELS: tuple[tuple[Metric, Mapping[str, Sequence[str]]], ...] = (
    (m.TURNS, {"state": ENDINGS, "agent": AGENTS}),
    (m.TURN_SECONDS, {"agent": AGENTS}),
    (m.TASKS, {"status": OUTCOMES, "agent": AGENTS}),
    (m.TASK_SECONDS, {"status": OUTCOMES, "agent": AGENTS}),
    (m.FEEDBACK, {"sentiment": ("positive", "negative")}),
    (m.SCREENED, {"kind": ("emergency", "person")}),
    (m.ROUTES, {"selected_agent": AGENTS, "routing_method": get_args(RouteMethod)}),
    (m.ROUTE_CERTAINTY, {"selected_agent": AGENTS}),
    (m.CONFIDENCE, {"agent": AGENTS}),
    (m.VERDICTS, {"action": ("allow", "warn", "block")}),
    (m.DETECTIONS, {"tier": ("1", "2", "3")}),
    (m.WITHHELD, {"failure_class": ("unsupported",)}),
    (m.RAG_SIMILARITY, {"document_type": DOCUMENT_TYPES}),
    (m.RAG_DOCUMENTS, {"document_type": DOCUMENT_TYPES}),
    (m.RAG_SEARCHES, {"outcome": ("found", "nothing", "words_only", "failed")}),
    (m.CACHE_OPERATIONS, {"op": ("hit", "miss", "set", "error"),
                          "cache_type": (*get_args(Cached), "embedding")}),
    (m.CACHE_SECONDS, {"cache_type": get_args(Cached)}),
    (m.HUMAN_HANDOFFS, {"reason": get_args(Escalation), "agent": AGENTS}),
    (m.HANDOFFS, {"state": ("open", "claimed")}),
    (m.HANDOFFS_LATE, {"urgency": ("safety", "other")}),
    (m.HANDOFFS_CLAIMED, {"in_time": ("yes", "no")}),
    (m.BUDGET_SPENT, {"budget": ("conversation", "day"), "spending": ("tight", "spent")}),
    (m.RATE_LIMITED, {"rule": ("messages", "address", "messages_address", "auth", "api_key")}),
)  # fmt: skip


def begin_at_zero(model: str) -> None:
    """`model` is the one that settings name."""
    m.BUILD.labels(version=VERSION).set(1)
    for metric, values in LABELS:
        born(metric, values)
    for first, then in product(SPECIALISTS, repeat=2):
        if first != then:
            m.REROUTED.labels(from_agent=first, to_agent=then)
    agents = ("router", *AGENTS, "none")
    born(m.LLM_COST, {"model": (model,), "agent": agents})
    born(m.LLM_TOKENS, {"type": ("prompt", "completion"), "model": (model,), "agent": agents})
    born(m.LLM_CALLS, {"purpose": get_args(Purpose), "model": (model,), "outcome": ("ok",)})
    born(m.LLM_UNPRICED, {"model": (model,), "why": ("no_price", "no_usage", "cut")})
    born(m.LLM_COST_UNKNOWN, {"model": (model,)})


def born(metric: Metric, values: Mapping[str, Sequence[str]]) -> None:
    """Every combination of the labels' values."""
    for each in product(*values.values()):
        metric.labels(**dict(zip(values, each, strict=True)))
