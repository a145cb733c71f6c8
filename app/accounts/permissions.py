"""Who may do what: a role has the rights of the roles before it, staff and editors side by side."""

from app.accounts.identity import Account, Role
from app.errors import NotAllowed, NotSignedIn

RIGHTS: dict[Role, frozenset[Role]] = {
    "customer": frozenset({"customer"}),
    "staff": frozenset({"customer", "staff"}),
    "editor": frozenset({"customer", "editor"}),
    "admin": frozenset({"customer", "staff", "editor", "admin"}),
}


def require(account: Account | None, role: Role) -> Account:
    """Raises NotSignedIn without an account, NotAllowed without the right."""
    if account is None:
        raise NotSignedIn
    if role not in RIGHTS[account.role]:
        raise NotAllowed
    return account
