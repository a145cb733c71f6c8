"""What of an endpoint is secret: one sealed value per row."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Self

import orjson

from app.handoff.signing import new_secret
from app.privacy.vault import Vault


@dataclass(frozen=True, slots=True)
class Secrets:
    """`former` signs beside `secret` until the row's `former_until`; `token` is Chatwoot's."""

    secret: str
    former: str = ""
    token: str = ""

    @classmethod
    def new(cls, token: str = "") -> Self:
        return cls(new_secret(), token=token)

    @classmethod
    def unsealed(cls, vault: Vault, sealed: bytes) -> Self:
        return cls(**orjson.loads(vault.unseal(sealed)))

    def sealed(self, vault: Vault) -> bytes:
        return vault.seal(orjson.dumps(asdict(self)).decode())

    def rotated(self) -> Self:
        return replace(self, secret=new_secret(), former=self.secret)

    def holding(self, former_until: datetime | None, now: datetime) -> tuple[str, ...]:
        """Those that sign now, the present one first."""
        both = self.former and former_until is not None and former_until > now
        return (self.secret, self.former) if both else (self.secret,)
