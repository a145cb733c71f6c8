"""Who acts on a handoff: somebody at the desk, or in a help desk that calls us."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Person:
    """`name` is what the customer sees. `actor` is for audit entries: `user:…`, `api_key:…` or
    `webhook:…`. `user_id` is None for whoever sits in a help desk of another system."""

    name: str
    actor: str
    user_id: UUID | None = None
