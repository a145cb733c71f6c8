"""Accounts and API keys for tests that speak to the running product."""

import uuid

import aiohttp

from app.accounts.identity import Role
from app.accounts.logins import Logins
from app.accounts.tokens import Tokens
from app.accounts.users import Users
from app.db.engine import Database
from tests.server import Server

PASSWORD = "a long password"


async def signed_in(
    server: Server, http: aiohttp.ClientSession, role: Role, name: str = "Sam"
) -> dict[str, str]:
    """Headers of a new account with this role."""
    database = Database(server.environment["DATABASE_URL"])
    account = {"email": f"{uuid.uuid4().hex[:8]}@dealer.test", "password": PASSWORD}
    users = Users(database, Logins(database, Tokens("x" * 40), 30, 7))
    await users.create(*account.values(), name, role, "test")
    await database.close()
    async with http.post("/api/v1/auth/login", json=account) as response:
        return {"Authorization": f"Bearer {(await response.json())['access_token']}"}


async def api_key(server: Server, http: aiohttp.ClientSession, *scopes: str) -> dict[str, str]:
    """Headers with a new API key of these scopes."""
    admin = await signed_in(server, http, "admin")
    wish = {"name": "Help desk", "scopes": scopes}
    async with http.post("/api/v1/keys", json=wish, headers=admin) as response:
        assert response.status == 201
        return {"X-API-Key": (await response.json())["secret"]}
