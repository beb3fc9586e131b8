"""Donations as the books hold them, written straight into the tables: lists need many, and odd ones."""

import secrets
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask

from core.database import db, transaction
from core.money import Money
from core.references import new_reference
from donations.models import PURPOSE, Donation
from donations.services.gifts import EMAIL_CONTEXT
from payments.gateway import Settlement
from payments.models import Account, Payment, PaymentAttempt
from payments.services import ledger
from privacy import vault

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def add_gift(
    app: Flask,
    *,
    amount: int = 1500,
    cover: int = 0,
    currency: str = "EUR",
    states: tuple[str, ...] = ("succeeded",),
    received: Money | None = None,
    fee: Money | None = None,
    email: str = "",
    created_at: datetime = START,
    **fields: Any,
) -> str:
    """A donation with one attempt per state, an hour apart; its reference. A success brings money in."""
    with app.app_context(), transaction() as session:
        donation = Donation(
            id=uuid.uuid4(),
            token_digest=secrets.token_bytes(32),
            content_digest=secrets.token_bytes(32),
            amount_minor=amount,
            fee_cover_minor=cover,
            currency=currency,
            created_at=created_at,
            **({"reference": new_reference("D"), "fund": "general", "locale": "en"} | fields),
        )
        if email:
            context = EMAIL_CONTEXT.format(donation.id)
            donation.email_sealed = vault.seal(email, context=context)
            donation.email_index = vault.blind_index(email, purpose="email")
        session.add(donation)
        for number, state in enumerate(states):
            attempt = PaymentAttempt(
                id=uuid.uuid4(),
                gateway="stripe",
                livemode=False,
                purpose_type=PURPOSE,
                purpose_id=donation.id,
                amount_minor=amount + cover,
                currency=currency,
                state=state,
                provider_ref=f"cs_{secrets.token_hex(8)}",
                created_at=created_at + timedelta(hours=number),
                expires_at=created_at + timedelta(hours=number + 2),
            )
            session.add(attempt)
            session.flush()
            if state == "succeeded" or received is not None:
                _add_payment(attempt, received or donation.total, fee, state)
        return donation.reference


def _add_payment(attempt: PaymentAttempt, received: Money, fee: Money | None, state: str) -> None:
    payment = Payment(
        id=uuid.uuid4(),
        attempt_id=attempt.id,
        gateway="stripe",
        livemode=False,
        charge_ref=f"ch_{secrets.token_hex(8)}",
        amount_minor=received.minor,
        currency=received.currency,
        received_at=attempt.created_at + timedelta(minutes=3),
    )
    db.session.add(payment)
    db.session.flush()
    ledger.book_received(
        payment, Account.DONATION_INCOME if state == "succeeded" else Account.SUSPENSE
    )
    if fee is not None:
        ledger.book_settlement(
            payment, Settlement(ref="txn_1", gross=received, fee=fee, net=received - fee)
        )
        payment.settlement_ref = f"txn_{secrets.token_hex(8)}"


_STATES = (
    "(ARRAY['succeeded','succeeded','succeeded','succeeded','expired','failed','open','cancelled'])"
)
_MANY = """
INSERT INTO donation (id, reference, link_version, token_digest, content_digest, amount_minor,
    fee_cover_minor, currency, frequency, fund, locale, email_kept_from_staff, public_name, message,
    created_at)
SELECT gen_random_uuid(), 'D-' || upper(lpad(to_hex(n), 4, '0')) || '-BBBB', 1,
    sha256(('t' || n)::bytea), sha256(('c' || n)::bytea), 100 + (n * 37) % 9000, 0,
    (ARRAY['EUR','USD','JPY'])[1 + n % 3], 'once', (ARRAY['general','legal'])[1 + n % 2], 'en',
    false, '', '', '2026-01-01 00:00+00'::timestamptz + n * interval '7 minutes'
FROM generate_series(1, :number) n;
INSERT INTO payment_attempt (id, gateway, livemode, purpose_type, purpose_id, amount_minor, currency,
    state, provider_ref, redirect_url, failure, created_at, expires_at)
SELECT gen_random_uuid(), 'stripe', false, 'donation', id, amount_minor, currency,
    (ARRAY['succeeded','succeeded','succeeded','succeeded','expired','failed','open','cancelled'])
        [1 + abs(hashtext(reference)) % 8], 'cs_' || reference, '', '', created_at,
    created_at + interval '2 hours'
FROM donation WHERE reference LIKE '%-BBBB';
INSERT INTO payment (id, attempt_id, gateway, livemode, charge_ref, amount_minor, currency,
    received_at)
SELECT gen_random_uuid(), id, 'stripe', false, 'ch_' || provider_ref, amount_minor, currency,
    created_at + interval '1 minute'
FROM payment_attempt WHERE state = 'succeeded' AND provider_ref LIKE 'cs%-BBBB';
"""


def add_many(app: Flask, number: int) -> None:
    """`number` donations, seven minutes apart, in all states but `needs_review`, in three currencies."""
    with app.app_context(), transaction() as session:
        for statement in filter(str.strip, _MANY.split(";")):
            session.execute(
                sa.text(statement), {"number": number} if ":number" in statement else {}
            )
    with (
        app.app_context(),
        db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
    ):
        connection.execute(sa.text("ANALYZE"))
