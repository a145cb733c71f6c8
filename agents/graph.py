"""The picture: understand -> one specialist -> answered. Compiled once, stateless."""

from collections.abc import AsyncIterator
from typing import Any

from langgraph.graph import END, START, StateGraph

from agents.dependencies import Dependencies
from agents.events import Event
from agents.router import understand
from agents.specialists.general import general
from agents.specialists.maintenance import maintenance
from agents.specialists.specs import specs
from agents.specialists.troubleshoot import troubleshoot
from agents.state import Asked, TurnState

SPECIALISTS = {
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
        stream = self._graph.astream(
            TurnState(asked=asked), context=self.dependencies, stream_mode="custom"
        )
        async for event in stream:
            yield event


def compiled_graph() -> Any:
    graph = StateGraph(TurnState, context_schema=Dependencies)
    graph.add_node("understand", understand, destinations=tuple(SPECIALISTS))
    for name, specialist in SPECIALISTS.items():
        graph.add_node(name, specialist)
        graph.add_edge(name, END)
    graph.add_edge(START, "understand")
    return graph.compile()
