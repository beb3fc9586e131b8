"""Amounts of money: whole minor units of one currency. No floats, no mixing.

Exponents (how many decimals a currency has) come from CLDR's currency data, as Babel carries it.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency as _babel_format
from babel.numbers import get_currency_precision

#: PostgreSQL's bigint is larger; this keeps sums of millions of gifts far from its end.
MAX_MINOR = 10**12

_SPACES = " \u00a0\u202f\u2009\u2007'’"
_PLAIN = re.compile(r"[0-9]+(?:[.,][0-9]+)?\Z")
_GROUPED = re.compile(
    r"([0-9]{1,3}(?:(?P<sep>[.,])[0-9]{3})(?:(?P=sep)[0-9]{3})*)(?P<tail>[.,][0-9]+)?\Z"
)
_SPACED = re.compile(rf"[0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+(?:[.,][0-9]+)?\Z")


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met."""


class AmountError(ValueError):
    """Text that is no amount. `reason`: `not_a_number`, `decimals`, `ambiguous` or `too_large`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@lru_cache(maxsize=256)
def exponent(currency: str) -> int:
    """Decimals of a currency by CLDR: 2 for EUR, 0 for JPY, 3 for KWD."""
    return int(get_currency_precision(currency))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` whole minor units (cents; whole yen) of `currency` (ISO 4217, upper case)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("Money takes whole minor units")
        if not re.fullmatch(r"[A-Z]{3}", self.currency):
            raise ValueError("a currency is three capital letters")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other).minor

    def _same(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other

    @property
    def major(self) -> Decimal:
        """The amount in major units, exact: Decimal('19.99')."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def plain(self) -> str:
        """For machines: `19.99`, `500`; a dot, no grouping, all decimals of the currency."""
        return f"{self.major:.{exponent(self.currency)}f}"

    def format(self, locale: str, *, short: bool = False) -> str:
        """For people: `€19.99` in `en`, `19,99 €` in `ru` with no-break spaces. By CLDR.

        `short` leaves the decimals of a whole amount away: `€15`.
        """
        return _formatted(self.minor, self.currency, locale, short)


@lru_cache(maxsize=4096)
def _formatted(minor: int, currency: str, locale: str, short: bool) -> str:
    major = Money(minor, currency).major
    digits = exponent(currency)
    if short and digits and minor % 10**digits == 0:
        pattern = Locale.parse(locale).currency_formats["standard"].pattern
        text = _babel_format(
            major,
            currency,
            format=re.sub(r"\.0+", "", pattern),
            currency_digits=False,
            locale=locale,
        )
    else:
        text = _babel_format(major, currency, locale=locale)
    # Babel leaves out CLDR's rule that a code in letters stands apart: RUB 1,500.
    text = re.sub(r"(?<=[A-Z]{3})(?=[0-9])", "\u00a0", text)
    return text.replace("\u202f", "\u00a0")


def parse_amount(text: str, currency: str) -> Money:
    """Read an amount as people type it: `12,50`, `12.50`, `1 234,50`, `1,234.50`, `500`.

    Only ASCII digits, no sign, no exponent. `1,234` in a currency with decimals is refused as
    ambiguous rather than guessed. Raises AmountError.
    """
    text = text.strip(_SPACES + "\t")
    decimals = exponent(currency)
    if _SPACED.match(text):
        text = re.sub(f"[{_SPACES}]", "", text)
    grouped = _GROUPED.match(text)
    if grouped and (grouped["tail"] or text.count(grouped["sep"]) > 1 or decimals == 0):
        if grouped["tail"] and grouped["tail"][0] == grouped["sep"]:
            raise AmountError("not_a_number")
        whole = text[: grouped.end(1)].replace(grouped["sep"], "")
        text = whole + (grouped["tail"] or "")
    elif grouped and decimals != 3:
        raise AmountError("ambiguous")
    if not _PLAIN.match(text):
        raise AmountError("not_a_number")
    whole, _, fraction = text.replace(",", ".").partition(".")
    if len(fraction) > decimals:
        raise AmountError("decimals")
    if len(whole) > 13:
        raise AmountError("too_large")
    minor = int(whole) * 10**decimals + int(fraction.ljust(decimals, "0") or "0")
    if minor > MAX_MINOR:
        raise AmountError("too_large")
    return Money(minor, currency)
