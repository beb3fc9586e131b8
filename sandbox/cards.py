"""The cards and accounts that the hosted page takes; nothing else is a card here.

Card numbers and IBANs are those of Stripe's own test mode (docs.stripe.com/testing).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

DEBITS = {"eur": "sepa_debit", "gbp": "bacs_debit", "usd": "us_bank_account"}
"""Which delayed debit exists for a currency; others have none."""


class Outcome(StrEnum):
    """What becomes of a payment with this card or account."""

    SUCCEEDS = "succeeds"
    DECLINED = "declined"
    ASKS = "asks"
    SUCCEEDS_LATER = "succeeds_later"
    FAILS_LATER = "fails_later"


@dataclass(frozen=True)
class Refusal:
    """Why a charge failed, in Stripe's codes and words."""

    code: str
    decline_code: str | None
    message: str
    reason: str


@dataclass(frozen=True)
class Card:
    """One listed card or account. `label` names its line on the page."""

    number: str
    label: str
    outcome: Outcome
    refusal: Refusal | None = None

    @property
    def is_debit(self) -> bool:
        """True for a bank account, whose money arrives days later or not at all."""
        return self.outcome in (Outcome.SUCCEEDS_LATER, Outcome.FAILS_LATER)

    @property
    def last4(self) -> str:
        """The last four signs of the number."""
        return self.number[-4:]


CARDS = (
    Card("4242424242424242", "succeeds", Outcome.SUCCEEDS),
    Card(
        "4000000000000002",
        "declined",
        Outcome.DECLINED,
        Refusal("card_declined", "generic_decline", "Your card was declined.", "generic_decline"),
    ),
    Card(
        "4000000000009995",
        "insufficient",
        Outcome.DECLINED,
        Refusal(
            "card_declined",
            "insufficient_funds",
            "Your card has insufficient funds.",
            "insufficient_funds",
        ),
    ),
    Card("4000002500003155", "asks", Outcome.ASKS),
    Card("DE89370400440532013000", "debit_succeeds", Outcome.SUCCEEDS_LATER),
    Card(
        "DE62370400440532013001",
        "debit_fails",
        Outcome.FAILS_LATER,
        Refusal(
            "insufficient_funds",
            None,
            "The customer's account has insufficient funds to cover this payment.",
            "insufficient_funds",
        ),
    ),
)
REFUSED_AUTHENTICATION = Refusal(
    "payment_intent_authentication_failure",
    None,
    "We are unable to authenticate your payment method. Please choose a different payment method"
    " and try again.",
    "authentication_failed",
)


class UnknownCard(Exception):
    """The number is not one of the listed ones."""


class NoDebitInCurrency(Exception):
    """Bank debits exist only for the currencies in DEBITS."""


def find(number: str, currency: str) -> Card:
    """The listed card with this number, whatever spaces or hyphens are in it, or with this label.

    Raises UnknownCard, or NoDebitInCurrency for a bank account where there is no debit.
    """
    plain = re.sub(r"[\s\-\u00a0]", "", number).upper()
    for card in CARDS:
        if plain in (card.number, card.label.upper()):
            if card.is_debit and currency not in DEBITS:
                raise NoDebitInCurrency
            return card
    raise UnknownCard


def listed(currency: str) -> list[Card]:
    """The cards and accounts that can be tried in this currency."""
    return [card for card in CARDS if not card.is_debit or currency in DEBITS]
