"""The endpoint as a model that calls tools, by ChatOpenAI; the offline model when it fails."""

from collections.abc import Sequence
from typing import Any

import structlog
from langchain_core.messages import AIMessage, BaseMessage
from openai import OpenAIError

from agents.dependencies import Acted, ActingModel, Situation, ToolCall
from agents.tools.arguments import TOOLS
from app.llm.endpoint import EndpointModel
from app.llm.fallback import Breaker
from app.llm.ledger import at_most, is_spent
from app.llm.thinking import asking, chat_openai, model_of, size_of, usage_of
from app.observability.metrics import LLM_ERRORS

log = structlog.get_logger()
SECONDS = 20
MOST_CALLS = 4


class EndpointActing:
    """Calls the endpoint with the tools; `offline` acts instead while it cannot be reached."""

    def __init__(self, endpoint: EndpointModel, breaker: Breaker, offline: ActingModel) -> None:
        self._endpoint, self._breaker, self._offline = endpoint, breaker, offline
        self._model: Any = chat_openai(endpoint, SECONDS).bind_tools(list(TOOLS))

    async def act(self, messages: Sequence[BaseMessage], situation: Situation) -> Acted:
        if is_spent() or self._breaker.is_open:
            return await self._degraded(messages, situation)
        most = at_most(messages, sum(map(size_of, TOOLS)))
        try:
            async with self._endpoint.meter.calling("act", self._endpoint.chosen, most) as call:
                reply = await self._model.ainvoke(list(messages), **asking(call))
                call.usage, call.answered_by = usage_of(reply), model_of(reply)
        except (OpenAIError, ValueError) as failed:
            self._breaker.failed()
            kind = type(failed).__name__
            LLM_ERRORS.labels(error_type=kind, model=self._endpoint.chosen).inc()
            log.warning("acting_unavailable", kind=kind)
            return await self._degraded(messages, situation)
        self._breaker.succeeded()
        return acted(reply, call.model)

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
    return Acted(reply.text.strip(), tuple([*calls, *broken][:MOST_CALLS]), model)
