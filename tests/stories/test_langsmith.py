"""LangChain's own tracing: off unless it is asked for, and masked when it is."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.fakes.langsmith import LangSmith
from tests.fakes.llm import ScriptedLLM
from tests.server import Server

Start = Callable[..., Awaitable[Server]]
EMAIL = "ottilie.brandtner@mail.example"
ASKED = f"My name is Ottilie Brandtner, mail {EMAIL}. How much can the 2025 X1 tow?"
WISH = "I would like to book an oil change for next week"


def env_file(folder: Path, smith: LangSmith, tracing: bool) -> None:
    """What an operator writes; nothing of it is in the environment."""
    folder.mkdir(parents=True)
    folder.joinpath(".env").write_text(
        f"LANGCHAIN_TRACING_V2={str(tracing).lower()}\n"
        f"LANGCHAIN_API_KEY=lsv2-test\nLANGCHAIN_ENDPOINT={smith.url}\n"
        "LANGCHAIN_PROJECT=riverside\nLANGSMITH_DISABLE_RUN_COMPRESSION=true\n"
    )


async def test_langsmith_gets_what_the_brain_does_and_never_an_address(
    start_server: Start, tmp_path: Path, llm: ScriptedLLM
) -> None:
    async with LangSmith().serving() as smith:
        env_file(tmp_path / "replica-0", smith, tracing=True)
        server = await start_server()
        async with server.client() as client:
            await client.ask(ASKED)
            await client.ask(WISH)
        await smith.until("understand")
        await smith.until("ChatOpenAI")
        server.stop()

    assert smith.keys <= {"lsv2-test", ""}
    assert "lsv2-test" in smith.keys
    assert "riverside" in smith.received
    assert "<EMAIL_1>" in smith.received
    for personal in (EMAIL, "Ottilie", "Brandtner", "sk-scripted"):
        assert personal.lower() not in smith.received.lower()


async def test_without_the_switch_langsmith_is_never_asked_for_anything(
    start_server: Start, tmp_path: Path
) -> None:
    async with LangSmith().serving() as smith:
        env_file(tmp_path / "replica-0", smith, tracing=False)
        server = await start_server(LANGSMITH_TRACING_V2="true", LANGSMITH_TRACING="true")
        async with server.client() as client:
            await client.ask(ASKED)
            await client.ask(WISH)
        server.stop()

    assert smith.paths == []
