"""Dashboards about documents, caches and what everything runs on."""

from scripts.dashboards.panels import Dashboard, Panel, Row
from scripts.dashboards.queries import average, count, quantile, quantiles, rate, share

NO_SEARCHES = "no searches yet"
RETRIEVAL = Dashboard(
    "retrieval", "Retrieval and cache", "What searches find, and what need not be answered twice.",
    [
        Row("Documents", [
            Panel("Similarity of the best passage", "By meaning and words, by document type.",
                  [(average("rag_similarity_score", "document_type"), "{{document_type}}")],
                  warn=0.6, bad=0.4, most=1, when_empty=NO_SEARCHES),
            Panel("Searches", "Per minute: found, nothing, by words only, failed.",
                  [(f"60 * {rate('rag_searches_total', 'outcome')}", "{{outcome}}")], stacked=True),
            Panel("What a search takes", "An alert where P95 is above 0.5 s.",
                  quantiles("rag_search_seconds"), "s", warn=0.5, bad=2, when_empty=NO_SEARCHES),
            Panel("Passages", "Given to specialists, per minute, by type of document.",
                  [(f"60 * {rate('rag_documents_retrieved_total', 'document_type')}",
                    "{{document_type}}")], stacked=True, when_empty=NO_SEARCHES),
        ]),
        Row("Caches", [
            Panel("Answers found", "Share of looks into the answer caches, last hour.",
                  [(share("cache_operations_total", 'op="hit",cache_type!="embedding"', "1h",
                          'op=~"hit|miss",cache_type!="embedding"'), "all"),
                   (share("cache_operations_total", 'op="hit",cache_type="exact"', "1h",
                          'op=~"hit|miss",cache_type="exact"'), "same words"),
                   (share("cache_operations_total", 'op="hit",cache_type="semantic"', "1h",
                          'op=~"hit|miss",cache_type="semantic"'), "same question")],
                  "percentunit", warn=0.4, bad=0.1, most=1),
            Panel("Operations", "Per minute.",
                  [(f"60 * {rate('cache_operations_total', 'cache_type, op')}",
                    "{{cache_type}} {{op}}")]),
            Panel("What a look takes", "P95 by cache; an alert above 100 ms.",
                  [(quantile("cache_lookup_seconds", 0.95, "cache_type"), "{{cache_type}}")], "s",
                  warn=0.1, bad=0.5),
        ]),
    ],
)  # fmt: skip

INFRASTRUCTURE = Dashboard(
    "infrastructure", "Infrastructure", "Requests, the processes, and what they stand on.",
    [
        Row("Dependencies", [
            Panel("Database", "1 while it answers.",
                  [('min(dependency_up{dependency="database"})', "")], kind="stat", warn=1,
                  bad=0.5),
            Panel("Redis", "1 while it answers.", [('min(dependency_up{dependency="redis"})', "")],
                  kind="stat", warn=1, bad=0.5),
            Panel("Language model", "1 while it answers, or is the offline one.",
                  [('min(dependency_up{dependency="llm"})', "")], kind="stat", warn=1, bad=0.5),
            Panel("Version", "Of the processes that run.",
                  [("count by (version) (genai_auto_build_info)", "{{version}}")], kind="stat"),
        ]),
        Row("Requests", [
            Panel("By route", "Per second; templates, never paths.",
                  [(f"topk(12, {rate('http_requests_total', 'endpoint, method')})",
                    "{{method}} {{endpoint}}")], "reqps"),
            Panel("By status", "Per second.",
                  [(rate("http_requests_total", "status_code"), "{{status_code}}")], "reqps",
                  stacked=True),
            Panel("Response time", "P95, the twelve slowest routes.",
                  [(f"topk(12, {quantile('request_latency_seconds', 0.95, 'endpoint')})",
                    "{{endpoint}}")], "s", warn=5, bad=10),
            Panel("Errors", "5xx by route, in the last quarter of an hour.",
                  [(count("http_errors_total", "15m", "endpoint, status_code"),
                    "{{endpoint}} {{status_code}}")], when_empty="none"),
            Panel("Waiting for a response", "An alert above 100.",
                  [("sum(requests_in_progress)", "requests")], warn=100, bad=300),
            Panel("Refused by limits", "In the last quarter of an hour.",
                  [(count("rate_limited_total", "15m", "rule"), "{{rule}}")]),
        ]),
        Row("Database", [
            Panel("Wait for a connection", "An alert where P95 is above 0.5 s.",
                  quantiles("db_pool_wait_seconds"), "s", warn=0.5, bad=2),
            Panel("Connections lent", "Of DATABASE_POOL_SIZE per process.",
                  [("sum by (instance) (db_pool_in_use)", "{{instance}}")]),
            Panel("Work given up", "As the store was away, in the last quarter of an hour.",
                  [(count("db_unavailable_total", "15m"), "given up")], warn=1, bad=20),
        ]),
        Row("Processes", [
            Panel("Lag of the event loop", "How late it wakes who has slept.",
                  quantiles("event_loop_lag_seconds"), "s", warn=0.25, bad=1),
            Panel("Background rounds that failed", "In the last quarter of an hour.",
                  [(count("worker_rounds_failed_total", "15m"), "failed")], warn=10, bad=50),
            Panel("Memory", "Resident, by process.",
                  [("process_resident_memory_bytes", "{{instance}}")], "bytes",
                  when_empty="not told with several workers"),
            Panel("Processor", "Cores in use, by process.",
                  [("rate(process_cpu_seconds_total[$__rate_interval])", "{{instance}}")],
                  when_empty="not told with several workers"),
        ]),
    ],
)  # fmt: skip
