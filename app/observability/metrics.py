"""Every Prometheus metric on one page: base units, bounded labels, never an id."""

from prometheus_client import Counter, Gauge, Histogram

LLM_ERRORS = Counter(
    "llm_errors_total", "Calls of the LLM endpoint that failed", ["error_type", "model"]
)
TURNS = Counter("chat_turns_total", "Turns by how they ended", ["state", "agent"])
WITHHELD = Counter(
    "chat_answers_withheld_total",
    "Attempts that verification did not let through",
    ["failure_class"],
)
DETECTIONS = Counter(
    "detection_tier_total", "Verdicts of verification by the tier that gave them", ["tier"]
)
DETECTIONS_BLOCKED = Counter("detection_blocked_total", "Verdicts that withheld a text")
DETECTION_SECONDS = Histogram(
    "detection_processing_time_seconds", "What verification took",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 2, 5),
)  # fmt: skip
SCREENED = Counter("chat_turns_screened_total", "Turns that rules answered at once", ["kind"])
CACHE_OPERATIONS = Counter(
    "cache_operations_total",
    "What caches were asked and had: hit, miss, set, error, garbage, scope_mismatch",
    ["op", "cache_type"],
)
CACHE_SECONDS = Histogram(
    "cache_lookup_seconds", "How long a look into a cache takes", ["cache_type"],
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1),
)  # fmt: skip
FIRST_TOKEN = Histogram(
    "chat_first_token_seconds", "From acceptance of a message to its first token",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 40),
)  # fmt: skip
HUMAN_HANDOFFS = Counter("human_handoff_total", "Handoffs opened", ["reason", "agent"])
HANDOFFS = Gauge("handoffs", "Handoffs that wait or are being answered", ["state"])
HANDOFFS_LATE = Gauge("handoffs_past_target", "Handoffs that wait longer than they should")
RECLAIMED = Counter("chat_turns_reclaimed_total", "Turns taken over from a process that died")
OUTBOX = Counter("outbox_messages_total", "Messages to customers", ["purpose", "outcome"])
WEBHOOK_DELIVERIES = Counter(
    "webhook_deliveries_total", "Attempts at webhooks: delivered, failed (tried again), dead",
    ["type", "outcome"],
)  # fmt: skip
DELIVERY_SECONDS = Histogram(
    "webhook_delivery_seconds", "What one attempt at a webhook takes",
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10),
)  # fmt: skip
OLDEST_UNDELIVERED = Gauge(
    "handoff_oldest_undelivered_seconds", "Age of the oldest webhook of a handoff still queued"
)
DELIVERIES_DEAD = Gauge("webhook_deliveries_dead", "Webhooks given up, until they are replayed")
SOCKETS = Gauge("chat_sockets", "Open WebSockets")
