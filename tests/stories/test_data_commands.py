"""The commands of docs/privacy.md: find, export and erase; a start without the right key."""

import asyncio
import os
import sys

import orjson

from app.db.engine import Connection
from tests.bookings import say
from tests.server import ROOT, Server
from tests.stories.test_rights import OTHER, account, customer_id


async def command(server: Server, *arguments: str, **changed: str) -> tuple[int, str, str]:
    """Exit code, output and messages."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", *arguments, cwd=server.folder,
        env={**os.environ, **server.environment, "PYTHONPATH": str(ROOT), "COLUMNS": "400",
             **changed},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, told = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), told.decode()


async def test_a_customer_is_found_exported_and_erased(workshop: Server, store: Connection) -> None:
    token = await account(workshop)
    async with workshop.client("other", token) as client:
        await say(client, "my phone is 503-555-0163")
    customer = f"customer:{await customer_id(store, OTHER['email'])}"
    _, found, _ = await command(workshop, "customers", "find", "--address", OTHER["email"])
    assert found.split()[-1] == customer
    reason = "--reason=a letter"
    _, out, _ = await command(workshop, "customers", "export", customer, reason)
    document = orjson.loads(out)
    assert "503-555-0163" in str(document["conversations"])
    code, _, told = await command(workshop, "customers", "erase", customer, reason)
    assert (code, "'personal_values': 1" in told) == (0, True)
    code, _, told = await command(workshop, "customers", "erase", customer, reason)
    assert (code, "nothing here under that name" in told) == (1, True)
    code, _, told = await command(workshop, "customers", "erase", "somebody", reason)
    assert (code, "customer:ID or guest:ID" in told) == (1, True)
    actions = await store.fetch(
        "select action from audit_entries where actor = 'command' and record = $1 order by id",
        customer,
    )
    assert [row["action"] for row in actions] == ["data_exported", "data_erased"]
    assert await store.fetchval("select count(*) from personal_values") == 0


async def test_a_start_without_the_key_of_what_is_stored_is_refused(
    workshop: Server, store: Connection
) -> None:
    async with workshop.client() as client:
        await say(client, "my phone is 503-555-0163")
    for arguments in (("serve",), ("vault", "rotate")):
        code, _, told = await command(
            workshop, *arguments, ENCRYPTION_KEY="w" * 40, API_PORT=str(workshop.port + 1)
        )
        assert code != 0
        assert "ENCRYPTION_KEYS_OLD" in told
        assert "503-555-0163" not in told
