"""Our minor units and Stripe's: the same but for the currencies that Stripe treats specially.

Source: Stripe's documentation, "Supported currencies", zero-decimal and special cases (November 2026).
"""

from core.money import Money
from payments.errors import InvalidRequest

#: Zero-decimal by CLDR, but Stripe takes them with two decimals that must be 00.
_TWO_DECIMALS_THERE = frozenset({"ISK", "UGX"})
#: Three decimals, the last of which must be 0.
_ENDS_IN_ZERO = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def to_stripe(money: Money) -> int:
    """The integer Stripe expects for `money`. Raises InvalidRequest for what it cannot charge."""
    if money.currency in _TWO_DECIMALS_THERE:
        return money.minor * 100
    if money.currency in _ENDS_IN_ZERO and money.minor % 10:
        raise InvalidRequest(f"{money.currency} amounts must end in 0")
    return money.minor


def from_stripe(amount: int, currency: str) -> Money:
    """Money of Stripe's integer and lower-case currency code."""
    code = currency.upper()
    if code in _TWO_DECIMALS_THERE:
        whole, rest = divmod(amount, 100)
        if rest:
            raise InvalidRequest(f"{code} came with decimals")
        return Money(whole, code)
    return Money(amount, code)
