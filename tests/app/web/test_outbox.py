"""Who may see the messages to customers, and what they see."""

import aiohttp
import pytest

from app.accounts.identity import Role
from app.db.engine import Connection
from tests.accounts import signed_in
from tests.bookings import a_free_day, say
from tests.server import Server


async def outbox_of(server: Server, role: Role | None) -> tuple[int, list[dict[str, str]]]:
    """Status and body of the call by an account with this role, or by nobody."""
    async with aiohttp.ClientSession(server.url, cookie_jar=aiohttp.DummyCookieJar()) as http:
        headers = await signed_in(server, http, role) if role else {}
        async with http.get("/api/v1/outbox", headers=headers) as response:
            return response.status, await response.json()


@pytest.mark.parametrize(
    ("role", "status"),
    [(None, 401), ("customer", 403), ("editor", 403), ("staff", 200), ("admin", 200)],
)
async def test_only_staff_see_the_outbox(server: Server, role: Role | None, status: int) -> None:
    found, body = await outbox_of(server, role)
    assert found == status
    assert status == 200 or set(body) == {"error", "detail"}


async def test_the_page_itself_is_an_empty_shell(server: Server) -> None:
    async with aiohttp.ClientSession(server.url) as http, http.get("/desk/outbox") as response:
        assert response.status == 200
        assert "@" not in (await response.text()).split("page-data")[0]


async def test_a_code_that_nothing_else_carries_is_shown_to_staff(
    workshop: Server, store: Connection
) -> None:
    async with workshop.client() as client:
        await say(client, f"book a tire rotation on {a_free_day().isoformat()} at 9 am")
        await say(client, "jo.miller@example.com")
    _, (entry,) = await outbox_of(workshop, "staff")
    assert (entry["purpose"], entry["to"]) == ("identity_code", "jo.miller@example.com")
    assert "code is" in entry["text"]
