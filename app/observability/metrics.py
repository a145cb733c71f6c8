"""Every Prometheus metric on one page: base units, bounded labels, never an id.

docs/metrics.md says what each means. Names of the deployment guide are kept as they are.
"""

import os

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a third of all series, for nothing

# HTTP, by route template
REQUEST_SECONDS = Histogram(
    "request_latency_seconds", "Until the last byte of a response", ["endpoint", "method"],
    buckets=(0.01, 0.05, 0.25, 1, 2.5, 5, 10, 30),
)  # fmt: skip
HTTP_REQUESTS = Counter(
    "http_requests_total", "Responses", ["endpoint", "method", "status_code"]
)  # fmt: skip
HTTP_ERRORS = Counter(
    "http_errors_total", "Responses with a 5xx status", ["endpoint", "method", "status_code"]
)
REQUESTS_IN_PROGRESS = Gauge(
    "requests_in_progress", "Requests that wait for their response", multiprocess_mode="livesum"
)
RATE_LIMITED = Counter("rate_limited_total", "What limits have refused", ["rule"])

# The language model, per call
LLM_CALLS = Counter("llm_calls_total", "Calls of a chat model", ["purpose", "model", "outcome"])
LLM_TOKENS = Counter(
    "llm_tokens_total", "Tokens as the provider counted them", ["type", "model", "agent"]
)
LLM_COST = Counter("llm_cost_dollars_total", "What calls cost, in US dollars", ["model", "agent"])
LLM_UNPRICED = Counter(
    "llm_calls_unpriced_total", "Calls whose cost is unknown: no_price, no_usage, cut by a crash",
    ["model", "why"],
)  # fmt: skip
LLM_COST_UNKNOWN = Counter(
    "llm_cost_unknown_dollars_total", "What calls of unknown cost came to at most, in US dollars",
    ["model"],
)  # fmt: skip
BUDGET_SPENT = Counter(
    "llm_budget_reached_total", "Turns that a budget made cheaper (tight) or offline (spent)",
    ["budget", "spending"],
)  # fmt: skip
LLM_SECONDS = Histogram(
    "llm_latency_seconds", "What a whole call of the endpoint takes", ["model", "agent"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60),
)  # fmt: skip
LLM_FIRST_TOKEN = Histogram(
    "llm_first_token_seconds", "From a call of the endpoint to its first token", ["model"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 20),
)  # fmt: skip
LLM_ERRORS = Counter(
    "llm_errors_total", "Calls of the LLM endpoint that failed", ["error_type", "model"]
)
TURN_COST = Histogram(
    "request_cost_dollars", "What the calls of one turn cost together, in US dollars",
    buckets=(0, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5),
)  # fmt: skip

# Turns and conversations
TURNS = Counter("chat_turns_total", "Turns by how they ended", ["state", "agent"])
TURN_SECONDS = Histogram(
    "chat_turn_seconds", "From acceptance of a message to the whole answer", ["agent"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 40, 120),
)  # fmt: skip
FIRST_TOKEN = Histogram(
    "chat_first_token_seconds", "From acceptance of a message to its first token",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 40),
)  # fmt: skip
TURNS_RUNNING = Gauge(
    "chat_turns_running", "Turns this process works on", multiprocess_mode="livesum"
)
OLDEST_PENDING = Gauge(
    "chat_oldest_pending_turn_seconds", "Age of the oldest turn without an answer, of all replicas",
    multiprocess_mode="livemax",
)  # fmt: skip
RECLAIMED = Counter("chat_turns_reclaimed_total", "Turns taken over from a process that died")
SCREENED = Counter("chat_turns_screened_total", "Turns that rules answered at once", ["kind"])
TASKS = Counter(
    "task_completion_total", "Conversations that have come to rest, by outcome", ["status", "agent"]
)
TASK_SECONDS = Histogram(
    "task_duration_seconds", "From the first to the last message of such a conversation",
    ["status", "agent"], buckets=(10, 30, 60, 180, 600, 1800, 7200),
)  # fmt: skip
FEEDBACK = Counter("user_feedback_total", "Thumbs on answers: positive, negative", ["sentiment"])
SOCKETS = Gauge("chat_sockets", "Open WebSockets", multiprocess_mode="livesum")

