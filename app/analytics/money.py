"""Tokens and money of calls of models: what is known, and what is not, told apart."""

from collections.abc import Mapping
from typing import Any

import asyncpg

MICRO = 1_000_000

Row = Mapping[str, Any] | asyncpg.Record

# Of `llm_calls as l`. A call under way has no cost yet; one without a cost has an unknown one.
SPENT = """
  count(l.id)::int as calls,
  coalesce(sum(l.prompt_tokens), 0)::bigint as prompt_tokens,
  coalesce(sum(l.completion_tokens), 0)::bigint as completion_tokens,
  sum(l.cost_micros)::bigint as cost_micros,
  count(l.id) filter (where l.cost_micros is null and l.outcome <> 'open')::int as unknown_calls,
  sum(l.estimate_micros) filter (
    where l.cost_micros is null and l.outcome <> 'open')::bigint as estimate_micros,
  count(l.id) filter (where l.cost_micros is null and l.estimate_micros is null
    and l.outcome <> 'open')::int as unestimated_calls,
  count(l.id) filter (where l.outcome = 'open')::int as open_calls,
  count(l.id) filter (where l.price_version = 'offline')::int as offline_calls
"""
NO_CALLS = {
    "calls": 0, "prompt_tokens": 0, "completion_tokens": 0, "cost_micros": None,
    "unknown_calls": 0, "estimate_micros": None, "unestimated_calls": 0, "open_calls": 0,
    "offline_calls": 0,
}  # fmt: skip


def spent(row: Row) -> dict[str, Any]:
    """Tokens and cost as they are told; `unknown_at_most_dollars` is the bound of those that have
    one."""
    return {
        "calls": row["calls"],
        "prompt_tokens": row["prompt_tokens"],
        "completion_tokens": row["completion_tokens"],
        "dollars": known_dollars(row),
        "unknown_calls": row["unknown_calls"],
        "unknown_at_most_dollars": dollars(row["estimate_micros"]),
        "unestimated_calls": row["unestimated_calls"],
        "open_calls": row["open_calls"],
        "offline": row["calls"] > 0 and row["offline_calls"] == row["calls"],
    }


def known_dollars(row: Row) -> float | None:
    """None where there were calls and nothing but unknown costs: that is not nothing."""
    micros = row["cost_micros"] if row["calls"] else 0
    return None if row["unknown_calls"] and not micros else dollars(micros)


def dollars(micros: int | None) -> float | None:
    return None if micros is None else micros / MICRO
