"""The picture: understand -> a specialist (-> the next one) -> answered. Stateless."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

from langgraph.graph import START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from agents.combining import BETWEEN, combined, concluded
from agents.dependencies import Dependencies
from agents.events import Answered, Event, TextAdded
from agents.router import beginning, understand
from agents.sharing import answered_once
from agents.specialists.general import general
from agents.specialists.maintenance import maintenance
from agents.specialists.specs import specs
from agents.specialists.troubleshoot import troubleshoot
from agents.state import Asked, TurnState, Update
from rag.steps import Step

Specialist = Callable[[TurnState, Runtime[Dependencies]], Awaitable[Answered]]
SPECIALISTS: dict[str, Specialist] = {
    "specs": specs,
    "maintenance": maintenance,
    "troubleshoot": troubleshoot,
    "general": general,
}


class Brain:
    """Answers one turn. Its memory is the conversation handed in; nothing is kept here."""

    def __init__(self, dependencies: Dependencies) -> None:
        self.dependencies = dependencies
        self._graph = compiled_graph()

    async def answer(self, asked: Asked) -> AsyncIterator[Event]:
        """Every event the moment it happens; `Answered` is the last one."""
        async for event in answered_once(asked, self.dependencies, self._think):
            yield event

    async def _think(self, asked: Asked) -> AsyncIterator[Event]:
        stream = self._graph.astream(
            TurnState(asked=asked), context=self.dependencies, stream_mode="custom"
        )
        async for event in stream:
            yield event


def compiled_graph() -> Any:
    graph = StateGraph(TurnState, context_schema=Dependencies)
    graph.add_node("understand", understand, destinations=tuple(SPECIALISTS))
    for name, specialist in SPECIALISTS.items():
        graph.add_node(name, serving(specialist), destinations=tuple(SPECIALISTS))
    graph.add_edge(START, "understand")
    return graph.compile()


def serving(specialist: Specialist) -> Any:
    """Serve this part of the turn, then hand the rest on; the last one tells the whole answer."""

    async def serve(state: TurnState, runtime: Runtime[Dependencies]) -> Command[str] | Update:
        emit, asked = runtime.stream_writer, state["asked"]
        agent = state["route"].agent
        about = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": agent}
        with Step(None, f"invoke_agent {agent}", about):
            answer = combined(state.get("answer"), await specialist(state, runtime))
        if later := state["later"]:
            emit(TextAdded(BETWEEN))
            emit(later[0].route)
            asked = replace(asked, thread=answer.thread or asked.thread)
            update = beginning(later[0], later[1:], asked)
            return Command(goto=later[0].route.agent, update=Update(**update, answer=answer))
        for event in concluded(asked, answer):
            emit(event)
        return Update(answer=answer)

    return serve
