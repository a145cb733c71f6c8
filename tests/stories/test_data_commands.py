"""The commands of docs/privacy.md: find, export and erase; a start without the right key."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
import pytest

from app.db.engine import Connection
from tests.bookings import say
from tests.server import ForkServer, Server
from tests.stories.test_rights import OTHER, account, customer_id

Command = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
def command(forks: ForkServer, workshop: Server) -> Command:
    """Runs a command beside that product: exit code, output and messages."""
    number = itertools.count()

    async def run(*arguments: str, **changed: str) -> tuple[int, str, str]:
        log = workshop.folder / f"command-{next(number)}.err"
        environment = {**workshop.environment, "COLUMNS": "400", **changed}
        out = log.with_suffix(".out")
        process = forks.fork(workshop.folder, log, environment, *arguments, out=out)
        await asyncio.to_thread(process.wait, 60)
        return exit_code_beside(log), out.read_text(), log.read_text()

    return run


def exit_code_beside(log: Path) -> int:
    return int(Path(f"{log}.exit").read_text())


async def test_a_customer_is_found_exported_and_erased(
    workshop: Server, store: Connection, command: Command
) -> None:
    token = await account(workshop)
    async with workshop.client("other", token) as client:
        await say(client, "my phone is 503-555-0163")
    customer = f"customer:{await customer_id(store, OTHER['email'])}"
    _, found, _ = await command("customers", "find", "--address", OTHER["email"])
    assert found.split()[-1] == customer
    reason = "--reason=a letter"
    _, out, _ = await command("customers", "export", customer, reason)
    document = orjson.loads(out)
    assert "503-555-0163" in str(document["conversations"])
    code, _, told = await command("customers", "erase", customer, reason)
    assert (code, "'personal_values': 1" in told) == (0, True)
    code, _, told = await command("customers", "erase", customer, reason)
    assert (code, "nothing here under that name" in told) == (1, True)
    code, _, told = await command("customers", "erase", "somebody", reason)
    assert (code, "customer:ID or guest:ID" in told) == (1, True)
    actions = await store.fetch(
        "select action from audit_entries where actor = 'command' and record = $1 order by id",
        customer,
    )
    assert [row["action"] for row in actions] == ["data_exported", "data_erased"]
    assert await store.fetchval("select count(*) from personal_values") == 0


async def test_a_start_without_the_key_of_what_is_stored_is_refused(
    workshop: Server, store: Connection, command: Command
) -> None:
    async with workshop.client() as client:
        await say(client, "my phone is 503-555-0163")
    for arguments in (("serve",), ("vault", "rotate")):
        code, out, told = await command(
            *arguments, ENCRYPTION_KEY="w" * 40, API_PORT=str(workshop.port + 1)
        )
        assert code != 0
        assert "ENCRYPTION_KEYS_OLD" in out + told
        assert "503-555-0163" not in out + told
