"""The base of every domain error. `app/errors.py` maps the classes below to a status and a page."""


class DomainError(Exception):
    """A fact of the domain that stands in the way of what was asked."""


class NotFound(DomainError):
    """Nothing is there for this link, reference or id, or it may not be told."""


class NotAllowed(DomainError):
    """The one who asks may not do this."""


class Conflict(DomainError):
    """What was asked does not fit the present state of the thing."""


class Unavailable(DomainError):
    """Something outside that is needed does not answer. Trying again later may help."""


class TooMany(DomainError):
    """A budget is used up. `retry_after` is in seconds."""

    def __init__(self, message: str = "", *, retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after
