"""The endpoint as a model that calls tools, by ChatOpenAI; the offline model when it fails."""

from collections.abc import Sequence
from typing import Any

import structlog
from langchain_core.messages import AIMessage, BaseMessage
from langchain_openai import ChatOpenAI
from openai import OpenAIError
from pydantic import SecretStr

from agents.dependencies import Acted, ActingModel, Situation, ToolCall, Usage
from agents.tools.arguments import TOOLS
from app.llm.fallback import Breaker
from app.observability.metrics import LLM_ERRORS

log = structlog.get_logger()
SECONDS = 20
MOST_CALLS = 4


class EndpointActing:
    """Calls the endpoint with the tools; `offline` acts instead while it cannot be reached."""

    def __init__(
        self, base_url: str, key: str, model: str, breaker: Breaker, offline: ActingModel
    ) -> None:
        self._model_name, self._breaker, self._offline = model, breaker, offline
        self._model: Any = ChatOpenAI(
            model=model, base_url=base_url, api_key=SecretStr(key), timeout=SECONDS,
            max_retries=0, temperature=0,
        ).bind_tools(list(TOOLS))  # fmt: skip

    async def act(self, messages: Sequence[BaseMessage], situation: Situation) -> Acted:
        if self._breaker.is_open:
            return await self._degraded(messages, situation)
        try:
            reply = await self._model.ainvoke(list(messages))
        except (OpenAIError, ValueError) as failed:
            self._breaker.failed()
            kind = type(failed).__name__
            LLM_ERRORS.labels(error_type=kind, model=self._model_name).inc()
            log.warning("acting_unavailable", kind=kind)
            return await self._degraded(messages, situation)
        self._breaker.succeeded()
        return acted(reply, self._model_name)

    async def _degraded(self, messages: Sequence[BaseMessage], situation: Situation) -> Acted:
        done = await self._offline.act(messages, situation)
        return Acted(done.text, done.calls, done.model, "degraded")


def acted(reply: AIMessage, model: str) -> Acted:
    """What the model asked for; calls that are no JSON are handed on to be refused."""
    broken = [
        ToolCall(str(call["name"]), {"": call["error"]}, str(call["id"]))
        for call in reply.invalid_tool_calls
    ]
    calls = [
        ToolCall(call["name"], call["args"], call["id"] or "call") for call in reply.tool_calls
    ]
    usage = reply.usage_metadata
    return Acted(
        reply.text.strip(),
        tuple([*calls, *broken][:MOST_CALLS]),
        model,
        usage=Usage(usage["input_tokens"], usage["output_tokens"]) if usage else None,
    )
