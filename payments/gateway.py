"""The gateway protocol: what every rail offers, in frozen values of our own.

State comes from fetching an object; a webhook is only a hint that something changed.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from core.money import Money


class CheckoutStatus(StrEnum):
    """Where a checkout is at the processor."""

    OPEN = "open"
    PROCESSING = "processing"  # given in, the money comes days later or not (bank debits)
    PAID = "paid"
    FAILED = "failed"  # closed, and the last try was refused
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class CheckoutLine:
    """A line of the processor's page. `label` is neutral: it may show on a statement."""

    label: str
    money: Money
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """What is to be paid. The addresses carry a short-lived state token, never a private link."""

    attempt_id: uuid.UUID
    money: Money
    lines: tuple[CheckoutLine, ...]
    return_url: str
    cancel_url: str
    locale: str
    expires_at: datetime
    statement_suffix: str = ""


@dataclass(frozen=True, slots=True)
class CheckoutHandle:
    """Where the payer goes on, and until when."""

    provider_ref: str
    redirect_url: str
    expires_at: datetime
    livemode: bool


@dataclass(frozen=True, slots=True)
class Settlement:
    """How the processor books a charge on our balance: in `gross.currency`, `net` = `gross` − `fee`."""

    ref: str
    gross: Money
    fee: Money
    net: Money


@dataclass(frozen=True, slots=True)
class CheckoutSnapshot:
    """A checkout as the processor shows it at the moment of fetching.

    `received` is None until the payment succeeded; `settlement` may follow later than that.
    """

    provider_ref: str
    attempt_id: uuid.UUID | None
    status: CheckoutStatus
    money: Money
    received: Money | None
    charge_ref: str | None
    settlement: Settlement | None
    last_error: str
    livemode: bool


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A hint: `ref` (an object of `kind`, here `checkout`) may have changed. `kind` may be empty."""

    event_id: str
    type: str
    kind: str
    ref: str
    occurred_at: datetime
    livemode: bool


class Gateway(Protocol):
    """One rail. Methods that talk to the network raise payments.errors.GatewayError's children."""

    name: str

    def create_checkout(self, request: CheckoutRequest, *, idempotency_key: str) -> CheckoutHandle:
        """Open a checkout. The same key and request give the same checkout."""
        ...

    def close_checkout(self, provider_ref: str, *, quick: bool = False) -> CheckoutSnapshot:
        """Close an open checkout and return what it became: it may be paid already."""
        ...

    def fetch_checkout(self, provider_ref: str, *, quick: bool = False) -> CheckoutSnapshot:
        """The checkout as it is now; `quick` asks once with short time-outs. Raises UnknownObject."""
        ...

    def parse_webhook(self, raw: bytes, headers: Mapping[str, str]) -> WebhookEvent:
        """Check the signature and read the event. Raises BadSignature."""
        ...

    def check_charge(self, money: Money) -> None:
        """Whether this amount could be charged at all; asks nobody. Raises InvalidRequest."""
        ...

    def redirect_origin(self) -> str:
        """The origin of the pages payers are sent to, for the form-action of the route that sends them."""
        ...
