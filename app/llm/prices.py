"""What models cost: the operator's table first, then the prices of the `genai-prices` package.

The package's table is installed with it; nothing is ever fetched.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from agents.dependencies import Usage
from app.errors import ConfigurationError

MICRO = 1_000_000
FREE_AT_OPENROUTER = ":free"  # its own suffix for what costs nothing


@dataclass(frozen=True, slots=True)
class Cost:
    """Millionths of a US dollar, and the price list they were taken from."""

    micros: int
    version: str


NOTHING = Cost(0, "offline")


@dataclass(frozen=True, slots=True)
class Prices:
    """`own`: dollars per million tokens (prompt, completion) by model."""

    base_url: str = ""
    own: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)

    def cost(self, model: str, usage: Usage) -> Cost | None:
        """None for a model nobody knows the price of: that is not the same as nothing."""
        if (price := self.own.get(model)) is not None:
            dollars = price[0] * usage.prompt_tokens + price[1] * usage.completion_tokens
            return Cost(round(dollars), "own")  # per million tokens, in millionths
        if "openrouter.ai" in self.base_url and model.endswith(FREE_AT_OPENROUTER):
            return Cost(0, "openrouter")
        return self._listed(model, usage)

    def _listed(self, model: str, usage: Usage) -> Cost | None:
        import genai_prices  # half a second, and only for those who pay

        counted = genai_prices.Usage(
            input_tokens=usage.prompt_tokens, output_tokens=usage.completion_tokens
        )
        try:
            found = genai_prices.calc_price(
                counted, model_ref=model, provider_api_url=self.base_url or None
            )
        except LookupError:
            return None
        return Cost(round(found.total_price * MICRO), f"genai-prices {genai_prices.__version__}")


def open_prices(base_url: str, own_file: str = "") -> Prices:
    """The package builds its table at the first look, a second's work: done here, before anybody
    waits. Raises ConfigurationError."""
    prices = Prices(base_url, read_own(Path(own_file)) if own_file else {})
    prices.cost("", Usage(0, 0))
    return prices


def read_own(path: Path) -> dict[str, tuple[Decimal, Decimal]]:
    """`{model: {prompt: 0.15, completion: 0.60}}`, in dollars per million tokens."""
    try:
        rows: dict[str, Any] = yaml.safe_load(path.read_text())
        own = {str(model): _pair(row) for model, row in rows.items()}
    except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError, ArithmeticError) as wrong:
        raise ConfigurationError(f"LLM_PRICES_FILE {path}: {type(wrong).__name__}") from wrong
    if any(not price.is_finite() or price < 0 for pair in own.values() for price in pair):
        raise ConfigurationError(f"LLM_PRICES_FILE {path}: a price is below nothing")
    return own


def _pair(row: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    return Decimal(str(row["prompt"])), Decimal(str(row["completion"]))
