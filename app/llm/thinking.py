"""The model that thinks: structured choices and short texts, by ChatOpenAI, behind the breaker."""

import json
from contextlib import AbstractAsyncContextManager
from functools import lru_cache
from typing import Any, TypeVar

import structlog
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, BaseMessage
from langchain_openai import ChatOpenAI
from openai import OpenAIError
from pydantic import BaseModel, SecretStr, ValidationError

from agents.dependencies import Purpose, ThinkingUnavailable, Usage
from app.llm.endpoint import EndpointModel
from app.llm.fallback import Breaker
from app.llm.ledger import MAX_TOKENS, Call, at_most, is_spent
from app.observability.metrics import LLM_ERRORS

log = structlog.get_logger()
Choice = TypeVar("Choice", bound=BaseModel)
SECONDS = 5


class EndpointThinking:
    """Every failure is ThinkingUnavailable: whoever asks goes on without."""

    def __init__(self, endpoint: EndpointModel, breaker: Breaker) -> None:
        self._endpoint, self._breaker = endpoint, breaker
        self._model = chat_openai(endpoint, SECONDS)

    async def choose(
        self, messages: list[BaseMessage], schema: type[Choice], purpose: Purpose
    ) -> Choice:
        """One value of `schema`."""
        self._refuse_where_none_answers()
        try:
            async with self._calling(purpose, messages, size_of(schema)) as call:
                model = self._model.with_structured_output(schema, include_raw=True, **asking(call))
                done: Any = await model.ainvoke(messages)
                call.usage, call.answered_by = usage_of(done["raw"]), model_of(done["raw"])
        except OpenAIError as failed:
            raise self._failed(failed) from failed
        except (OutputParserException, ValidationError, ValueError) as nonsense:
            raise ThinkingUnavailable("nonsense") from nonsense
        choice = done["parsed"]
        if not isinstance(choice, schema):
            raise ThinkingUnavailable("nonsense")
        return choice

    async def write(self, messages: list[BaseMessage], purpose: Purpose) -> str:
        """A short text."""
        self._refuse_where_none_answers()
        try:
            async with self._calling(purpose, messages) as call:
                reply = await self._model.ainvoke(messages, **asking(call))
                call.usage, call.answered_by = usage_of(reply), model_of(reply)
            return reply.text.strip()
        except OpenAIError as failed:
            raise self._failed(failed) from failed
        except ValueError as nonsense:
            raise ThinkingUnavailable("nonsense") from nonsense

    def _refuse_where_none_answers(self) -> None:
        if is_spent():
            raise ThinkingUnavailable("budget spent")
        if self._breaker.is_open:
            raise ThinkingUnavailable("breaker open")

    def _calling(
        self, purpose: Purpose, messages: list[BaseMessage], beside: int = 0
    ) -> AbstractAsyncContextManager[Call]:
        endpoint = self._endpoint
        return endpoint.meter.calling(purpose, endpoint.chosen, at_most(messages, beside))

    def _failed(self, failure: OpenAIError) -> ThinkingUnavailable:
        self._breaker.failed()
        kind = type(failure).__name__
        LLM_ERRORS.labels(error_type=kind, model=self._endpoint.chosen).inc()
        log.warning("thinking_unavailable", kind=kind)
        return ThinkingUnavailable(kind)


def chat_openai(endpoint: EndpointModel, seconds: float) -> ChatOpenAI:
    return ChatOpenAI(
        model=endpoint.model,
        base_url=endpoint.base_url,
        api_key=SecretStr(endpoint.key),
        timeout=seconds,
        max_retries=0,
        temperature=0,
        extra_body={"max_tokens": MAX_TOKENS},
    )


def asking(call: Call) -> dict[str, Any]:
    """What ChatOpenAI is told of one call."""
    return {"model": call.model, "extra_headers": call.headers}


@lru_cache
def size_of(schema: type[BaseModel]) -> int:
    """Bytes of a schema in a request."""
    return len(json.dumps(schema.model_json_schema()))


def usage_of(reply: AIMessage) -> Usage | None:
    """Tokens as the provider counted them; None where it did not."""
    counted = reply.usage_metadata
    return Usage(counted["input_tokens"], counted["output_tokens"]) if counted else None


def model_of(reply: AIMessage) -> str | None:
    """As the provider calls it."""
    named = reply.response_metadata.get("model_name")
    return named if isinstance(named, str) else None
