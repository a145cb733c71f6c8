"""Settings to chat models: one that streams answers, one that thinks (structured output, tools)."""

from dataclasses import dataclass

import aiohttp

from agents.dependencies import ActingModel, AnswerModel, Thinking, Usage
from app.errors import ConfigurationError
from app.llm.endpoint import EndpointModel
from app.llm.fallback import Breaker, ModelWithFallback
from app.llm.ledger import Meter, Records
from app.llm.offline import OfflineChatModel
from app.llm.prices import Prices, open_prices
from app.settings import Settings
from rag.embedding import Embedder


@dataclass(frozen=True, slots=True)
class ChatModels:
    """`thinking` is None with the offline model alone."""

    answering: AnswerModel
    acting: ActingModel
    thinking: Thinking | None
    breaker: Breaker


def open_chat_models(
    settings: Settings,
    http: aiohttp.ClientSession,
    embedder: Embedder,
    offline_acting: ActingModel,
    records: Records,
) -> ChatModels:
    """`embedder` helps the offline model to choose what to quote."""
    offline, breaker = OfflineChatModel(embedder=embedder), Breaker()
    if settings.llm_endpoint is None:
        return ChatModels(offline, offline_acting, None, breaker)
    # Importing ChatOpenAI takes most of a second, which the offline model need not wait for.
    from app.llm.acting import EndpointActing
    from app.llm.thinking import EndpointThinking

    base_url, key = settings.llm_endpoint
    endpoint = EndpointModel(
        http=http,
        base_url=base_url,
        key=key,
        model=settings.llm_model,
        meter=Meter(priced(settings, base_url), records),
        cheaper=settings.llm_model_cheaper,
        first_token_seconds=settings.llm_first_token_seconds,
        idle_seconds=settings.llm_idle_seconds,
    )
    thinking = EndpointThinking(endpoint, breaker)
    acting = EndpointActing(endpoint, breaker, offline_acting)
    return ChatModels(ModelWithFallback(endpoint, offline, breaker), acting, thinking, breaker)


def priced(settings: Settings, base_url: str) -> Prices:
    """Raises ConfigurationError where a budget is set for a model nobody knows the price of."""
    prices = open_prices(base_url, settings.llm_prices_file)
    models = {settings.llm_model, settings.llm_model_cheaper} - {""}
    unknown = sorted(model for model in models if prices.cost(model, Usage(1, 1)) is None)
    if unknown and (settings.budget_conversation_usd or settings.budget_day_usd):
        raise ConfigurationError(
            f"A budget needs prices: name that of {', '.join(unknown)} in LLM_PRICES_FILE."
        )
    return prices
