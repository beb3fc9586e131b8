"""Checkout sessions: making, showing, expiring and completing them."""

from __future__ import annotations

import re
from typing import Any

from . import cards, currencies, events, intents, line_items, params
from .clock import now
from .errors import ApiError, no_such, not_offered
from .store import Books, Json, new_id

# fmt: off
LOCALES = (
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr",
    "fr-CA", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt",
    "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
)
# fmt: on
SHORTEST, LONGEST = 30 * 60, 24 * 3600
"""A session lives at least half an hour and at most a day (docs.stripe.com, Session.expires_at)."""


def _descriptor(value: Any, name: str) -> str:
    """A statement descriptor: at most 22 characters, one of them a letter, none of < > \\ ' " *."""
    word: str = params.text(22)(value, name)
    if not re.search(r"[^\W\d_]", word) or re.search(r"[<>\\'\"*]", word):
        raise ApiError(
            "Invalid statement descriptor: it needs a letter, and may not contain"
            " any of < > \\ ' \" *.",
            param=name,
        )
    return word


def _only(allowed: tuple[str, ...], others: tuple[str, ...], said: str) -> params.Rule:
    """One of `allowed`; of what Stripe takes besides, say that the stand-in does not offer it."""

    def rule(value: Any, name: str) -> str:
        word: str = params.one_of(*allowed, *others)(value, name)
        if word in others:
            raise not_offered(name, said)
        return word

    return rule


_INTENT_DATA = params.fields(
    {
        "description": params.text(1000),
        "metadata": params.metadata,
        "receipt_email": params.email,
        "statement_descriptor": _descriptor,
        "statement_descriptor_suffix": _descriptor,
        "capture_method": _only(
            ("automatic", "automatic_async"), ("manual",), "capturing a payment later"
        ),
    }
)
CREATE: dict[str, params.Rule] = {
    "mode": _only(("payment",), ("setup", "subscription"), "this mode, only payment"),
    "ui_mode": _only(
        ("hosted_page",), ("elements", "embedded_page"), "this ui_mode, only hosted_page"
    ),
    "line_items": params.list_of(line_items.LINE, 100),
    "success_url": params.url,
    "cancel_url": params.url,
    "client_reference_id": params.text(200),
    "currency": currencies.currency,
    "customer_creation": _only(("if_required",), ("always",), "customers"),
    "customer_email": params.email,
    "expires_at": params.integer(0),
    "locale": params.one_of(*LOCALES),
    "metadata": params.metadata,
    "payment_intent_data": _INTENT_DATA,
    "submit_type": params.one_of("auto", "book", "donate", "pay", "subscribe"),
    "expand": params.EXPAND,
}
LIST: dict[str, params.Rule] = {
    **params.PAGING,
    "payment_intent": params.text(),
    "status": params.one_of("complete", "expired", "open"),
}


def create(books: Books, told: Json, page: str) -> Json:
    """Keep a new open session from checked parameters. `page` is the address of the hosted page
    without the session's id.
    """
    for name in ("mode", "line_items", "success_url"):
        if not told.get(name):
            raise ApiError(f"Missing required param: {name}.", code="parameter_missing", param=name)
    lines, code, total = line_items.price(books, told)
    currencies.check_total(total, code)
    moment = now(books)
    expires_at = told.get("expires_at", moment + LONGEST)
    # A minute of grace on either side: the caller's clock and ours are not the same.
    if not moment + SHORTEST - 60 <= expires_at <= moment + LONGEST + 60:
        early = expires_at < moment + LONGEST
        limit = "at least 30 minutes" if early else "less than 24 hours"
        raise ApiError(
            f"The `expires_at` timestamp must be {limit} from Checkout Session creation.",
            param="expires_at",
        )
    session_id = new_id("cs_test_a1", 56)
    session = _body(session_id, told, code, total, moment, expires_at)
    session["url"] = page + session_id
    private = {"lines": lines, "intent_data": told.get("payment_intent_data", {})}
    books.insert(session, private)
    books.run("INSERT INTO due VALUES (?, 'session_expiry', ?)", (session_id, expires_at))
    return session


def _body(
    session_id: str, told: Json, code: str, total: int, created: int, expires_at: int
) -> Json:
    return {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": told.get("cancel_url"),
        "client_reference_id": told.get("client_reference_id"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": created,
        "currency": code,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_account": None,
        "customer_creation": "if_required",
        "customer_details": _customer(told.get("customer_email")),
        "customer_email": told.get("customer_email"),
        "discounts": [],
        "expires_at": expires_at,
        "integration_identifier": None,
        "invoice": None,
        "invoice_creation": None,
        "livemode": False,
        "locale": told.get("locale"),
        "metadata": told.get("metadata", {}),
        "mode": "payment",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card", *([cards.DEBITS[code]] if code in cards.DEBITS else [])],
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": told.get("submit_type"),
        "subscription": None,
        "success_url": told["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": None,
        "wallet_options": None,
    }


def _customer(email: str | None) -> Json | None:
    if not email:
        return None
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None,
    }


def find(books: Books, session_id: str) -> Json:
    """The session; ApiError 404 when there is none."""
    session = books.get("checkout.session", session_id)
    if session is None:
        raise no_such("checkout.session", session_id, "session")
    return session


def expire(books: Books, session: Json) -> Json:
    """Close an open session for good, and cancel the intent of a try that failed.

    Raises ApiError in Stripe's words when the session is complete or expired already.
    """
    if session["status"] != "open":
        raise ApiError(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session'
            f" has a status of `{session['status']}`.",
            executed=True,
        )
    if session["payment_intent"] is not None:
        intents.cancel(books, books.must("payment_intent", session["payment_intent"]))
    session.update(status="expired", url=None)
    books.save(session)
    books.run("DELETE FROM due WHERE object_id = ?", (session["id"],))
    events.emit(books, "checkout.session.expired", session)
    return session


def complete(books: Books, session: Json, *, paid: bool, email: str | None) -> Json:
    """The donor is done: paid now, or unpaid with a debit under way."""
    session.update(
        status="complete",
        payment_status="paid" if paid else "unpaid",
        customer_details=_customer(email or session["customer_email"]),
        url=None,
    )
    books.save(session)
    books.run("DELETE FROM due WHERE object_id = ?", (session["id"],))
    events.emit(books, "checkout.session.completed", session)
    return session
