"""Payment intents: made when a donor first tries to pay a checkout session, as Stripe has done
since version 2022-08-01, and carrying every attempt from then on.
"""

from __future__ import annotations

from . import events
from .cards import Refusal
from .clock import now
from .store import Books, Json, new_id


def create(books: Books, session: Json, told: Json, methods: list[str]) -> Json:
    """Keep an intent for the session's total; `told` is its payment_intent_data."""
    intent_id = new_id("pi_")
    intent: Json = {
        "id": intent_id,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": new_id(intent_id + "_secret_"),
        "confirmation_method": "automatic",
        "created": now(books),
        "currency": session["currency"],
        "customer": None,
        "customer_account": None,
        "description": told.get("description"),
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": told.get("metadata", {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": methods,
        "processing": None,
        "receipt_email": told.get("receipt_email"),
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": told.get("statement_descriptor"),
        "statement_descriptor_suffix": told.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }
    books.insert(intent)
    events.emit(books, "payment_intent.created", intent)
    return intent


def succeed(books: Books, intent: Json, method_id: str, charge: Json) -> Json:
    """Paid in full."""
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        payment_method=method_id,
        latest_charge=charge["id"],
        last_payment_error=None,
        next_action=None,
    )
    books.save(intent)
    events.emit(books, "payment_intent.succeeded", intent)
    return intent


def process(books: Books, intent: Json, method_id: str, charge: Json) -> Json:
    """A bank debit is under way; its outcome comes days later."""
    intent.update(
        status="processing",
        payment_method=method_id,
        latest_charge=charge["id"],
        last_payment_error=None,
        next_action=None,
    )
    books.save(intent)
    events.emit(books, "payment_intent.processing", intent)
    return intent


def ask(books: Books, intent: Json, method_id: str, url: str, return_url: str) -> Json:
    """The bank wants the donor to authenticate, on the page at `url`."""
    intent.update(
        status="requires_action",
        payment_method=method_id,
        last_payment_error=None,
        next_action={
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": return_url, "url": url},
        },
    )
    books.save(intent)
    events.emit(books, "payment_intent.requires_action", intent)
    return intent


def fail(books: Books, intent: Json, method: Json, refusal: Refusal, charge: Json | None) -> Json:
    """This attempt failed; the donor may try another card."""
    error: Json = {
        "code": refusal.code,
        "message": refusal.message,
        "payment_method": method,
        "type": "invalid_request_error" if charge is None else "card_error",
    }
    if refusal.decline_code is not None:
        error["decline_code"] = refusal.decline_code
    if charge is not None:
        error["charge"] = charge["id"]
        intent["latest_charge"] = charge["id"]
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        last_payment_error=error,
        next_action=None,
    )
    books.save(intent)
    events.emit(books, "payment_intent.payment_failed", intent)
    return intent


def cancel(books: Books, intent: Json) -> Json:
    """The session has expired around an intent that was never paid."""
    intent.update(
        status="canceled",
        canceled_at=now(books),
        cancellation_reason="expired",
        next_action=None,
    )
    books.save(intent)
    events.emit(books, "payment_intent.canceled", intent)
    return intent
