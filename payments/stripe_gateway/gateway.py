"""The gateway protocol over Stripe's Checkout Sessions."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.money import Money
from payments.errors import GatewayConflict, InvalidRequest
from payments.gateway import (
    CheckoutHandle,
    CheckoutRequest,
    CheckoutSnapshot,
    CheckoutStatus,
    Settlement,
    WebhookEvent,
)
from payments.stripe_gateway import webhooks
from payments.stripe_gateway.amounts import from_stripe, to_stripe
from payments.stripe_gateway.calls import make_client, outcome

_EXPAND = ["payment_intent.latest_charge.balance_transaction"]
#: Stripe Checkout speaks these of our languages.
_LOCALES: dict[str, Any] = {"en": "en", "ru": "ru"}


class StripeGateway:
    """One Stripe account. Thread-safe: the HTTP client keeps a connection per thread."""

    name = "stripe"

    def __init__(
        self, *, key: str, api_base: str, webhook_secrets: tuple[str, ...], page_origin: str
    ) -> None:
        self._client = make_client(key, api_base)
        self._quick_client = make_client(key, api_base, quick=True)
        self._secrets = webhook_secrets
        self._page_origin = page_origin

    def create_checkout(self, request: CheckoutRequest, *, idempotency_key: str) -> CheckoutHandle:
        """POST /v1/checkout/sessions. No e-mail, name or message of the payer is sent along."""
        reference = str(request.attempt_id)
        intent: Any = {"metadata": {"attempt": reference}}
        if request.statement_suffix:
            intent["statement_descriptor_suffix"] = request.statement_suffix
        with outcome():
            session = self._client.v1.checkout.sessions.create(
                {
                    "mode": "payment",
                    "client_reference_id": reference,
                    "metadata": {"attempt": reference},
                    "payment_intent_data": intent,
                    "line_items": [
                        {
                            "quantity": line.quantity,
                            "price_data": {
                                "currency": line.money.currency.lower(),
                                "unit_amount": to_stripe(line.money),
                                "product_data": {"name": line.label},
                            },
                        }
                        for line in request.lines
                    ],
                    "success_url": request.return_url,
                    "cancel_url": request.cancel_url,
                    "locale": _LOCALES.get(request.locale, "auto"),
                    "expires_at": int(request.expires_at.timestamp()),
                },
                {"idempotency_key": idempotency_key},
            )
        if not session.url:
            raise InvalidRequest("a session without an address")
        return CheckoutHandle(
            provider_ref=session.id,
            redirect_url=session.url,
            expires_at=datetime.fromtimestamp(session.expires_at, UTC),
            livemode=session.livemode,
        )

    def fetch_checkout(self, provider_ref: str, *, quick: bool = False) -> CheckoutSnapshot:
        """GET /v1/checkout/sessions/{id} with its intent, charge and balance transaction."""
        client = self._quick_client if quick else self._client
        with outcome():
            session = client.v1.checkout.sessions.retrieve(provider_ref, {"expand": _EXPAND})
        return _snapshot(session.to_dict())

    def close_checkout(self, provider_ref: str, *, quick: bool = False) -> CheckoutSnapshot:
        """POST …/expire, then read again: a session that was paid meanwhile refuses, and is paid."""
        try:
            with outcome():
                client = self._quick_client if quick else self._client
                client.v1.checkout.sessions.expire(provider_ref)
        except (InvalidRequest, GatewayConflict):
            # No longer open: what it is instead, the fetch tells.
            pass
        return self.fetch_checkout(provider_ref, quick=quick)

    def parse_webhook(self, raw: bytes, headers: Mapping[str, str]) -> WebhookEvent:
        """Check the signature by every secret in force. Raises BadSignature."""
        return webhooks.parse(raw, headers, self._secrets)

    def check_charge(self, money: Money) -> None:
        """Raises InvalidRequest for a currency or an amount that Stripe would not take."""
        to_stripe(money)

    def redirect_origin(self) -> str:
        """https://checkout.stripe.com, or the stand-in's origin."""
        return self._page_origin


def _snapshot(session: dict[str, Any]) -> CheckoutSnapshot:
    """Read a session (https://docs.stripe.com/api/checkout/sessions/object) into our own words."""
    intent: dict[str, Any] = session.get("payment_intent") or {}
    charge: dict[str, Any] = intent.get("latest_charge") or {}
    money = from_stripe(session["amount_total"], session["currency"])
    received: Money | None = None
    settlement: Settlement | None = None
    if session["payment_status"] == "paid":
        status = CheckoutStatus.PAID
        received = from_stripe(intent["amount_received"], intent["currency"])
        settlement = _settlement(charge.get("balance_transaction"))
    elif session["status"] == "complete":
        failed = intent.get("status") in {"requires_payment_method", "canceled"}
        status = CheckoutStatus.FAILED if failed else CheckoutStatus.PROCESSING
    elif session["status"] == "expired":
        status = CheckoutStatus.EXPIRED
    else:
        status = CheckoutStatus.OPEN
    error = intent.get("last_payment_error") or {}
    return CheckoutSnapshot(
        provider_ref=session["id"],
        attempt_id=_attempt_id(session.get("client_reference_id")),
        status=status,
        money=money,
        received=received,
        charge_ref=charge.get("id"),
        settlement=settlement,
        last_error=str(error.get("decline_code") or error.get("code") or ""),
        livemode=session["livemode"],
    )


def _settlement(transaction: object) -> Settlement | None:
    """The balance transaction of a charge; None while it is not there or not expanded."""
    if not isinstance(transaction, dict):
        return None
    currency = transaction["currency"]
    return Settlement(
        ref=transaction["id"],
        gross=from_stripe(transaction["amount"], currency),
        fee=from_stripe(transaction["fee"], currency),
        net=from_stripe(transaction["net"], currency),
    )


def _attempt_id(reference: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(reference))
    except ValueError:
        return None
