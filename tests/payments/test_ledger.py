"""The journal: balanced, append-only, each cause booked once."""

import pytest
import sqlalchemy as sa
from flask import Flask

from core.database import transaction
from core.money import Money
from payments.gateway import Settlement
from payments.models import Account, Payment
from payments.services import ledger
from payments.services.ledger import Leg, Unbalanced, post
from tests.giving import apply, at_once, begin, execute, rows, snapshot

EUR5 = Money(500, "EUR")


def book(source: str = "1", legs: list[Leg] | None = None) -> bool:
    return post(
        source_type="test",
        source_id=source,
        kind="received",
        gateway="stripe",
        legs=legs or [Leg(Account.CLEARING, EUR5), Leg(Account.DONATION_INCOME, -EUR5)],
    )


def test_an_unbalanced_entry_is_refused(app: Flask) -> None:
    for other in (None, Money(-499, "EUR"), Money(-500, "USD")):
        legs = [Leg(Account.CLEARING, EUR5)]
        if other is not None:
            legs.append(Leg(Account.DONATION_INCOME, other))
        with app.app_context(), pytest.raises(Unbalanced), transaction():
            book(legs=legs)
    assert rows(app, "SELECT count(*) FROM journal_entry") == [(0,)]


def test_the_database_refuses_an_unbalanced_entry_made_by_hand(app: Flask) -> None:
    by_hand = (
        "WITH entry AS (INSERT INTO journal_entry (source_type, source_id, kind, gateway, booked_at)"
        " VALUES ('hand', '1', 'x', 'stripe', now()) RETURNING id)"
        " INSERT INTO journal_line (entry_id, account, amount_minor, currency)"
        " SELECT entry.id, v.* FROM entry, (VALUES {}) AS v"
    )
    for values in (
        "('clearing', 500, 'EUR')",
        "('clearing', 500, 'EUR'), ('donation_income', -499, 'EUR')",
        "('clearing', 500, 'EUR'), ('donation_income', -500, 'USD')",
    ):
        with pytest.raises(sa.exc.IntegrityError, match="does not sum to zero"):
            execute(app, by_hand.format(values))
    execute(app, by_hand.format("('clearing', 5, 'EUR'), ('suspense', -5, 'EUR')"))
    with pytest.raises(sa.exc.IntegrityError, match="does not sum to zero"):
        execute(
            app,
            "INSERT INTO journal_line (entry_id, account, amount_minor, currency)"
            " SELECT id, 'bank', 1, 'EUR' FROM journal_entry",
        )


def test_the_journal_is_append_only(app: Flask) -> None:
    with app.app_context(), transaction():
        book()
    for table in ("journal_entry", "journal_line"):
        for statement in (
            "UPDATE {} SET id = DEFAULT",
            "UPDATE {} SET entry_id = 9" if table == "journal_line" else "UPDATE {} SET kind = ''",
            "DELETE FROM {}",
            "TRUNCATE {} CASCADE",
        ):
            with pytest.raises(sa.exc.DBAPIError, match="append-only"):
                execute(app, statement.format(table))


def test_a_cause_is_booked_once_by_however_many(app: Flask) -> None:
    booked: list[bool] = []

    def work(_number: int) -> None:
        with transaction():
            booked.append(book())

    at_once(app, 6, work)
    assert sorted(booked) == [False] * 5 + [True]
    with app.app_context():
        assert ledger.balances() == {("clearing", "EUR"): 500, ("donation_income", "EUR"): -500}


def test_a_line_of_nothing_is_left_out(app: Flask) -> None:
    with app.app_context(), transaction():
        assert book(
            legs=[Leg(Account.FEES, Money(0, "EUR")), Leg(Account.CLEARING, Money(0, "EUR"))]
        )
    assert rows(app, "SELECT count(*) FROM journal_line") == [(0,)]


def settled(gross: Money, fee: Money) -> Settlement:
    return Settlement(ref="txn_1", gross=gross, fee=fee, net=gross - fee)


def test_a_settlement_books_the_fee(app: Flask) -> None:
    attempt_id = begin(app)
    apply(app, attempt_id, snapshot(attempt_id))
    shown = snapshot(attempt_id, settlement=settled(Money(1999, "EUR"), Money(55, "EUR")))
    for _ in range(2):
        apply(app, attempt_id, shown)
    with app.app_context():
        assert ledger.balances() == {
            ("clearing", "EUR"): 1944,
            ("donation_income", "EUR"): -1999,
            ("fees", "EUR"): 55,
        }


def test_a_settlement_in_another_currency_sums_to_zero_in_each(app: Flask) -> None:
    attempt_id = begin(app)
    shown = snapshot(attempt_id, settlement=settled(Money(2170, "USD"), Money(93, "USD")))
    apply(app, attempt_id, shown)
    with app.app_context():
        found = ledger.balances()
    assert found == {
        ("clearing", "EUR"): 0,
        ("donation_income", "EUR"): -1999,
        ("exchange", "EUR"): 1999,
        ("clearing", "USD"): 2077,
        ("exchange", "USD"): -2170,
        ("fees", "USD"): 93,
    }
    for currency in ("EUR", "USD"):
        assert sum(minor for (_, code), minor in found.items() if code == currency) == 0


def test_an_empty_journal_has_no_balances(app: Flask) -> None:
    with app.app_context():
        assert ledger.balances() == {}


@pytest.mark.parametrize(
    ("gross", "fee", "net", "fits"),
    [
        (("EUR", 1999), 55, 1944, True),
        (("EUR", 1998), 55, 1943, False),
        (("EUR", 1999), 55, 1999, False),
        (("USD", 2110), 60, 2050, True),
    ],
)
def test_a_settlement_must_fit_its_payment(
    gross: tuple[str, int], fee: int, net: int, fits: bool
) -> None:
    currency, minor = gross
    settlement = Settlement(
        "txn_1", Money(minor, currency), Money(fee, currency), Money(net, currency)
    )
    payment = Payment(amount_minor=1999, currency="EUR")
    assert ledger.fits(payment, settlement) is fits
