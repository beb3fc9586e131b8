"""What can go wrong with a gateway, in words of our own: views and services never see the processor's."""

from core.errors import Conflict, DomainError, Unavailable


class GatewayError(DomainError):
    """A call to the processor did not end well."""


class Declined(GatewayError):
    """The processor, or the payer's bank, said no. Another means of payment may work."""


class Retryable(GatewayError, Unavailable):
    """Nothing happened there (429, a refused connection): the same call may be made again."""


class OutcomeUnknown(GatewayError, Unavailable):
    """The call may have had its effect (time-out, lost response, 5xx). Repeat only with the same key."""


class InvalidRequest(GatewayError):
    """The processor refuses what we sent: a mistake of ours or of the settings."""


class GatewayConflict(GatewayError, Conflict):
    """The thing is in another state there, or the same key is in use by a call under way."""


class BadSignature(DomainError):
    """A webhook's body is not signed by any of the secrets in force, or is no event at all."""


class UnknownObject(GatewayError):
    """The processor knows no such object."""


class AlreadyPaid(Conflict):
    """Money for this came in: nothing more is to be paid."""
