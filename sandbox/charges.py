"""Charges: one attempt to take money, with its outcome."""

from __future__ import annotations

from . import balance, methods
from .cards import Card, Refusal
from .clock import now
from .store import Books, Json, new_id

STATEMENT_NAME = "STAND-IN"

_APPROVED = {
    "advice_code": None,
    "network_advice_code": None,
    "network_decline_code": None,
    "network_status": "approved_by_network",
    "reason": None,
    "risk_level": "normal",
    "risk_score": 12,
    "seller_message": "Payment complete.",
    "type": "authorized",
}


def create(
    books: Books,
    intent: Json,
    method: Json,
    card: Card,
    *,
    status: str,
    refusal: Refusal | None = None,
    asked: bool = False,
) -> Json:
    """Keep a charge that is `succeeded`, `pending` or, with its refusal, `failed`; a succeeded one
    enters the balance.
    """
    amount, code = int(intent["amount"]), str(intent["currency"])
    suffix = intent["statement_descriptor_suffix"]
    statement = intent["statement_descriptor"] or (
        f"{STATEMENT_NAME}* {suffix}"[:22] if suffix else STATEMENT_NAME
    )
    charge: Json = {
        "id": new_id("py_" if card.is_debit else "ch_"),
        "object": "charge",
        "amount": amount,
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": statement,
        "captured": False,
        "created": now(books),
        "currency": code,
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": dict(_APPROVED),
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": methods.on_charge(books, card, code, amount, asked=asked),
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": suffix,
        "status": "pending",
        "transfer_data": None,
        "transfer_group": None,
    }
    books.insert(charge)
    if status == "succeeded":
        return succeed(books, charge)
    if refusal is not None:
        return fail(books, charge, refusal)
    return charge


def succeed(books: Books, charge: Json) -> Json:
    """The money has come: mark the charge and enter it, less the fee, in the balance."""
    card = charge["payment_method_details"]["type"] == "card"
    entry = balance.book_charge(books, charge, card=card)
    charge.update(
        status="succeeded",
        paid=True,
        captured=True,
        amount_captured=charge["amount"],
        balance_transaction=entry["id"],
        outcome=dict(_APPROVED),
    )
    return books.save(charge)


def fail(books: Books, charge: Json, refusal: Refusal) -> Json:
    """The bank said no: mark the charge with why. It never touches the balance."""
    charge.update(
        status="failed",
        failure_code=refusal.code,
        failure_message=refusal.message,
        outcome={
            **_APPROVED,
            "network_status": "declined_by_network",
            "network_decline_code": "51" if refusal.reason == "insufficient_funds" else "05",
            "reason": refusal.reason,
            "seller_message": "The bank did not return any further details with this decline.",
            "type": "issuer_declined",
        },
    )
    return books.save(charge)
