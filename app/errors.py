"""Every error a person may see: the class docstring is the message, `status` the HTTP code.

AppError
  x BadInput
    - BadFrame · MessageTooLong · EmptyMessage
  x NotSignedIn
    - WrongCredentials · AccountLocked · SessionEnded
  x NotAllowed
  x NotFound
  x Conflict
    - AccountExists
  x TooManyRequests
  x Unavailable
"""


class AppError(Exception):
    """Something went wrong on our side."""

    status = 500

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or " ".join((type(self).__doc__ or "").split())
        super().__init__(self.detail)

    @property
    def code(self) -> str:
        return type(self).__name__


class BadInput(AppError):
    """That input cannot be used."""

    status = 422


class BadFrame(BadInput):
    """This frame is not valid JSON of a known type."""


class MessageTooLong(BadInput):
    """A message may have at most 4,000 characters."""


class EmptyMessage(BadInput):
    """The message is empty."""


class NotSignedIn(AppError):
    """Please sign in first."""

    status = 401


class WrongCredentials(NotSignedIn):
    """E-mail address or password is wrong."""


class AccountLocked(NotSignedIn):
    """Too many failed attempts. Please try again in a few minutes."""

    status = 429


class SessionEnded(NotSignedIn):
    """This session has ended. Please sign in again."""


class NotAllowed(AppError):
    """This account may not do that."""

    status = 403


class NotFound(AppError):
    """There is nothing here under that name."""

    status = 404


class Conflict(AppError):
    """That does not fit the present state."""

    status = 409


class AccountExists(Conflict):
    """An account with this e-mail address exists already."""


class TooManyRequests(AppError):
    """Too many requests. Please wait a moment."""

    status = 429

    def __init__(self, retry_after: float = 1.0) -> None:
        super().__init__()
        self.retry_after = max(1, round(retry_after))


class Unavailable(AppError):
    """This is not available right now. Please try again shortly."""

    status = 503


class ConfigurationError(Exception):
    """The settings do not allow a start; the message is one clear line for the operator."""
