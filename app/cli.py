"""Commands: `genai-auto serve | doctor | seed | ingest | reembed | users | vault | customers`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, TypeVar, cast, get_args

import aiohttp
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.accounts.identity import Role
from app.accounts.logins import Logins
from app.accounts.tokens import Tokens
from app.accounts.users import Users
from app.connections import chosen_embedder, open_database, open_knowledge
from app.data_commands import customers, vault
from app.dealership.demo_data import seed_documents
from app.doctor.command import doctor
from app.errors import AppError, ConfigurationError
from app.knowledge import Knowledge
from app.llm.embedders import BundledEmbedder
from app.observability.logs import configure_logs
from app.settings import Settings
from rag.documents import (
    DOCUMENT_TYPES,
    DocumentMetadata,
    DocumentRefused,
    DocumentType,
    Upload,
)
from rag.embedding import EmbedderUnavailable, EmbeddingModelMismatch
from rag.vectors import reembed as reembed_chunks

commands = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
users = typer.Typer(no_args_is_help=True, help="Accounts of staff, editors and admins.")
commands.command()(doctor)
commands.add_typer(users, name="users")
commands.add_typer(vault, name="vault")
commands.add_typer(customers, name="customers")
screen = Console(stderr=True)
T = TypeVar("T")

DOCUMENT_SUFFIXES = {".pdf", ".docx", ".txt", ".md", ".markdown", ".html", ".htm"}


def main() -> None:
    """Every failure an operator can mend is one clear line."""
    try:
        commands()
    except (ConfigurationError, EmbeddingModelMismatch, AppError) as problem:
        screen.print(f"genai-auto: {problem}", style="bold red")
        sys.exit(1)


@commands.command()
def serve() -> None:
    """Start the product: http://localhost:8000/chat"""
    # The web and the brain take a second to import, which no other command needs.
    from app.serving import serve_until_stopped

    serve_until_stopped(Settings())


@commands.command()
def seed() -> None:
    """Ingest the demo dealership's documents; what is there already is left alone."""
    count = run_with_knowledge(seed_with_progress)
    screen.print(f"{count} documents are in the knowledge base.")


async def seed_with_progress(knowledge: Knowledge) -> int:
    with progress_bar() as progress:
        task = progress.add_task("Seeding", total=None)
        return await seed_documents(
            knowledge.ingestion,
            lambda name, done, total: progress.update(
                task, description=name, completed=done, total=total
            ),
        )


@commands.command()
def ingest(
    folder: Annotated[Path, typer.Argument(exists=True, help="a folder, or one file")],
    model: Annotated[str | None, typer.Option(help="vehicle model the documents are about")] = None,
    year: Annotated[int | None, typer.Option(help="model year")] = None,
    type: Annotated[str, typer.Option(help="manual, spec, guide, faq or troubleshoot")] = "",
    market: Annotated[str | None, typer.Option()] = None,
    language: Annotated[str, typer.Option(help="language of the documents")] = "",
) -> None:
    """Ingest every PDF, DOCX, TXT, Markdown and HTML file of a folder."""
    files = documents_in(folder)
    about = metadata_from(model, year, type, market, language)
    refused = run_with_knowledge(lambda knowledge: ingest_files(knowledge, files, about))
    screen.print(f"{len(files) - len(refused)} of {len(files)} files are in the knowledge base.")
    for name, why in refused:
        screen.print(f"  {name}: {why}", style="red")
    if refused:
        sys.exit(1)


def documents_in(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in DOCUMENT_SUFFIXES)


def metadata_from(
    model: str | None, year: int | None, type: str, market: str | None, language: str
) -> DocumentMetadata | None:
    """None when no option was given: then each file's own front matter speaks."""
    if not (model or year or type or market or language):
        return None
    if type and type not in DOCUMENT_TYPES:
        raise ConfigurationError(f"--type is one of {', '.join(DOCUMENT_TYPES)}.")
    kind: DocumentType = type or "manual"
    return DocumentMetadata("", kind, model, year, market, language or "en")


async def ingest_files(
    knowledge: Knowledge, files: list[Path], about: DocumentMetadata | None
) -> list[tuple[str, str]]:
    """Names and reasons of the files that were refused."""
    refused: list[tuple[str, str]] = []
    with progress_bar() as progress:
        task = progress.add_task("Ingesting", total=len(files))
        for path in files:
            progress.update(task, description=path.name)
            try:
                await knowledge.ingestion.ingest(
                    Upload(path.name, path.read_bytes(), about, created_by="command"), silently
                )
            except (DocumentRefused, EmbedderUnavailable) as problem:
                refused.append((path.name, str(problem)))
            progress.advance(task)
    return refused


async def silently(step: str, progress: float, done: int, total: int) -> None:
    """The bar counts files."""


@commands.command()
def reembed() -> None:
    """Embed all chunks again with EMBEDDING_MODEL; may be stopped and started again."""
    with progress_bar() as progress:
        task = progress.add_task("Embedding", total=None)

        async def work(knowledge: Knowledge) -> None:
            await reembed_chunks(
                knowledge.database.engine,
                knowledge.embedder,
                lambda done, total: progress.update(task, completed=done, total=total),
            )

        run_with_knowledge(work, check=False)


@users.command("create")
def create_user(
    email: str,
    role: Annotated[str, typer.Option(help="customer, staff, editor or admin")] = "staff",
    name: Annotated[str, typer.Option()] = "",
    password: Annotated[str, typer.Option(prompt=True, hide_input=True)] = "",
) -> None:
    """Make an account."""
    chosen = role_named(role)
    run_with_users(
        lambda accounts: accounts.create(email, password, name or email, chosen, "command")
    )
    screen.print(f"{email} is {chosen}.")


@users.command("role")
def change_role(email: str, role: str) -> None:
    """Change what an account may do."""
    chosen = role_named(role)
    run_with_users(lambda accounts: accounts.set_role(email, chosen, "command"))
    screen.print(f"{email} is {chosen}.")


def role_named(name: str) -> Role:
    if name not in get_args(Role):
        raise ConfigurationError(f"A role is one of {', '.join(get_args(Role))}.")
    return cast(Role, name)


def run_with_knowledge(work: Callable[[Knowledge], Awaitable[T]], check: bool = True) -> T:
    """Open the store and the embedder alone, do the work, close."""

    async def run() -> T:
        settings = Settings()
        configure_logs("WARNING", readable=True)
        async with AsyncExitStack() as stack:
            database = await open_database(settings, stack)
            http = await stack.enter_async_context(aiohttp.ClientSession())
            bundled = BundledEmbedder(settings.data_dir / "models")
            embedder = chosen_embedder(settings, http, bundled)
            return await work(await open_knowledge(database, embedder, check))

    return asyncio.run(run())


def run_with_users(work: Callable[[Users], Awaitable[T]]) -> T:
    async def run() -> T:
        settings = Settings()
        configure_logs("WARNING", readable=True)
        async with AsyncExitStack() as stack:
            database = await open_database(settings, stack)
            return await work(
                Users(database, Logins(database, Tokens(settings.signing_key), 30, 7))
            )

    return asyncio.run(run())


def progress_bar() -> Progress:
    columns = (TextColumn("{task.description:<40}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=screen)


if __name__ == "__main__":
    main()
