"""What an empty store gets: the demo dealership, and a way in for the first admin."""

import secrets
import sys

from app.accounts.identity import Role
from app.dealership.demo_data import seed_documents
from app.services import Services

DEMO_ACCOUNTS: tuple[tuple[str, str, Role], ...] = (
    ("staff@demo.test", "Sam Staff", "staff"),
    ("editor@demo.test", "Eli Editor", "editor"),
)


def say(text: str) -> None:
    """For the person who starts the server; secrets shown here are in no log."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


async def prepare_first_start(services: Services) -> None:
    settings = services.settings
    if settings.demo_data and not settings.is_production:
        await seed_demo(services)
    base = settings.public_url or f"http://localhost:{settings.api_port}"
    if token := await services.users.setup_token():
        say(f"First admin (one use): {base}/login?setup={token}")
    say(f"The chat is at {base}/chat")


async def seed_demo(services: Services) -> None:
    """Only into an empty knowledge base; the staff passwords are shown this once."""
    if (await services.knowledge.stats()).documents:
        return
    say("Reading the demo dealership's manuals (once) …")
    count = await seed_documents(
        services.knowledge.ingestion, lambda name, done, total: say(f"  {done + 1}/{total} {name}")
    )
    say(f"{count} documents are ready.")
    for email, name, role in DEMO_ACCOUNTS:
        password = secrets.token_urlsafe(9)
        await services.users.create(email, password, name, role, "demo")
        say(f"Demo account {email}, password {password}")
