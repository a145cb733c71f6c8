"""Dashboards about cost, handoffs and objectives."""

from scripts.dashboards.chat import HOURLY_COST
from scripts.dashboards.panels import Dashboard, Panel, Row
from scripts.dashboards.queries import average, count, quantile, rate, share

OFFLINE = "offline, at no cost"
COST = Dashboard(
    "cost", "Cost", "What the language model costs, by whom, for what.",
    [
        Row("Now", [
            HOURLY_COST,
            Panel("Last day", "In dollars.",
                  [("sum(increase(llm_cost_dollars_total[24h])) or vector(0)", "")],
                  "currencyUSD", "stat", when_empty="$0"),
            Panel("A month at this rate", "The last day times thirty.",
                  [("30 * sum(increase(llm_cost_dollars_total[24h])) or vector(0)", "")],
                  "currencyUSD", "stat", when_empty="$0"),
            Panel("Calls of unknown cost", "Last hour: a model without a price, a call cut short.",
                  [("sum(increase(llm_calls_unpriced_total[1h])) or vector(0)", "")],
                  kind="stat", warn=1, bad=20),
            Panel("A turn costs", "Average of the last hour.",
                  [(average("request_cost_dollars", over="1h"), "")], "currencyUSD", "stat",
                  when_empty="no turns"),
        ]),
        Row("Where it goes", [
            Panel("By agent", "Dollars per hour.",
                  [(f"3600 * {rate('llm_cost_dollars_total', 'agent')}", "{{agent}}")],
                  "currencyUSD", stacked=True, when_empty="$0"),
            Panel("By model", "Dollars per hour.",
                  [(f"3600 * {rate('llm_cost_dollars_total', 'model')}", "{{model}}")],
                  "currencyUSD", stacked=True, when_empty="$0"),
            Panel("Tokens", "Per minute, by type and agent.",
                  [(f"60 * {rate('llm_tokens_total', 'type, agent')}", "{{type}}, {{agent}}")],
                  when_empty=OFFLINE),
            Panel("Calls", "Per minute, by purpose and outcome.",
                  [(f"60 * {rate('llm_calls_total', 'purpose, outcome')}",
                    "{{purpose}}, {{outcome}}")], when_empty="no calls"),
            Panel("Dear turns", "P95 of what one turn costs.",
                  [(quantile("request_cost_dollars", 0.95), "P95")], "currencyUSD",
                  when_empty="no turns"),
            Panel("Unknown cost, at most", "Dollars per hour that nobody knows: reckoned high.",
                  [(f"3600 * {rate('llm_cost_unknown_dollars_total', 'model')}", "{{model}}")],
                  "currencyUSD", when_empty="$0"),
            Panel("Budgets", "Turns of the last hour that a budget made cheaper or offline.",
                  [(count("llm_budget_reached_total", "1h", "budget, spending"),
                    "{{budget}}: {{spending}}")], when_empty="none"),
            Panel("Of unknown cost", "By model and why, in the last hour.",
                  [(count("llm_calls_unpriced_total", "1h", "model, why"), "{{model}}: {{why}}")],
                  when_empty="none"),
        ]),
    ],
    "now-24h",
)  # fmt: skip

HANDOFFS = Dashboard(
    "handoffs", "Handoffs", "Customers who wait for a person, and what the dealer's systems know.",
    [
        Row("Now", [
            Panel("Waiting", "Open handoffs.", [('max(handoffs{state="open"})', "")], kind="stat",
                  warn=5, bad=15),
            Panel("Being answered", "Claimed handoffs.", [('max(handoffs{state="claimed"})', "")],
                  kind="stat"),
            Panel("Past their target", "Somebody should have claimed them.",
                  [("sum(max by (urgency) (handoffs_past_target))", "")], kind="stat", warn=1,
                  bad=5),
            Panel("Longest wait", "The oldest that nobody has claimed.",
                  [("max(handoff_oldest_open_seconds)", "")], "s", "stat", 300, 900),
            Panel("Not delivered for", "The oldest webhook of a handoff still queued.",
                  [("max(handoff_oldest_undelivered_seconds)", "")], "s", "stat", 60, 600),
            Panel("Dead webhooks", "Given up until they are replayed.",
                  [("max(webhook_deliveries_dead)", "")], kind="stat", warn=1, bad=10),
        ]),
        Row("Over time", [
            Panel("Opened, by reason", "In the last hour.",
                  [(count("human_handoff_total", "1h", "reason"), "{{reason}}")], stacked=True,
                  when_empty="none"),
            Panel("Waiting and answered", "Handoffs now.",
                  [("max by (state) (handoffs)", "{{state}}")]),
            Panel("Wait until claimed", "P95 of the last six hours.",
                  [(quantile("handoff_wait_seconds", 0.95, over="6h"), "P95")], "s",
                  when_empty="none claimed"),
            Panel("Claimed in time", "Share of the last day's claims.",
                  [(share("handoffs_claimed_total", 'in_time="yes"', "24h"), "")], "percentunit",
                  warn=0.9, bad=0.7, most=1),
        ]),
        Row("The dealer's other systems", [
            Panel("Webhooks", "Attempts in the last hour, by outcome.",
                  [(count("webhook_deliveries_total", "1h", "outcome"), "{{outcome}}")],
                  when_empty="no endpoint"),
            Panel("What an attempt takes", "P95.",
                  [(quantile("webhook_delivery_seconds", 0.95, over="1h"), "P95")], "s",
                  when_empty="no endpoint"),
            Panel("E-mails and text messages", "In the last hour.",
                  [(count("outbox_messages_total", "1h", "purpose, outcome"),
                    "{{purpose}}, {{outcome}}")], when_empty="none"),
        ]),
    ],
)  # fmt: skip


def objective(key: str, title: str, allowed: float) -> Row:
    """How much of it was missed, and how fast a month's budget burns: 1 uses it up in 30 days."""
    return Row(title, [
        Panel("Missed", f"Share that missed the objective; allowed are {allowed:.0%}.",
              [(f"slo:{key}:error_ratio_{window}", window) for window in ("1h", "6h", "3d")],
              "percentunit", warn=allowed, bad=6 * allowed, when_empty="too few to tell"),
        Panel("Burning", "Times as fast as allowed; alerts at 14.4, 6 and 1.",
              [(f"slo:{key}:error_ratio_{window} / {allowed}", window)
               for window in ("5m", "30m", "1h", "6h", "3d")],
              warn=1, bad=14.4, when_empty="too few to tell"),
    ])  # fmt: skip


SLO = Dashboard(
    "slo", "Objectives", "Three promises to customers, and what is left of a month's allowance.",
    [
        objective("answers", "99 % of turns end without a failure", 0.01),
        objective("first_token", "95 % of answers begin within 3 s", 0.05),
        objective("claims", "90 % of handoffs are claimed within their target", 0.1),
    ],
    "now-3d",
)  # fmt: skip
