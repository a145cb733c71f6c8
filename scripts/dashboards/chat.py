"""Dashboards about customers and answers."""

from scripts.dashboards.panels import Dashboard, Panel, Row
from scripts.dashboards.queries import average, count, quantile, quantiles, rate, share

NO_ANSWERS = "no answers yet"
HIT = 'op="hit",cache_type!="embedding"'
LOOKED = 'op=~"hit|miss",cache_type!="embedding"'
HOURLY_COST = Panel(
    "Cost of the last hour", "What calls of language models cost. Alerts at $10 and $50.",
    [("sum(increase(llm_cost_dollars_total[1h])) or vector(0)", "")],
    "currencyUSD", "stat", 10, 50, when_empty="$0",
)  # fmt: skip

OVERVIEW = Dashboard(
    "genai-auto-metrics", "GenAI Auto Metrics",
    "Is the chat well? Every tile turns amber and red where its alert fires.",
    [
        Row("Now", [
            Panel("API up", "Processes that answer Prometheus.",
                  [('sum(up{job="genai-auto-api"})', "")], kind="stat", warn=1, bad=0.5),
            HOURLY_COST,
            Panel("Requests that fail", "Share of 5xx in the last five minutes.",
                  [("(sum(rate(http_errors_total[5m])) or vector(0)) /"
                    " (sum(rate(request_latency_seconds_count[5m])) > 0)", "")],
                  "percentunit", "stat", 0.05, 0.2),
            Panel("Answer caches hit", "Share of looks into the answer caches, last hour.",
                  [(share("cache_operations_total", HIT, "1h", LOOKED), "")],
                  "percentunit", "stat", 0.4, 0.1),
            Panel("Turns that open a handoff", "Handoffs in the last hour per turn.",
                  [("((sum(increase(human_handoff_total[1h])) or vector(0)) /"
                    " (sum(increase(chat_turns_total[1h])) > 0)) or vector(0)", "")],
                  "percentunit", "stat", 0.2, 0.4),
            Panel("Oldest question without an answer", "Of all replicas.",
                  [("max(chat_oldest_pending_turn_seconds)", "")], "s", "stat", 60, 180),
        ]),
        Row("Customers", [
            Panel("Turns", "By how they ended, per minute.",
                  [(f"60 * {rate('chat_turns_total', 'state')}", "{{state}}")], stacked=True),
            Panel("Time to the first token", "From acceptance of the message.",
                  quantiles("chat_first_token_seconds"), "s", warn=3, bad=10,
                  when_empty=NO_ANSWERS),
            Panel("Open chats and turns under way", "Sockets; turns being answered now.",
                  [("sum(chat_sockets)", "sockets"), ("sum(chat_turns_running)", "turns")]),
            Panel("Thumbs", "In the last hour.",
                  [(count("user_feedback_total", "1h", "sentiment"), "{{sentiment}}")]),
        ]),
        Row("The guide's figures", [
            Panel("Response time of the API", "All routes; alerts at 5 s and 10 s.",
                  quantiles("request_latency_seconds"), "s", warn=5, bad=10),
            Panel("Similarity of the best passage", "By meaning and words; an alert below 0.6.",
                  [(average("rag_similarity_score"), "average")], warn=0.6, bad=0.4, most=1,
                  when_empty=NO_ANSWERS),
            Panel("Certainty of the router", "Average by agent; an alert below 0.65.",
                  [(average("agent_routing_confidence", "selected_agent"), "{{selected_agent}}")],
                  warn=0.65, bad=0.5, most=1, when_empty=NO_ANSWERS),
            Panel("Spend", "Dollars per hour, by model.",
                  [(f"3600 * {rate('llm_cost_dollars_total', 'model')}", "{{model}}")],
                  "currencyUSD", warn=10, bad=50, when_empty="$0"),
            Panel("Trouble under the surface",
                  "Turns taken over from dead processes, messages that could not be masked.",
                  [(count("chat_turns_reclaimed_total", "15m"), "taken over"),
                   (count("pii_masking_failed_total", "15m"), "not masked")]),
            Panel("Personal values masked", "By kind, in the last hour.",
                  [(count("pii_masked_total", "1h", "entity"), "{{entity}}")],
                  when_empty="none found"),
        ]),
    ],
)  # fmt: skip

