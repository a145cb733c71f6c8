"""The link with which the first admin comes in: one use, one day, only while there is no admin."""

import pytest

from app.accounts.logins import Logins
from app.accounts.tokens import Tokens
from app.accounts.users import SetupLinkUsed, Users
from app.db.engine import Database

PASSWORD = "a long enough password"


@pytest.fixture
def users(database: Database) -> Users:
    return Users(database, Logins(database, Tokens("x" * 40), 30, 7))


async def set_up(users: Users, token: str) -> None:
    await users.set_up_admin(token, "first@dealer.test", PASSWORD, "First")


async def test_the_link_makes_one_admin_and_then_no_more_links_are_given(users: Users) -> None:
    token = await users.setup_token()
    assert token is not None
    await set_up(users, token)
    with pytest.raises(SetupLinkUsed):
        await users.set_up_admin(token, "second@dealer.test", PASSWORD, "Second")
    assert await users.setup_token() is None


async def test_a_newer_link_makes_the_older_one_void(users: Users) -> None:
    older, newer = await users.setup_token(), await users.setup_token()
    assert older is not None
    assert newer is not None
    with pytest.raises(SetupLinkUsed):
        await set_up(users, older)
    await set_up(users, newer)


async def test_a_link_is_void_after_a_day(users: Users, database: Database) -> None:
    token = await users.setup_token()
    assert token is not None
    async with database.connection() as db:
        await db.execute("update setup_links set created_at = created_at - interval '25 hours'")
    with pytest.raises(SetupLinkUsed):
        await set_up(users, token)
