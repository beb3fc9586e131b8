"""A stand-in that has seen every kind of payment, so that there is one of everything to check."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from tests.processor import Processor

CARDS = (
    "4242424242424242",
    "4000000000000002",
    "4000000000009995",
    "4000002500003155",
    "debit_succeeds",
    "debit_fails",
)


@pytest.fixture(scope="session")
def seen() -> Iterator[Processor]:
    """A processor with a session of each card in three currencies, settled and expired."""
    with Processor() as processor:
        client = stripe.StripeClient(processor.key, base_addresses={"api": processor.url})
        for currency in ("eur", "usd", "gbp"):
            for card in CARDS:
                session = client.v1.checkout.sessions.create(
                    {
                        "mode": "payment",
                        "success_url": "http://127.0.0.1:9/paid?session={CHECKOUT_SESSION_ID}",
                        "cancel_url": "http://127.0.0.1:9/cancelled",
                        "locale": "ru",
                        "submit_type": "donate",
                        "line_items": [
                            {
                                "quantity": 2,
                                "price_data": {
                                    "currency": currency,
                                    "unit_amount": 500,
                                    "product_data": {"name": "Donation"},
                                },
                            }
                        ],
                    }
                )
                approve = currency == "eur" if card == "4000002500003155" else None
                processor.pay(session.id, card, email="donor@example.org", approve=approve)
        processor.advance(6 * 86_400)
        for listing in (
            client.v1.checkout.sessions,
            client.v1.payment_intents,
            client.v1.charges,
            client.v1.balance_transactions,
            client.v1.events,
        ):
            listing.list({"limit": 100})
        client.v1.balance.retrieve()
        yield processor


@pytest.fixture
def objects(seen: Processor) -> dict[str, dict[str, Any]]:
    """One of each kind of object that the stand-in gave out, free to spoil."""
    found: dict[str, dict[str, Any]] = {}
    for exchange in seen.requests():
        body = exchange["body"]
        for one in body["data"] if body["object"] == "list" else [body]:
            found[one["object"]] = copy.deepcopy(one)
    return found
