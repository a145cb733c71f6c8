"""Whose data it is: an owner, and the customers a guest has proven to be."""

from uuid import UUID

from app.accounts.identity import Owner
from app.db.engine import Connection
from app.privacy.vault import Vault

PROVEN = """
select c.id from customers as c where c.user_id is null and c.erased_at is null and c.id in (
  select proven_customer_id from conversations
  where guest_id = $1 and proven_until > clock_timestamp())
order by c.id
"""

ACCOUNT = """
select c.id from customers as c join users as u on u.id = c.user_id where u.email = $1
"""


async def find_customers(db: Connection, vault: Vault, address: str) -> list[UUID]:
    """Whose account or proven contact this e-mail address or telephone number is."""
    channel = "email" if "@" in address else "sms"
    by_account = await db.fetchval(ACCOUNT, address.strip().lower())
    by_contact = await vault.known_customer(db, channel, address.strip())
    return list(dict.fromkeys(each for each in (by_account, by_contact) if each is not None))


async def customers_of(db: Connection, owner: Owner) -> list[UUID]:
    """The customer; of a guest those without an account whom a code has proven and still does.
    Who has an account signs in."""
    if owner.customer_id is not None:
        return [owner.customer_id]
    return [row["id"] for row in await db.fetch(PROVEN, owner.guest_id)]