CONVERSATIONS = Dashboard(
    "conversations", "Conversations and quality", "What is asked, who answers, and how well.",
    [
        Row("Outcomes", [
            Panel("Conversations by outcome", "Judged when nobody has written for half an hour.",
                  [(count("task_completion_total", "6h", "status"), "{{status}}")]),
            Panel("How long conversations take", "Average by outcome.",
                  [(average("task_duration_seconds", "status", "6h"), "{{status}}")], "s",
                  when_empty="none has come to rest yet"),
            Panel("Thumbs up", "Share of the last six hours' thumbs.",
                  [(share("user_feedback_total", 'sentiment="positive"', "6h"), "")],
                  "percentunit", warn=0.6, bad=0.4, most=1),
            Panel("Screened", "What rules answered at once, in the last hour.",
                  [(count("chat_turns_screened_total", "1h", "kind"), "{{kind}}")]),
        ]),
        Row("Routes", [
            Panel("Routes by agent", "Per minute.",
                  [(f"60 * {rate('agent_routing_total', 'selected_agent')}",
                    "{{selected_agent}}")], stacked=True, when_empty=NO_ANSWERS),
            Panel("Routes by method", "Per minute; many `fallback` mean an unsure router.",
                  [(f"60 * {rate('agent_routing_total', 'routing_method')}",
                    "{{routing_method}}")], stacked=True, when_empty=NO_ANSWERS),
            Panel("From one specialist to another", "In the last hour.",
                  [(count("agent_rerouting_total", "1h", "from_agent, to_agent"),
                    "{{from_agent}} to {{to_agent}}")]),
            Panel("Whole answer", "P95 by agent, from acceptance of the message.",
                  [(quantile("chat_turn_seconds", 0.95, "agent"), "{{agent}}")], "s",
                  when_empty=NO_ANSWERS),
        ]),
        Row("Verification", [
            Panel("Verdicts", "Per minute.",
                  [(f"60 * {rate('verification_verdicts_total', 'action')}", "{{action}}")],
                  stacked=True),
            Panel("Verdicts by tier", "1 rules, 2 similarity, 3 the language model.",
                  [(f"60 * {rate('detection_tier_total', 'tier')}", "tier {{tier}}"),
                   (f"60 * {rate('detection_blocked_total')}", "blocked")]),
            Panel("Attempts withheld", "By kind of failure, in the last hour.",
                  [(count("chat_answers_withheld_total", "1h", "failure_class"),
                    "{{failure_class}}")]),
            Panel("What verification takes", "P50 to P99.",
                  quantiles("detection_processing_time_seconds"), "s", when_empty=NO_ANSWERS),
            Panel("Confidence of answers", "By agent; a person is asked below the threshold.",
                  [(average("answer_confidence", "agent"), "{{agent}}")], most=1,
                  when_empty=NO_ANSWERS),
        ]),
        Row("The language model", [
            Panel("Its first token", "From the call.", quantiles("llm_first_token_seconds"), "s",
                  when_empty="offline"),
            Panel("Whole calls", "P95 by agent; an alert at 8 s.",
                  [(quantile("llm_latency_seconds", 0.95, "agent"), "{{agent}}")], "s",
                  warn=8, bad=20, when_empty="offline"),
            Panel("Calls", "Per minute, by purpose.",
                  [(f"60 * {rate('llm_calls_total', 'purpose')}", "{{purpose}}")],
                  when_empty=NO_ANSWERS),
            Panel("Errors", "By kind, in the last quarter of an hour.",
                  [(count("llm_errors_total", "15m", "error_type"), "{{error_type}}")],
                  when_empty="none"),
        ]),
    ],
)  # fmt: skip
