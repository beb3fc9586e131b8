"""What money is for. Features above register here; payments never imports them."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from payments.gateway import CheckoutRequest
from payments.models import Account, Payment, PaymentAttempt


@dataclass(frozen=True, slots=True)
class Purpose:
    """A kind of purpose: its income account, and callbacks of the feature that owns it.

    `checkout` builds the processor's request from stored rows alone, so that a repeated call is equal
    to the first to the letter. `on_paid` and `on_ended` run inside the transaction of the change.
    """

    account: Account
    checkout: Callable[[PaymentAttempt], CheckoutRequest]
    on_paid: Callable[[uuid.UUID, Payment], None]
    on_ended: Callable[[uuid.UUID, PaymentAttempt], None]


_purposes: dict[str, Purpose] = {}


def register(purpose_type: str, purpose: Purpose) -> None:
    """Register what is told of payments whose `purpose_type` is this."""
    _purposes[purpose_type] = purpose


def purpose(purpose_type: str) -> Purpose:
    """The registered purpose; KeyError for one nobody registered."""
    return _purposes[purpose_type]
