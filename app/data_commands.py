"""Commands about personal data: rotate the vault's key; find, export, erase whose it is."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from rich.console import Console

from agents.dealership import Dealership
from app.accounts.identity import Owner
from app.connections import http_client, open_database
from app.db.engine import Database
from app.dealership.opening import open_dealership
from app.errors import ConfigurationError
from app.observability.logs import configure_logs
from app.privacy.masking import Masker
from app.privacy.rotation import Rotation, check_keys
from app.privacy.vault import Vault
from app.rights.erasure import Erasure
from app.rights.export import Export
from app.rights.reveal import Reveal
from app.rights.scope import find_customers
from app.settings import Settings

vault = typer.Typer(no_args_is_help=True, help="The vault of personal data.")
customers = typer.Typer(no_args_is_help=True, help="Customers' rights over their data.")
screen = Console(stderr=True)
T = TypeVar("T")

ACTOR = "command"
Whose = Annotated[str, typer.Argument(help="customer:ID or guest:ID")]
Reason = Annotated[str, typer.Option(prompt=True, help="why; kept in the audit entry")]


@dataclass(frozen=True, slots=True)
class Store:
    """What these commands work on."""

    database: Database
    vault: Vault
    dealership: Dealership
    masker: Masker


@vault.command("rotate")
def rotate() -> None:
    """Seal everything with ENCRYPTION_KEY that ENCRYPTION_KEYS_OLD opens. May be stopped and
    started again."""
    remaining = with_store(rotate_all)
    if remaining:
        screen.print(f"{remaining} values remain under an older key; run this again.")
        sys.exit(1)
    screen.print("Nothing remains under an older key: ENCRYPTION_KEYS_OLD can be emptied.")


async def rotate_all(store: Store) -> int:
    rotation, total = Rotation(store.database, store.vault.keys), 0
    screen.print(f"{await rotation.remaining()} values are under an older key.")
    async for count in rotation.run():
        total += count
        screen.print(f"{total} sealed again")
    return await rotation.remaining()


@customers.command("find")
def find(
    address: Annotated[str, typer.Option(prompt="E-mail address or telephone number")],
) -> None:
    """The ids of whoever has this address as account or as proven contact."""

    async def look(store: Store) -> list[UUID]:
        async with store.database.connection() as db:
            return await find_customers(db, store.vault, address)

    for found in with_store(look):
        typer.echo(Owner.customer(found).key)


@customers.command("export")
def export(whose: Whose, reason: Reason) -> None:
    """Write everything stored of a customer or guest to standard output, as JSON."""
    owner = owner_named(whose)

    async def write(store: Store) -> None:
        pieces = Export(store.database, store.vault, store.dealership).pieces(owner)
        first = await anext(pieces)
        await Reveal(store.database, store.vault, store.masker).note_export(ACTOR, owner, reason)
        typer.echo(first, nl=False)
        async for piece in pieces:
            typer.echo(piece, nl=False)

    with_store(write)


@customers.command("erase")
def erase(
    whose: Whose,
    reason: Reason,
    cancel_appointments: Annotated[bool, typer.Option(help="those still ahead")] = False,
) -> None:
    """Delete what is stored of a customer or guest; again after a backup was restored."""
    owner = owner_named(whose)

    async def work(store: Store) -> dict[str, int]:
        told = await Reveal(store.database, store.vault, store.masker).masked_reason(reason)
        erasure = Erasure(store.database, store.dealership)
        return (await erasure.erase(owner, ACTOR, cancel_appointments, told)).counts

    screen.print(with_store(work))


def owner_named(text: str) -> Owner:
    """As audit entries name them. Raises ConfigurationError."""
    kind, _, id_ = text.partition(":")
    with suppress(ValueError):
        if kind == "customer":
            return Owner.customer(UUID(id_))
        if kind == "guest":
            return Owner.guest(UUID(id_))
    raise ConfigurationError("Say customer:ID or guest:ID, as `customers find` prints it.")


def with_store(work: Callable[[Store], Awaitable[T]]) -> T:
    """Open the store alone, do the work, close."""

    async def run() -> T:
        settings = Settings()
        configure_logs("WARNING", readable=True)
        async with AsyncExitStack() as stack:
            database = await open_database(settings, stack)
            kept = Vault(database, settings.vault_key, settings.old_vault_keys)
            await check_keys(database, kept.keys)
            http = await stack.enter_async_context(http_client())
            dealership = open_dealership(settings, database, http)
            masker = Masker(settings.mask_pii, settings.pii_nlp_model)
            return await work(Store(database, kept, dealership, masker))

    return asyncio.run(run())
