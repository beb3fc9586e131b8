"""Money: whole minor units, one currency, and reading what people type."""

import re
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.money import MAX_MINOR, AmountError, CurrencyMismatch, Money, exponent, parse_amount

CURRENCIES = ("EUR", "USD", "GBP", "RUB", "JPY")
MONEY = st.builds(Money, st.integers(0, MAX_MINOR), st.sampled_from(CURRENCIES))
ODD = st.text(st.sampled_from("0123456789.,-+eE '’\u00a0\u202f٣३１∞NaInf_x"), max_size=12)


@given(MONEY, st.sampled_from(["en", "ru"]))
@example(Money(123450, "EUR"), "ru")
@example(Money(1234, "JPY"), "en")
def test_what_is_shown_can_be_typed(money: Money, locale: str) -> None:
    shown = money.format(locale)
    without_symbol = re.sub(r"[^0-9.,\u00a0 ]", "", shown)
    assert parse_amount(without_symbol, money.currency) == money


@given(MONEY)
def test_the_plain_form_can_be_typed(money: Money) -> None:
    assert parse_amount(money.plain(), money.currency) == money
    assert parse_amount(money.plain().replace(".", ","), money.currency) == money


def _parsed(text: str, currency: str) -> Money | None:
    try:
        return parse_amount(text, currency)
    except AmountError:
        return None


@settings(max_examples=300)
@given(st.one_of(ODD, st.text(max_size=8)), st.sampled_from([*CURRENCIES, "KWD"]))
@example("1e5", "EUR")
@example("-1", "EUR")
@example("٣", "EUR")
@example("１２", "EUR")
@example("NaN", "EUR")
@example("5\n", "EUR")
def test_nothing_but_ascii_digits_and_separators_is_taken(text: str, currency: str) -> None:
    money = _parsed(text, currency)
    if money is None:
        return
    assert re.fullmatch(r"[0-9., \t\u00a0\u202f\u2009\u2007'’]+", text)
    typed = int(re.sub("[^0-9]", "", text))
    assert money.minor in {typed * 10**n for n in range(exponent(currency) + 1)}
    assert 0 <= money.minor <= MAX_MINOR


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12,50", "EUR", 1250),
        ("12.5", "EUR", 1250),
        ("1 234,50", "EUR", 123450),
        ("1\u00a0234\u00a0567,5", "RUB", 123456750),
        ("1,234.50", "USD", 123450),
        ("1.234,50", "EUR", 123450),
        ("1,234,567", "USD", 123456700),
        ("1’234.50", "EUR", 123450),
        ("1,234", "JPY", 1234),
        ("1.234", "JPY", 1234),
        ("1.234", "KWD", 1234),
        ("0.01", "EUR", 1),
        (" 5 ", "EUR", 500),
    ],
)
def test_amounts_as_people_type_them(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency", "reason"),
    [
        ("1,234", "EUR", "ambiguous"),
        ("1.234", "RUB", "ambiguous"),
        ("1,234,50", "EUR", "not_a_number"),
        ("1.234.56", "EUR", "not_a_number"),
        ("12 34", "EUR", "not_a_number"),
        ("1,2345", "EUR", "decimals"),
        ("12.345", "EUR", "ambiguous"),
        ("1234.567", "EUR", "decimals"),
        ("5.5", "JPY", "decimals"),
        ("-5", "EUR", "not_a_number"),
        ("+5", "EUR", "not_a_number"),
        ("1e2", "EUR", "not_a_number"),
        ("٣", "EUR", "not_a_number"),
        ("NaN", "EUR", "not_a_number"),
        ("inf", "EUR", "not_a_number"),
        ("0x10", "EUR", "not_a_number"),
        ("1_000", "EUR", "not_a_number"),
        ("", "EUR", "not_a_number"),
        (".5", "EUR", "not_a_number"),
        ("5.", "EUR", "not_a_number"),
        ("10000000000.01", "EUR", "too_large"),
        ("9" * 40, "EUR", "too_large"),
    ],
)
def test_amounts_that_are_refused(text: str, currency: str, reason: str) -> None:
    with pytest.raises(AmountError) as refused:
        parse_amount(text, currency)
    assert refused.value.reason == reason


@given(MONEY, MONEY)
def test_arithmetic_stays_in_one_currency(one: Money, other: Money) -> None:
    if one.currency == other.currency:
        assert (one + other) - other == one
        assert (one < other) is (one.minor < other.minor)
        assert (one >= other) is (one.minor >= other.minor)
        return
    for mix in (
        lambda: one + other,
        lambda: one - other,
        lambda: one < other,
        lambda: one <= other,
        lambda: one > other,
        lambda: one >= other,
    ):
        with pytest.raises(CurrencyMismatch):
            mix()
    assert one != other


@pytest.mark.parametrize("minor", [19.99, 1.0, True, "5", Decimal(5), None])
def test_only_whole_minor_units(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, "EUR")  # type: ignore[arg-type]  # the mistake under test


@pytest.mark.parametrize("currency", ["eur", "EURO", "", "€", "ЕUR"])
def test_only_iso_codes(currency: str) -> None:
    with pytest.raises(ValueError, match="capital letters"):
        Money(1, currency)


def test_major_units_are_exact() -> None:
    assert Money(1999, "EUR").major == Decimal("19.99")
    assert Money(-5, "USD").plain() == "-0.05"
    assert Money(500, "JPY").plain() == "500"
    assert -Money(5, "EUR") == Money(-5, "EUR")
