"""The offline chat model: answers by quoting the passages in its prompt. No network, no weights."""

import re
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, SkipValidation

from agents.dependencies import Piece, Usage
from app.llm.ledger import offline_calling
from app.llm.quoting import PASSAGE, candidates_of, question_of, quoted_answer
from rag.embedding import Embedder

NAME = "offline"


class OfflineChatModel(BaseChatModel):
    """A LangChain chat model with streaming and tool calling."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    tools: tuple[str, ...] = ()
    embedder: SkipValidation[Embedder | None] = None

    @property
    def _llm_type(self) -> str:
        return NAME

    def bind_tools(
        self, tools: Sequence[Any], **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """It knows one use of a tool: to search when the prompt holds no passages."""
        names = tuple(convert_to_openai_tool(tool)["function"]["name"] for tool in tools)
        return OfflineChatModel(tools=names, embedder=self.embedder)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        reply = self._tool_call(messages)
        message = AIMessage(
            content="" if reply else quoted_answer(prompt_of(messages)),
            tool_calls=[reply] if reply else [],
            response_metadata={"model_name": NAME, "notice": "offline"},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def stream_pieces(self, messages: list[BaseMessage]) -> AsyncGenerator[Piece, None]:
        """The answer word by word, chosen by meaning too."""
        with offline_calling("answer", NAME) as call:
            call.usage, prompt = Usage(0, 0), prompt_of(messages)
            answer = quoted_answer(prompt, await self._meaning(prompt))
            for piece in re.findall(r"\S+\s*|\s+", answer):
                call.saw_text()
                yield Piece(piece, NAME, notice="offline")

    async def _meaning(self, prompt: str) -> list[float]:
        """Cosine of each candidate with the question; empty without an embedder."""
        candidates = candidates_of(prompt)
        if self.embedder is None or not candidates:
            return []
        _, question = question_of(prompt)
        vectors = await self.embedder.embed([question, *(c.text[:300] for c in candidates)])
        return [float(cosine) for cosine in vectors[1:] @ vectors[0]]

    def _tool_call(self, messages: list[BaseMessage]) -> Any:
        prompt = prompt_of(messages)
        searches = [name for name in self.tools if "search" in name]
        if not searches or PASSAGE.search(prompt) or messages[-1].type == "tool":
            return None
        return {"name": searches[0], "args": {"query": prompt}, "id": "call_1", "type": "tool_call"}


def prompt_of(messages: Sequence[BaseMessage]) -> str:
    return messages[-1].text if messages else ""
