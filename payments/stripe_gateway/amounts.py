"""Our minor units and Stripe's, for the currencies in which we know both. All others are refused.

CLDR (ours) and Stripe disagree on some currencies: CLDR gives the Serbian dinar no decimals, Stripe
two. Taking one for the other is wrong by a factor of a hundred, so only what is listed is charged.
Source: Stripe's documentation, "Supported currencies": zero-decimal currencies, special cases,
minimum and maximum charge amounts (November 2026).
"""

from core.money import Money, exponent
from payments.errors import InvalidRequest

_TWO_DECIMALS = frozenset(
    [
        "AED",
        "AUD",
        "BRL",
        "CAD",
        "CHF",
        "CZK",
        "DKK",
        "EUR",
        "GBP",
        "GEL",
        "HKD",
        "HUF",
        "ILS",
        "INR",
        "KZT",
        "MXN",
        "MYR",
        "NOK",
        "NZD",
        "PLN",
        "RON",
        "RUB",
        "SEK",
        "SGD",
        "THB",
        "TRY",
        "UAH",
        "USD",
        "ZAR",
    ]
)
_NO_DECIMALS = frozenset(["CLP", "JPY", "KRW", "PYG", "VND"])
#: No decimals by CLDR, but Stripe takes them with two that must be 00.
_TWO_DECIMALS_THERE = frozenset({"ISK", "UGX"})
#: Stripe takes at most eight digits.
_MOST = 99_999_999
#: Least charge in Stripe's units, where Stripe names one.
_LEAST = {
    "AED": 200, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50,
    "GBP": 30, "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300,
    "NZD": 50, "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip


def to_stripe(money: Money) -> int:
    """The integer Stripe expects for `money`. Raises InvalidRequest for what it cannot charge."""
    code = money.currency
    if code in _TWO_DECIMALS_THERE and exponent(code) == 0:
        amount = money.minor * 100
    elif (code in _TWO_DECIMALS and exponent(code) == 2) or (
        code in _NO_DECIMALS and exponent(code) == 0
    ):
        amount = money.minor
    else:
        raise InvalidRequest(f"{code} is not among the currencies known to be right")
    if not _LEAST.get(code, 1) <= amount <= _MOST:
        raise InvalidRequest(f"{money.plain()} {code} is outside what Stripe charges")
    return amount


def from_stripe(amount: int, currency: str) -> Money:
    """Money of Stripe's integer and lower-case currency code."""
    code = currency.upper()
    if code in _TWO_DECIMALS_THERE:
        whole, rest = divmod(amount, 100)
        if rest:
            raise InvalidRequest(f"{code} came with decimals")
        return Money(whole, code)
    if code not in _TWO_DECIMALS | _NO_DECIMALS:
        raise InvalidRequest(f"{code} is not among the currencies known to be right")
    return Money(amount, code)
