"""What an empty store gets: the demo dealership, and a way in for the first admin."""

import secrets
from contextlib import suppress
from datetime import datetime

from app.accounts.identity import Role
from app.audit import record
from app.db.engine import Connection
from app.dealership.demo_data import seed_documents
from app.dealership.demo_workshop import seed_customer, seed_workshop
from app.desk.demo_replies import seed_replies
from app.errors import AccountExists
from app.observability.logs import say
from app.services import Services

DEMO_ACCOUNTS: tuple[tuple[str, str, Role], ...] = (
    ("staff@demo.test", "Sam Staff", "staff"),
    ("editor@demo.test", "Eli Editor", "editor"),
)

DEMO_CUSTOMER = "casey@demo.test"
SEED_LOCK = 7_230_520


async def prepare_first_start(services: Services) -> None:
    settings = services.settings
    if settings.demo_data and not settings.is_production:
        await seed_demo(services)
    base = settings.public_url or f"http://localhost:{settings.api_port}"
    if token := await services.users.setup_token():
        say(f"First admin (one use): {base}/login?setup={token}")
    say(f"The chat is at {base}/chat")


async def seed_demo(services: Services) -> None:
    """Once per store, and never beside a dealer's own documents; goes on where a kill cut it."""
    async with services.database.connection() as db:
        await db.execute("select pg_advisory_lock($1)", SEED_LOCK, timeout=600)
        try:
            if await is_wanted(db):
                await seed(services)
        finally:
            await db.execute("select pg_advisory_unlock($1)", SEED_LOCK)


async def seed_calendar(services: Services) -> None:
    """A working fortnight of the workshop, and a customer with two cars who can be signed in as."""
    zone = services.settings.zone
    today = datetime.now(zone).date()
    await seed_workshop(services.database, today, zone)
    password = secrets.token_urlsafe(9)
    with suppress(AccountExists):
        login = await services.users.register(DEMO_CUSTOMER, password, "Casey Customer")
        await seed_customer(services.database, login.customer_id, today)
        say(f"Demo account {DEMO_CUSTOMER}, password {password}")


async def is_wanted(db: Connection) -> bool:
    return bool(
        await db.fetchval(
            """
            select not exists (select 1 from audit_entries where action = 'demo_seeded')
              and not exists (select 1 from documents where created_by is distinct from 'demo')
            """
        )
    )


async def seed(services: Services) -> None:
    """The documents, the workshop, replies, and staff whose passwords are shown this once."""
    say("Reading the demo dealership's manuals (once) …")
    count = await seed_documents(
        services.knowledge.ingestion, lambda name, done, total: say(f"  {done + 1}/{total} {name}")
    )
    say(f"{count} documents are ready.")
    await seed_calendar(services)
    await seed_replies(services.database)
    for email, name, role in DEMO_ACCOUNTS:
        password = secrets.token_urlsafe(9)
        with suppress(AccountExists):
            await services.users.create(email, password, name, role, "demo")
            say(f"Demo account {email}, password {password}")
    async with services.database.transaction() as db:
        await record(db, "first-start", "demo_seeded", "documents", {"count": count})
