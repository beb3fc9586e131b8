"""Balance transactions and the balance: what each payment brought after the stand-in's fee."""

from __future__ import annotations

from collections import defaultdict

from . import currencies
from .clock import now
from .store import Books, Json, new_id

DAYS_UNTIL_AVAILABLE = 2
DAY = 86_400


def book_charge(books: Books, charge: Json, *, card: bool) -> Json:
    """Enter a succeeded charge: its amount, the fee and what is left, in the charge's currency."""
    amount, code = int(charge["amount"]), str(charge["currency"])
    fee = currencies.fee(amount, code, card=card)
    moment = now(books)
    return books.insert(
        {
            "id": new_id("txn_"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": moment + DAYS_UNTIL_AVAILABLE * DAY,
            "balance_type": "payments",
            "created": moment,
            "currency": code,
            "description": charge["description"],
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [
                {
                    "amount": fee,
                    "application": None,
                    "currency": code,
                    "description": "Stripe processing fees",
                    "type": "stripe_fee",
                }
            ],
            "net": amount - fee,
            "reporting_category": "charge",
            "source": charge["id"],
            "status": "pending",
            "type": "charge" if card else "payment",
        }
    )


def shown(books: Books, transaction: Json) -> Json:
    """The transaction as of now: `available` once the clock has passed its day."""
    there = now(books) >= transaction["available_on"]
    return {**transaction, "status": "available" if there else "pending"}


def balance(books: Books) -> Json:
    """The balance object: sums of nets per currency and kind of source."""
    sums: dict[str, dict[str, dict[str, int]]] = {
        "available": defaultdict(lambda: defaultdict(int)),
        "pending": defaultdict(lambda: defaultdict(int)),
    }
    for kept in books.all("balance_transaction"):
        transaction = shown(books, kept)
        source = "card" if transaction["type"] == "charge" else "bank_account"
        sums[transaction["status"]][transaction["currency"]][source] += transaction["net"]
    return {
        "object": "balance",
        "livemode": False,
        **{
            state: [
                {"amount": sum(by.values()), "currency": code, "source_types": dict(by)}
                for code, by in sorted(per_currency.items())
            ]
            for state, per_currency in sums.items()
        },
    }
