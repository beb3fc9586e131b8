"""Payment methods: the card or account that a donor used, as PaymentMethod and on a charge."""

from __future__ import annotations

import time

from .cards import DEBITS, Card, Outcome
from .clock import now
from .store import Books, Json, new_id

_NO_ADDRESS = {
    "city": None,
    "country": None,
    "line1": None,
    "line2": None,
    "postal_code": None,
    "state": None,
}
_CHECKS = {
    "address_line1_check": None,
    "address_postal_code_check": None,
    "cvc_check": "pass",
}


def billing_details(email: str | None) -> Json:
    """Who pays: the stand-in's page asks for nothing but an e-mail address."""
    return {
        "address": dict(_NO_ADDRESS),
        "email": email,
        "name": None,
        "phone": None,
        "tax_id": None,
    }


def kind_of(card: Card, currency: str) -> str:
    """The payment method type: `card`, or the debit of the currency."""
    return DEBITS[currency] if card.is_debit else "card"


def create(books: Books, card: Card, currency: str, email: str | None) -> Json:
    """Keep a PaymentMethod for this attempt; each attempt has its own, as in Checkout."""
    kind = kind_of(card, currency)
    moment = now(books)
    return books.insert(
        {
            "id": new_id("pm_"),
            "object": "payment_method",
            "allow_redisplay": "limited",
            "billing_details": billing_details(email),
            "created": moment,
            "customer": None,
            "customer_account": None,
            "livemode": False,
            "metadata": {},
            "type": kind,
            kind: _card(card) if kind == "card" else _account(card, kind),
        }
    )


def on_charge(books: Books, card: Card, currency: str, amount: int, *, asked: bool) -> Json:
    """`payment_method_details` of a charge; `asked` when the donor had to authenticate."""
    kind = kind_of(card, currency)
    if kind != "card":
        debited_on = time.strftime("%Y-%m-%d", time.gmtime(now(books)))
        return {
            "type": kind,
            kind: {**_account(card, kind), "mandate": None, "expected_debit_date": debited_on}
            if kind != "us_bank_account"
            else {**_account(card, kind), "payment_reference": None},
        }
    secure = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }
    return {
        "type": "card",
        "card": {
            "amount_authorized": amount,
            "authorization_code": None,
            "brand": "visa",
            "checks": dict(_CHECKS),
            "country": "US",
            "exp_month": 12,
            "exp_year": 2034,
            "extended_authorization": {"status": "disabled"},
            "fingerprint": "standin" + card.last4,
            "funding": "credit",
            "incremental_authorization": {"status": "unavailable"},
            "installments": None,
            "last4": card.last4,
            "mandate": None,
            "multicapture": {"status": "unavailable"},
            "network": "visa",
            "network_token": {"used": False},
            "network_transaction_id": None,
            "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
            "regulated_status": "unregulated",
            "three_d_secure": secure if asked else None,
            "wallet": None,
        },
    }


def _card(card: Card) -> Json:
    return {
        "brand": "visa",
        "checks": dict(_CHECKS),
        "country": "US",
        "display_brand": "visa",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": "standin" + card.last4,
        "funding": "credit",
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": ["visa"], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": card.outcome is Outcome.ASKS},
        "wallet": None,
    }


def _account(card: Card, kind: str) -> Json:
    common = {"fingerprint": "standin" + card.last4, "last4": card.last4}
    if kind == "us_bank_account":
        return {
            **common,
            "account_holder_type": "individual",
            "account_type": "checking",
            "bank_name": "STAND-IN BANK",
            "routing_number": "110000000",
        }
    if kind == "bacs_debit":
        return {**common, "sort_code": "108800"}
    return {**common, "bank_code": "37040044", "branch_code": "", "country": "DE"}
