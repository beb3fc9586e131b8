"""Donations and attempts made below the pages, for tests of what lies there."""

import secrets
import threading
import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Flask

from core.database import db, transaction
from core.money import Money
from donations.services import gifts
from donations.services.gifts import GiftRequest
from payments.gateway import CheckoutSnapshot, CheckoutStatus, Settlement
from payments.models import PaymentAttempt
from payments.services import attempts


def begin(
    app: Flask,
    *,
    minor: int = 1999,
    currency: str = "EUR",
    email: str = "",
    public_name: str = "",
    message: str = "",
) -> uuid.UUID:
    """A donation with an attempt to pay it, committed; the attempt's id."""
    wanted = GiftRequest(
        amount_minor=minor,
        currency=currency,
        frequency="once",
        fund="general",
        cover_fees=False,
        email=email,
        keep_email=False,
        public_name=public_name,
        message=message,
    )
    with app.app_context():
        with transaction():
            donation = gifts.make_donation(
                wanted, token_digest=secrets.token_bytes(32), locale="en"
            )
            attempt = gifts.begin_payment(donation)
        return attempt.id


def snapshot(
    attempt_id: uuid.UUID,
    status: CheckoutStatus = CheckoutStatus.PAID,
    *,
    received: Money | None = None,
    charge: str = "ch_1",
    settlement: Settlement | None = None,
    ref: str = "cs_1",
) -> CheckoutSnapshot:
    """What a processor might show of an attempt."""
    paid = status is CheckoutStatus.PAID
    money = Money(1999, "EUR")
    return CheckoutSnapshot(
        provider_ref=ref,
        attempt_id=attempt_id,
        status=status,
        money=money,
        received=(received or money) if paid else None,
        charge_ref=charge if paid else None,
        settlement=settlement,
        last_error="",
        livemode=False,
    )


def apply(app: Flask, attempt_id: uuid.UUID, shown: CheckoutSnapshot) -> str:
    """Bring the attempt to what is shown, in a transaction; its state then."""
    with app.app_context():
        with transaction() as session:
            attempt = session.get_one(PaymentAttempt, attempt_id)
            attempts.apply_snapshot(attempt, shown)
        return attempt.state


def state_of(app: Flask, attempt_id: uuid.UUID) -> str:
    with app.app_context():
        return db.session.get_one(PaymentAttempt, attempt_id).state


def rows(app: Flask, statement: str) -> list[tuple[Any, ...]]:
    """What a statement in SQL finds."""
    with app.app_context():
        return [tuple(row) for row in db.session.execute(sa.text(statement))]


def execute(app: Flask, statement: str) -> None:
    """Run a statement by hand, past all our rules, and commit it."""
    with app.app_context():
        db.session.execute(sa.text(statement))
        db.session.commit()


def everything(app: Flask) -> str:
    """All rows of all tables as text, in lower case; bytes in hexadecimal."""
    tables = rows(app, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert len(tables) > 10
    found = [row for (name,) in tables for row in rows(app, f"SELECT t::text FROM {name} t")]
    return "\n".join(text for (text,) in found).lower()


def is_in(text: str, dump: str) -> bool:
    """Whether `text` stands in what `everything` gave, plainly or as bytes."""
    return text.lower() in dump or text.encode().hex() in dump


def at_once(app: Flask, count: int, work: Callable[[int], None]) -> None:
    """Run `work(n)` in `count` threads that start together, each in its own context."""
    start = threading.Barrier(count)
    problems: list[BaseException] = []

    def run(number: int) -> None:
        try:
            with app.app_context():
                start.wait(10)
                work(number)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads), "they hang: a deadlock"
    if problems:
        raise problems[0]
