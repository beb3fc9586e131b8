"""Currencies: smallest amounts, odd minor units and the stand-in's fees. Integers only.

Amounts are in the currency's smallest unit as Stripe counts it (docs.stripe.com/currencies):
JPY and KRW have none below one; ISK and UGX are written with two decimals that must be 00;
three-decimal currencies end in 0. Stripe publishes minimums for some currencies; those marked
"about" are the stand-in's own, near 0.50 USD.
"""

from __future__ import annotations

from dataclasses import dataclass

from .errors import ApiError

MOST = 99_999_999
"""Stripe takes at most eight digits."""

CARD_BASIS_POINTS = 150


@dataclass(frozen=True)
class Currency:
    """Smallest charge and the fixed part of the fee in minor units; digits for writing it down."""

    minimum: int
    fixed_fee: int
    digits: int = 2
    multiple_of: int = 1


CURRENCIES: dict[str, Currency] = {
    "aed": Currency(200, 100),
    "amd": Currency(20_000, 10_000),  # about
    "aud": Currency(50, 30),
    "bgn": Currency(100, 50),
    "brl": Currency(50, 39),
    "cad": Currency(50, 30),
    "chf": Currency(50, 30),
    "czk": Currency(1500, 650),
    "dkk": Currency(250, 180),
    "eur": Currency(50, 25),
    "gbp": Currency(30, 20),
    "gel": Currency(150, 70),  # about
    "hkd": Currency(400, 235),
    "huf": Currency(17_500, 8_500),
    "ils": Currency(200, 100),  # about
    "inr": Currency(50, 200),
    "isk": Currency(10_000, 3_500, 0, 100),  # about; whole hundreds
    "jpy": Currency(50, 40, 0),
    "krw": Currency(700, 350, 0),  # about
    "kwd": Currency(160, 80, 3, 10),  # about; ends in 0
    "kzt": Currency(25_000, 12_000),  # about
    "mxn": Currency(1000, 300),
    "nok": Currency(300, 200),
    "nzd": Currency(50, 30),
    "pln": Currency(200, 100),
    "ron": Currency(200, 100),
    "rsd": Currency(6_000, 3_000),  # about
    "rub": Currency(5_000, 2_500),  # about
    "sek": Currency(300, 180),
    "sgd": Currency(50, 50),
    "try": Currency(2_000, 900),  # about
    "uah": Currency(2_200, 1_000),  # about
    "ugx": Currency(190_000, 90_000, 0, 100),  # about; whole hundreds
    "usd": Currency(50, 30),
    "zar": Currency(900, 400),  # about
}


def currency(value: object, name: str) -> str:
    """A parameter rule: a currency that the stand-in knows, in lower case as Stripe answers."""
    code = str(value).lower()
    if code not in CURRENCIES:
        raise ApiError(
            f"Invalid currency: {value}. The stand-in supports these currencies: "
            + ", ".join(CURRENCIES),
            param=name,
        )
    return code


def check_total(amount: int, code: str) -> None:
    """Raise ApiError unless a checkout may ask for `amount` minor units."""
    known = CURRENCIES[code]
    if amount < known.minimum:
        raise ApiError(
            "The Checkout Session's total amount due must add up to at least"
            f" {written(known.minimum, code)}",
            code="amount_too_small",
        )
    if amount > MOST:
        raise ApiError(
            f"The Checkout Session's total amount due must be no more than {written(MOST, code)}",
            code="amount_too_large",
        )
    if amount % known.multiple_of:
        raise ApiError(
            f"Invalid amount: {code.upper()} amounts must be divisible by {known.multiple_of}.",
            code="invalid_charge_amount",
        )


def fee(amount: int, code: str, *, card: bool) -> int:
    """The stand-in's fee in minor units: a card costs 1.5 % (half a unit rounds up) and a fixed
    part, a bank debit the fixed part only.
    """
    percent = (amount * CARD_BASIS_POINTS + 5_000) // 10_000 if card else 0
    known = CURRENCIES[code]
    total = percent + known.fixed_fee
    # A fee obeys the currency's odd units too, upwards, or the net would not be payable.
    return -(-total // known.multiple_of) * known.multiple_of


def written(amount: int, code: str) -> str:
    """An amount for people, as `12.30 EUR`."""
    known = CURRENCIES[code]
    if known.digits == 0:
        # ISK and UGX are counted in hundredths that are never used.
        return f"{amount // known.multiple_of:,} {code.upper()}"
    whole, part = divmod(amount, 10**known.digits)
    return f"{whole:,}.{part:0{known.digits}d} {code.upper()}"