# Quality: routes, verification, confidence
ROUTES = Counter(
    "agent_routing_total", "Routes by who was chosen, and how", ["selected_agent", "routing_method"]
)
ROUTE_CERTAINTY = Histogram(
    "agent_routing_confidence", "Calibrated certainty of the route", ["selected_agent"],
    buckets=(0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1),
)  # fmt: skip
REROUTED = Counter(
    "agent_rerouting_total", "Turns for another specialist than the answer before",
    ["from_agent", "to_agent"],
)  # fmt: skip
CONFIDENCE = Histogram(
    "answer_confidence", "Confidence of answers from documents", ["agent"],
    buckets=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1),
)  # fmt: skip
WITHHELD = Counter(
    "chat_answers_withheld_total",
    "Attempts that verification did not let through",
    ["failure_class"],
)
DETECTIONS = Counter(
    "detection_tier_total", "Verdicts of verification by the tier that gave them", ["tier"]
)
DETECTIONS_BLOCKED = Counter("detection_blocked_total", "Verdicts that withheld a text")
VERDICTS = Counter("verification_verdicts_total", "Verdicts of verification", ["action"])
DETECTION_SECONDS = Histogram(
    "detection_processing_time_seconds", "What verification took",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 2, 5),
)  # fmt: skip
MASKED = Counter("pii_masked_total", "Personal values found and masked", ["entity"])
MASKING_FAILED = Counter("pii_masking_failed_total", "Messages refused, as none could look at them")

# Retrieval and caches
RAG_SIMILARITY = Histogram(
    "rag_similarity_score", "Of the best passage with the question: by meaning and by words",
    ["document_type"], buckets=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1),
)  # fmt: skip
RAG_DOCUMENTS = Counter(
    "rag_documents_retrieved_total", "Passages given to a specialist", ["document_type"]
)
RAG_SEARCHES = Counter(
    "rag_searches_total", "Searches: found, nothing, words_only (no embedder), failed", ["outcome"]
)
RAG_SECONDS = Histogram(
    "rag_search_seconds", "What a search of the knowledge base takes",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5),
)  # fmt: skip
CACHE_OPERATIONS = Counter(
    "cache_operations_total",
    "What caches were asked and had: hit, miss, set, error, garbage, scope_mismatch",
    ["op", "cache_type"],
)
CACHE_SECONDS = Histogram(
    "cache_lookup_seconds", "How long a look into a cache takes", ["cache_type"],
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1),
)  # fmt: skip

# Handoffs, webhooks, messages to customers
HUMAN_HANDOFFS = Counter("human_handoff_total", "Handoffs opened", ["reason", "agent"])
HANDOFFS = Gauge(
    "handoffs", "Handoffs that wait or are being answered", ["state"], multiprocess_mode="livemax"
)
HANDOFFS_LATE = Gauge(
    "handoffs_past_target", "Handoffs that wait longer than they should", ["urgency"],
    multiprocess_mode="livemax",
)  # fmt: skip
OLDEST_HANDOFF = Gauge(
    "handoff_oldest_open_seconds", "Age of the oldest handoff that nobody has claimed",
    multiprocess_mode="livemax",
)  # fmt: skip
HANDOFFS_CLAIMED = Counter(
    "handoffs_claimed_total", "Handoffs claimed: within their target or late", ["in_time"]
)
HANDOFF_WAIT = Histogram(
    "handoff_wait_seconds", "From the opening of a handoff to its first claim",
    buckets=(30, 60, 120, 300, 600, 900, 1800, 3600, 14400),
)  # fmt: skip
WEBHOOK_DELIVERIES = Counter(
    "webhook_deliveries_total", "Attempts at webhooks: delivered, failed (tried again), dead",
    ["type", "outcome"],
)  # fmt: skip
DELIVERY_SECONDS = Histogram(
    "webhook_delivery_seconds", "What one attempt at a webhook takes",
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10),
)  # fmt: skip
OLDEST_UNDELIVERED = Gauge(
    "handoff_oldest_undelivered_seconds", "Age of the oldest webhook of a handoff still queued",
    multiprocess_mode="livemax",
)  # fmt: skip
DELIVERIES_DEAD = Gauge(
    "webhook_deliveries_dead", "Webhooks given up, until they are replayed",
    multiprocess_mode="livemax",
)  # fmt: skip
OUTBOX = Counter("outbox_messages_total", "Messages to customers", ["purpose", "outcome"])

# The process and what it stands on
BUILD = Gauge("genai_auto_build_info", "1; its label is the version", ["version"],
              multiprocess_mode="livemax")  # fmt: skip
DEPENDENCY_UP = Gauge(
    "dependency_up", "1 while it answers: database, redis, llm", ["dependency"],
    multiprocess_mode="livemin",
)  # fmt: skip
POOL_WAIT = Histogram(
    "db_pool_wait_seconds", "How long a query waits for a connection of the pool",
    buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 1, 2, 5),
)  # fmt: skip
POOL_IN_USE = Gauge("db_pool_in_use", "Connections lent", multiprocess_mode="livesum")
DATABASE_LOST = Counter("db_unavailable_total", "Work given up because the store was away")
LOOP_LAG = Histogram(
    "event_loop_lag_seconds", "How late the event loop wakes who has slept",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1),
)  # fmt: skip
WORKER_FAILURES = Counter("worker_rounds_failed_total", "Rounds of background loops that failed")


def exposition() -> bytes:
    """What Prometheus reads; of all processes where PROMETHEUS_MULTIPROC_DIR says they share it."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest()
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
