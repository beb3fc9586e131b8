"""What an attempt becomes when the processor shows this or that, in any order."""

import threading
import uuid
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from core.database import db, transaction
from core.money import Money
from payments.errors import AlreadyPaid
from payments.gateway import CheckoutHandle, CheckoutStatus
from payments.models import PaymentAttempt
from payments.services import attempts, ledger
from tests.giving import apply, begin, execute, rows, snapshot, state_of

OPEN, PROCESSING, PAID = CheckoutStatus.OPEN, CheckoutStatus.PROCESSING, CheckoutStatus.PAID
FAILED, EXPIRED = CheckoutStatus.FAILED, CheckoutStatus.EXPIRED


def balances(app: Flask) -> dict[tuple[str, str], int]:
    with app.app_context():
        return ledger.balances()


def mails(app: Flask) -> list[tuple[str, ...]]:
    return rows(app, "SELECT kind FROM mail_message ORDER BY kind")


@pytest.mark.parametrize(
    "received", [Money(1998, "EUR"), Money(1999, "USD"), Money(2000, "EUR")], ids=str
)
def test_money_that_was_not_asked_for_is_kept_and_fulfils_nothing(
    app: Flask, received: Money
) -> None:
    attempt_id = begin(app, email="vera@example.org")
    for _ in range(2):
        state = apply(app, attempt_id, snapshot(attempt_id, received=received))
        assert state == "needs_review"
    assert balances(app) == {
        ("clearing", received.currency): received.minor,
        ("suspense", received.currency): -received.minor,
    }
    assert mails(app) == []
    # Nor does an end without money let it slip out of sight.
    assert apply(app, attempt_id, snapshot(attempt_id, EXPIRED)) == "needs_review"


def test_a_success_stays_whatever_comes_later(app: Flask) -> None:
    attempt_id = begin(app, email="vera@example.org")
    for status in (PAID, EXPIRED, FAILED, PROCESSING, OPEN, PAID):
        assert apply(app, attempt_id, snapshot(attempt_id, status)) == "succeeded"
    assert balances(app)["donation_income", "EUR"] == -1999
    assert mails(app) == [("donation_receipt",)]


def test_an_end_that_is_read_while_a_success_is_written_gives_way(app: Flask) -> None:
    """Two jobs at once: one was shown the payment, the other, a little earlier, the expiry."""
    attempt_id = begin(app, email="vera@example.org")
    ended: list[str] = []
    thread = threading.Thread(
        target=lambda: ended.append(apply(app, attempt_id, snapshot(attempt_id, EXPIRED)))
    )
    with app.app_context(), transaction() as session:
        attempts.apply_snapshot(session.get_one(PaymentAttempt, attempt_id), snapshot(attempt_id))
        session.flush()
        thread.start()
        thread.join(0.3)
        assert thread.is_alive(), "it waits for us"
    thread.join(10)
    assert ended == ["succeeded"]
    assert mails(app) == [("donation_receipt",)]


@pytest.mark.parametrize("end", [EXPIRED, FAILED])
def test_a_success_overrides_an_earlier_end(app: Flask, end: CheckoutStatus) -> None:
    attempt_id = begin(app, email="vera@example.org")
    assert apply(app, attempt_id, snapshot(attempt_id, end)) in {"expired", "failed"}
    assert apply(app, attempt_id, snapshot(attempt_id)) == "succeeded"
    assert balances(app)["donation_income", "EUR"] == -1999
    assert rows(app, "SELECT failure, redirect_url FROM payment_attempt") == [("", "")]


def test_a_debit_is_booked_when_it_succeeds_and_told_when_it_fails(app: Flask) -> None:
    paid, failed = begin(app, email="a@example.org"), begin(app, email="b@example.org")
    for attempt_id, ref in ((paid, "cs_1"), (failed, "cs_2")):
        for _ in range(2):
            shown = snapshot(attempt_id, PROCESSING, ref=ref)
            assert apply(app, attempt_id, shown) == "processing"
    assert balances(app) == {}
    assert apply(app, paid, snapshot(paid)) == "succeeded"
    for _ in range(2):
        assert apply(app, failed, snapshot(failed, FAILED, ref="cs_2")) == "failed"
    assert balances(app)["donation_income", "EUR"] == -1999
    assert mails(app) == [("donation_failed",), ("donation_receipt",)]


def test_two_attempts_that_are_both_paid_are_both_in_the_books(app: Flask) -> None:
    first = begin(app, email="vera@example.org")
    apply(app, first, snapshot(first, EXPIRED))
    second = again(app)
    apply(app, second, snapshot(second, ref="cs_2", charge="ch_2"))
    assert apply(app, first, snapshot(first)) == "succeeded"
    assert balances(app) == {
        ("clearing", "EUR"): 2 * 1999,
        ("donation_income", "EUR"): -2 * 1999,
    }
    assert rows(app, "SELECT count(*) FROM payment") == [(2,)]
    assert mails(app) == [("donation_receipt",)]


def again(app: Flask) -> uuid.UUID:
    """Another attempt for the only donation there is."""
    from donations.models import Donation
    from donations.services import gifts

    with app.app_context(), transaction() as session:
        return gifts.begin_payment(session.scalars(sa.select(Donation)).one()).id


def test_one_charge_cannot_pay_for_two_attempts(app: Flask) -> None:
    first, second = begin(app), begin(app)
    apply(app, first, snapshot(first))
    with pytest.raises(ValueError, match="another attempt"):
        apply(app, second, snapshot(second, ref="cs_2"))
    assert state_of(app, second) == "created"
    assert balances(app)["clearing", "EUR"] == 1999


def test_what_was_paid_is_not_asked_for_again(app: Flask) -> None:
    """The page decided to begin another try in the moment in which the money came in."""
    attempt_id = begin(app)
    assert again(app) == attempt_id, "the one under way"
    apply(app, attempt_id, snapshot(attempt_id))
    with pytest.raises(AlreadyPaid):
        again(app)
    assert rows(app, "SELECT count(*) FROM payment_attempt") == [(1,)]


def test_only_one_attempt_is_under_way(app: Flask) -> None:
    begin(app)
    with pytest.raises(sa.exc.IntegrityError, match="under_way"):
        execute(
            app,
            "INSERT INTO payment_attempt SELECT (jsonb_populate_record(a, jsonb_build_object("
            "'id', gen_random_uuid()))).* FROM payment_attempt a",
        )


def test_a_snapshot_of_something_else_is_refused(app: Flask) -> None:
    attempt_id = begin(app)
    right = snapshot(attempt_id)
    for wrong in (
        replace(right, attempt_id=uuid.uuid4()),
        replace(right, attempt_id=None),
        replace(right, livemode=True),
    ):
        with pytest.raises(ValueError, match="another attempt"):
            apply(app, attempt_id, wrong)
    assert state_of(app, attempt_id) == "created"
    assert balances(app) == {}


def test_a_hint_that_comes_before_our_own_answer_keeps_the_way_to_pay(app: Flask) -> None:
    """A webhook is worked off while the call that made the session is still on its way back."""
    attempt_id = begin(app)
    assert apply(app, attempt_id, snapshot(attempt_id, OPEN)) == "created"
    with app.app_context():
        attempt = db.session.get_one(PaymentAttempt, attempt_id)
        handle = CheckoutHandle("cs_1", "https://example.org/pay", attempt.expires_at, False)
        with transaction():
            attempts.record_opened(attempt, handle)
        assert (attempt.state, attempt.redirect_url) == ("open", "https://example.org/pay")
