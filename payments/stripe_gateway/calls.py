"""Calls to Stripe and what their failures mean."""

from collections.abc import Iterator
from contextlib import contextmanager

import stripe

from payments.errors import (
    Declined,
    GatewayConflict,
    InvalidRequest,
    OutcomeUnknown,
    Retryable,
    UnknownObject,
)

#: Seconds to connect, seconds to read.
PATIENT = (3, 20)
QUICK = (2, 4)


def make_client(key: str, api_base: str, *, quick: bool = False) -> stripe.StripeClient:
    """A client with bounded times and two retries of its own (with the same idempotency key).

    `quick`: short time-outs and no retry. The client's default time-out is 80 seconds, longer than a
    web worker may wait.
    """
    stripe.enable_telemetry = False
    return stripe.StripeClient(
        key,
        base_addresses={"api": api_base},
        max_network_retries=0 if quick else 2,
        http_client=stripe.RequestsClient(timeout=QUICK if quick else PATIENT),
    )


@contextmanager
def outcome() -> Iterator[None]:
    """Turn Stripe's exceptions into ours, by what may have happened there.

    Source: Stripe's documentation, "Error handling" and "Idempotent requests".
    """
    try:
        yield
    except stripe.CardError as error:
        raise Declined(error.code or "card_declined") from error
    except stripe.RateLimitError as error:
        raise Retryable("rate limited") from error
    except stripe.IdempotencyError as error:
        raise InvalidRequest("an idempotency key was used for another request") from error
    except stripe.APIConnectionError as error:
        # The request may have arrived: only a call with the same key may follow.
        raise OutcomeUnknown("no answer") from error
    except stripe.InvalidRequestError as error:
        if error.http_status == 404 or error.code == "resource_missing":
            raise UnknownObject(error.param or "") from error
        raise _by_status(error) from error
    except stripe.StripeError as error:
        raise _by_status(error) from error


def _by_status(error: stripe.StripeError) -> Exception:
    status = error.http_status or 0
    if status == 409:
        return GatewayConflict(error.code or "conflict")
    if status == 429:
        return Retryable("rate limited")
    if status >= 500 or status == 0:
        return OutcomeUnknown(f"status {status}")
    # The message may quote what was sent, so only the code and the parameter's name go on.
    return InvalidRequest(f"{error.code or status} {getattr(error, 'param', None) or ''}".strip())
