"""What calls cost: the operator's table, the package's, what is free, what nobody knows."""

import socket
from decimal import Decimal
from pathlib import Path

import pytest

from agents.dependencies import Usage
from app.errors import ConfigurationError
from app.llm.chat_models import priced
from app.llm.prices import Cost, Prices, open_prices
from app.settings import Settings

OPENAI, OPENROUTER = "https://api.openai.com/v1", "https://openrouter.ai/api/v1"
MILLION = Usage(1_000_000, 1_000_000)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a connection fails."""

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(
    ("base_url", "model", "prompt", "completion"),
    [
        (OPENAI, "gpt-4o-mini", 0.15, 0.60),
        (OPENROUTER, "openai/gpt-4o-mini", 0.15, 0.60),
        (OPENROUTER, "anthropic/claude-3.5-sonnet", 3, 15),
        (OPENROUTER, "openai/gpt-4o", 2.50, 10),
    ],
)
def test_a_listed_model_costs_what_the_guide_says_without_a_network(
    base_url: str, model: str, prompt: float, completion: float
) -> None:
    cost = open_prices(base_url).cost(model, MILLION)
    assert cost is not None
    assert cost.micros == round((prompt + completion) * 1_000_000)
    assert cost.version.startswith("genai-prices ")


@pytest.mark.parametrize(
    "model",
    [
        "tngtech/deepseek-r1t2-chimera:free",
        "meta-llama/llama-3.1-8b-instruct:free",
        "google/gemma-2-9b-it:free",
        "mistralai/mistral-7b-instruct:free",
        "qwen/qwen-2-7b-instruct:free",
    ],
)
def test_the_free_models_of_the_guide_cost_nothing(model: str) -> None:
    assert open_prices(OPENROUTER).cost(model, MILLION) == Cost(0, "openrouter")


def test_a_model_nobody_knows_has_no_cost_rather_than_none() -> None:
    assert open_prices(OPENROUTER).cost("house/unheard-of", MILLION) is None
    assert open_prices("http://127.0.0.1:8081/v1").cost("mine:free", MILLION) is None


def test_the_operators_price_comes_before_the_listed_one(tmp_path: Path) -> None:
    own = tmp_path / "prices.yaml"
    own.write_text("gpt-4o-mini: {prompt: 1, completion: 2.5}\nhouse: {prompt: 0, completion: 0}\n")
    prices = open_prices(OPENAI, str(own))
    assert prices.cost("gpt-4o-mini", Usage(1000, 100)) == Cost(1250, "own")
    assert prices.cost("house", MILLION) == Cost(0, "own")


def test_figures_are_exact_to_the_millionth_of_a_dollar() -> None:
    prices = Prices(own={"m": (Decimal("0.1"), Decimal("0.2"))})
    assert prices.cost("m", Usage(10, 10)) == Cost(3, "own")


@pytest.mark.parametrize(
    "text",
    ["- a list", "m: 3", "m: {prompt: 1}", "m: {prompt: much, completion: 1}", "{", "",
     "m: {prompt: -1, completion: 1}", "m: {prompt: .nan, completion: 1}"],
)  # fmt: skip
def test_a_wrong_price_file_stops_the_start_with_its_name(tmp_path: Path, text: str) -> None:
    own = tmp_path / "prices.yaml"
    own.write_text(text)
    with pytest.raises(ConfigurationError, match="LLM_PRICES_FILE"):
        open_prices(OPENAI, str(own))


def test_a_missing_price_file_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="LLM_PRICES_FILE"):
        open_prices(OPENAI, str(tmp_path / "none.yaml"))


def test_a_budget_needs_the_prices_of_its_models(tmp_path: Path) -> None:
    own = tmp_path / "prices.yaml"
    own.write_text("house/known: {prompt: 1, completion: 2}\n")

    def priced_with(**budget: float) -> None:
        names = {"llm_model": "house/known", "llm_model_cheaper": "house/unheard-of"}
        priced(Settings(_env_file=None, llm_prices_file=str(own), **names, **budget), OPENAI)

    priced_with()
    with pytest.raises(ConfigurationError, match=r"name that of house/unheard-of in LLM_PRICES"):
        priced_with(budget_day_usd=5)
    with pytest.raises(ConfigurationError, match="A budget needs prices"):
        priced_with(budget_conversation_usd=1)
