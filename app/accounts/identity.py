"""Who is asking: an owner of conversations, and the account behind it if there is one."""

from dataclasses import dataclass
from typing import Literal, Self
from uuid import UUID

Role = Literal["customer", "staff", "editor", "admin"]


@dataclass(frozen=True, slots=True)
class Owner:
    """A customer or a guest: exactly one of the two ids is set."""

    customer_id: UUID | None = None
    guest_id: UUID | None = None

    @classmethod
    def customer(cls, customer_id: UUID) -> Self:
        return cls(customer_id=customer_id)

    @classmethod
    def guest(cls, guest_id: UUID) -> Self:
        return cls(guest_id=guest_id)

    @property
    def key(self) -> str:
        """For rate limits and logs."""
        if self.customer_id is not None:
            return f"customer:{self.customer_id}"
        return f"guest:{self.guest_id}"


@dataclass(frozen=True, slots=True)
class Account:
    """A signed-in user. The role was read from the database for this request."""

    user_id: UUID
    customer_id: UUID
    login_id: UUID
    email: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Identity:
    """Taken once per request or socket. `minted` tells that the guest is new."""

    owner: Owner
    account: Account | None = None
    guest_token: str | None = None
    minted: bool = False

    @property
    def known(self) -> tuple[str, ...]:
        """Personal data that the account tells, to be masked wherever it is said."""
        return (self.account.name, self.account.email) if self.account else ()
