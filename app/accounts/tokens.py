"""The only place that signs and reads JWTs. Strict: one algorithm, every claim required."""

import time
import uuid
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from jose import jwt

from app.errors import SessionEnded

ALGORITHM = "HS256"
ISSUER = "genai-auto"
AUDIENCE = "genai-auto"
LONGEST = 2048
LEEWAY = 30

Kind = Literal["access", "cookie", "guest", "ticket"]
REQUIRED = {f"require_{claim}": True for claim in ("exp", "iat", "aud", "iss", "sub", "jti")}


@dataclass(frozen=True, slots=True)
class Claims:
    """A token that holds. `login_id` is the login session of access tokens, cookies and tickets."""

    kind: Kind
    subject: UUID
    token_id: UUID
    expires_at: int
    login_id: UUID | None


class Tokens:
    """Signs with one key, which must have 32 characters at least."""

    def __init__(self, key: str) -> None:
        self._key = key

    def sign(self, kind: Kind, subject: UUID, seconds: int, login_id: UUID | None = None) -> str:
        now = int(time.time())
        claims = {
            "typ": kind, "sub": str(subject), "iat": now, "exp": now + seconds,
            "iss": ISSUER, "aud": AUDIENCE, "jti": str(uuid.uuid4()),
            **({"sid": str(login_id)} if login_id else {}),
        }  # fmt: skip
        return str(jwt.encode(claims, self._key, ALGORITHM))

    def read(self, token: str, *kinds: Kind) -> Claims:
        """Raises SessionEnded for anything that is not a token of these kinds and still valid."""
        if len(token) > LONGEST or token.count(".") != 2:
            raise SessionEnded
        try:
            if jwt.get_unverified_header(token) != {"alg": ALGORITHM, "typ": "JWT"}:
                raise SessionEnded
            claims = jwt.decode(
                token, self._key, [ALGORITHM], audience=AUDIENCE, issuer=ISSUER,
                options={**REQUIRED, "leeway": LEEWAY},
            )  # fmt: skip
            return _checked(claims, kinds)
        except Exception as refused:  # python-jose lets RecursionError, OverflowError and more out
            raise SessionEnded from refused


def _checked(claims: dict[str, object], kinds: tuple[Kind, ...]) -> Claims:
    kind = next(kind for kind in kinds if kind == claims["typ"])
    if int(str(claims["iat"])) > time.time() + LEEWAY:
        raise SessionEnded
    login = claims.get("sid")
    return Claims(
        kind=kind,
        subject=UUID(str(claims["sub"])),
        token_id=UUID(str(claims["jti"])),
        expires_at=int(str(claims["exp"])),
        login_id=UUID(str(login)) if login else None,
    )
