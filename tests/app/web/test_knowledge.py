"""Editors hand in documents; the chat answers from them; a deleted one is gone."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import aiohttp
import pytest

from app.accounts.logins import Logins
from app.accounts.tokens import Tokens
from app.accounts.users import Users
from app.db.engine import Database
from tests.server import Server

PASSWORD = "a long enough password"
MANUAL = """<!-- page 7 -->
# Flux manual

## Fluxing

The Zeta 2031 fluxes at 88 miles per hour and needs 1.21 gigawatts.
"""


@pytest.fixture
async def editor(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    database = Database(server.environment["DATABASE_URL"])
    email = f"{uuid.uuid4().hex[:8]}@dealer.test"
    users = Users(database, Logins(database, Tokens("x" * 40), 30, 7))
    await users.create(email, PASSWORD, "Eli", "editor", "test")
    await database.close()
    async with aiohttp.ClientSession(
        f"{server.url}/api/v1/", cookie_jar=aiohttp.DummyCookieJar()
    ) as http:
        reply = await http.post("auth/login", json={"email": email, "password": PASSWORD})
        token = (await reply.json())["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        yield http


async def finished(editor: aiohttp.ClientSession, job: dict[str, Any]) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while job["state"] not in ("done", "failed"):
            await asyncio.sleep(0.2)
            job = await (await editor.get(f"documents/jobs/{job['id']}")).json()
    return job


async def status_of(call: Awaitable[aiohttp.ClientResponse]) -> int:
    """The status alone; the connection is given back."""
    async with await call as response:
        return response.status


async def upload(
    editor: aiohttp.ClientSession, name: str, content: bytes, metadata: str = "{}"
) -> aiohttp.ClientResponse:
    form = aiohttp.FormData()
    form.add_field("file", content, filename=name)
    form.add_field("metadata", metadata)
    return await editor.post("documents/upload", data=form)


async def test_upload_is_answered_from_and_deleted(
    server: Server, editor: aiohttp.ClientSession
) -> None:
    about = '{"model": "Zeta", "year": 2031, "title": "Zeta manual"}'
    reply = await upload(editor, "zeta.md", MANUAL.encode(), about)
    assert reply.status == 202
    job = await finished(editor, await reply.json())
    assert (job["state"], job["progress"], job["unchanged"]) == ("done", 1.0, False)

    again = await finished(
        editor, await (await upload(editor, "zeta.md", MANUAL.encode(), about)).json()
    )
    assert again["unchanged"]

    found = await (
        await editor.post(
            "documents/search", json={"query": "at which speed does it flux", "model": "Zeta"}
        )
    ).json()
    assert (found[0]["title"], found[0]["page"], found[0]["model"]) == ("Zeta manual", 7, "Zeta")

    listed = await (await editor.get("documents")).json()
    document = next(d for d in listed if d["title"] == "Zeta manual")
    assert await status_of(editor.delete(f"documents/{document['id']}")) == 204
    assert await status_of(editor.delete(f"documents/{document['id']}")) == 404
    stats = await (await editor.get("documents/stats")).json()
    assert "Zeta" not in stats["documents_by_model"]


async def test_text_is_ingested_under_its_title(editor: aiohttp.ClientSession) -> None:
    body = {
        "title": "Closing day",
        "type": "faq",
        "text": "On the 3rd of May we are closed all day.",
    }
    job = await finished(
        editor, await (await editor.post("documents/ingest-text", json=body)).json()
    )
    assert job["state"] == "done"
    assert job["source_name"] == "closing-day.md"


@pytest.mark.parametrize(
    ("name", "content"),
    [("fake.pdf", b"not a pdf at all"), ("empty.txt", b""), ("archive.zip", b"PK\x03\x04rest")],
)
async def test_wrong_files_are_refused_with_a_sentence_and_the_chat_goes_on(
    server: Server, editor: aiohttp.ClientSession, name: str, content: bytes
) -> None:
    reply = await upload(editor, name, content)
    body = await reply.json()
    if reply.status == 202:
        body = await finished(editor, body)
        assert body["state"] == "failed"
        assert len(body["error"]) > 15
    else:
        assert reply.status == 422
        assert len(body["detail"]) > 15
    async with server.client() as customer:
        assert await customer.ask("Hello")


async def test_wrong_fields_are_named(editor: aiohttp.ClientSession) -> None:
    reply = await upload(editor, "a.md", b"# A\n\ntext enough", '{"year": "soon"}')
    assert reply.status == 422
    assert "year" in (await reply.json())["detail"]


async def test_large_bodies_are_refused_where_nothing_large_belongs(
    editor: aiohttp.ClientSession,
) -> None:
    call = editor.post("auth/login", json={"email": "a" * 200_000, "password": "b"})
    assert await status_of(call) == 413
    assert await status_of(upload(editor, "big.md", b"# A\n\n" + b"word " * 60_000)) == 202


async def test_customers_may_search_but_not_change(server: Server) -> None:
    async with aiohttp.ClientSession(
        f"{server.url}/api/v1/", cookie_jar=aiohttp.DummyCookieJar()
    ) as http:
        email = f"{uuid.uuid4().hex[:8]}@dealer.test"
        body = {"email": email, "password": PASSWORD, "name": "Cu"}
        token = (await (await http.post("auth/register", json=body)).json())["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        assert await status_of(http.post("documents/search", json={"query": "tow"})) == 200
        assert await status_of(http.get("documents")) == 403
        assert await status_of(http.delete(f"documents/{uuid.uuid4()}")) == 403
        assert await status_of(upload(http, "a.md", b"# A")) == 403
