"""The model that thinks: structured choices and short texts, by ChatOpenAI, behind the breaker."""

from typing import TypeVar

import structlog
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import BaseMessage
from langchain_openai import ChatOpenAI
from openai import OpenAIError
from pydantic import BaseModel, SecretStr, ValidationError

from agents.dependencies import ThinkingUnavailable
from app.llm.fallback import Breaker

log = structlog.get_logger()
Choice = TypeVar("Choice", bound=BaseModel)
SECONDS = 5


class EndpointThinking:
    """Every failure is ThinkingUnavailable: whoever asks goes on without."""

    def __init__(self, base_url: str, key: str, model: str, breaker: Breaker) -> None:
        self._breaker = breaker
        self._model = ChatOpenAI(
            model=model,
            base_url=base_url,
            api_key=SecretStr(key),
            timeout=SECONDS,
            max_retries=0,
            temperature=0,
        )

    async def choose(self, messages: list[BaseMessage], schema: type[Choice]) -> Choice:
        """One value of `schema`."""
        self._refuse_when_open()
        try:
            choice = await self._model.with_structured_output(schema).ainvoke(messages)
        except OpenAIError as failed:
            raise self._failed(failed) from failed
        except (OutputParserException, ValidationError, ValueError) as nonsense:
            raise ThinkingUnavailable("nonsense") from nonsense
        if not isinstance(choice, schema):
            raise ThinkingUnavailable("nonsense")
        return choice

    async def write(self, messages: list[BaseMessage]) -> str:
        """A short text."""
        self._refuse_when_open()
        try:
            return (await self._model.ainvoke(messages)).text.strip()
        except OpenAIError as failed:
            raise self._failed(failed) from failed
        except ValueError as nonsense:
            raise ThinkingUnavailable("nonsense") from nonsense

    def _refuse_when_open(self) -> None:
        if self._breaker.is_open:
            raise ThinkingUnavailable("breaker open")

    def _failed(self, failure: OpenAIError) -> ThinkingUnavailable:
        self._breaker.failed()
        log.warning("thinking_unavailable", kind=type(failure).__name__)
        return ThinkingUnavailable(type(failure).__name__)
