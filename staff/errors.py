"""What stands in the way of a sign-in or of a change to an account."""

from core.errors import Conflict, DomainError, NotAllowed, NotFound, TooMany


class WrongCredentials(DomainError):
    """E-mail and password do not fit, or the account is switched off: which of it is never said."""


class Throttled(TooMany):
    """Too many failures for this account from this kind of browser, or too many tries of unknown
    browsers at all accounts together; `retry_after` in seconds.
    """


class FromElsewhere(NotAllowed):
    """Another site led the browser to what only the panel's own pages may open."""


class WeakPassword(DomainError):
    """A password that is not taken. `reason`: `too_short`, `too_long` or `too_simple`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadEmail(DomainError):
    """Text that is no e-mail address."""


class EmailTaken(Conflict):
    """Another account has this e-mail."""


class UnknownRole(DomainError):
    """A role that `staff.permissions` does not name."""


class UnknownAccount(NotFound):
    """No account has this e-mail or id."""
