"""What of a donation is destroyed when. The periods are the ones the privacy page names."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from core.database import db
from donations.models import PURPOSE, Donation
from payments.models import UNDER_WAY, AttemptState, PaymentAttempt

#: After the receipt went out, or the gift came to nothing.
EMAIL_DAYS = 30
UNPAID_DAYS = 30


def _attempts_in(*states: AttemptState) -> sa.Exists:
    return (
        sa.select(PaymentAttempt.id)
        .where(
            PaymentAttempt.purpose_type == PURPOSE,
            PaymentAttempt.purpose_id == Donation.id,
            PaymentAttempt.state.in_(states),
        )
        .correlate(Donation)
        .exists()
    )


def forget_emails(now: datetime, dry_run: bool) -> int:
    """Destroy the e-mail of donations whose last attempt ended EMAIL_DAYS ago."""
    recent = (
        sa.select(PaymentAttempt.id)
        .where(
            PaymentAttempt.purpose_type == PURPOSE,
            PaymentAttempt.purpose_id == Donation.id,
            sa.func.coalesce(PaymentAttempt.ended_at, now) > now - timedelta(days=EMAIL_DAYS),
        )
        .correlate(Donation)
        .exists()
    )
    due = sa.and_(
        Donation.email_sealed.is_not(None),
        Donation.created_at < now - timedelta(days=EMAIL_DAYS),
        ~recent,
    )
    if dry_run:
        return _count(due)
    result = db.session.execute(
        sa.update(Donation)
        .where(due)
        # The digest of the form goes too: with the key, a guessed address could be tested by it.
        .values(email_sealed=None, email_index=None, content_digest=b"")
    )
    return _rows(result)


def forget_unpaid(now: datetime, dry_run: bool) -> int:
    """Destroy public name and message of donations that were never paid, after UNPAID_DAYS."""
    due = sa.and_(
        sa.or_(Donation.public_name != "", Donation.message != ""),
        Donation.created_at < now - timedelta(days=UNPAID_DAYS),
        ~_attempts_in(AttemptState.SUCCEEDED, AttemptState.NEEDS_REVIEW, *UNDER_WAY),
    )
    if dry_run:
        return _count(due)
    result = db.session.execute(
        sa.update(Donation).where(due).values(public_name="", message="", content_digest=b"")
    )
    return _rows(result)


def _count(due: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Donation).where(due)) or 0


def _rows(result: sa.Result[tuple[()]]) -> int:
    assert isinstance(result, sa.CursorResult)
    return int(result.rowcount)
