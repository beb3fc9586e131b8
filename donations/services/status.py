"""What a donation's status is: read from its attempts and payments."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.sql.selectable import LateralFromClause

from core.database import db
from donations.models import PURPOSE, Donation, DonationStatus
from payments.models import AttemptState, Payment, PaymentAttempt

_OF_ATTEMPT = {
    AttemptState.CREATED: DonationStatus.CHECKING,
    AttemptState.OPEN: DonationStatus.CHECKING,
    AttemptState.PROCESSING: DonationStatus.CHECKING,
    AttemptState.SUCCEEDED: DonationStatus.PAID,
    AttemptState.FAILED: DonationStatus.DECLINED,
    AttemptState.EXPIRED: DonationStatus.EXPIRED,
    AttemptState.CANCELLED: DonationStatus.CANCELLED,
    AttemptState.NEEDS_REVIEW: DonationStatus.NEEDS_REVIEW,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A donation with the attempt that decides its status, and when it was paid."""

    donation: Donation
    attempt: PaymentAttempt | None
    status: DonationStatus
    paid_at: datetime | None

    @property
    def can_go_on(self) -> bool:
        """Whether a checkout is open that the donor can go back to."""
        return (
            self.attempt is not None
            and self.attempt.state == AttemptState.OPEN
            and bool(self.attempt.redirect_url)
        )

    @property
    def can_try_again(self) -> bool:
        """Whether a new attempt may be begun."""
        return self.status in {
            DonationStatus.DECLINED,
            DonationStatus.EXPIRED,
            DonationStatus.CANCELLED,
        }

    @property
    def is_processing(self) -> bool:
        """Whether the bank has the order and takes days to carry it out."""
        return self.attempt is not None and self.attempt.state == AttemptState.PROCESSING


def deciding_attempt() -> LateralFromClause:
    """The attempt that decides, per donation: one that succeeded, else one to be looked at, else
    the latest.
    """
    rank = sa.case(
        (PaymentAttempt.state == AttemptState.SUCCEEDED, 0),
        (PaymentAttempt.state == AttemptState.NEEDS_REVIEW, 1),
        else_=2,
    )
    return (
        sa.select(PaymentAttempt.id, PaymentAttempt.state)
        .where(PaymentAttempt.purpose_type == PURPOSE, PaymentAttempt.purpose_id == Donation.id)
        .order_by(rank, PaymentAttempt.created_at.desc())
        .limit(1)
        .correlate(Donation)
        .lateral("deciding")
    )


def standing(donation: Donation) -> Standing:
    """The donation's standing, in one statement."""
    deciding = deciding_attempt()
    row = db.session.execute(
        sa.select(PaymentAttempt, Payment.received_at)
        .select_from(Donation)
        .join(deciding, sa.true())
        .join(PaymentAttempt, PaymentAttempt.id == deciding.c.id)
        .outerjoin(Payment, Payment.attempt_id == PaymentAttempt.id)
        .where(Donation.id == donation.id)
        .execution_options(populate_existing=True)
        .limit(1)
    ).first()
    if row is None:
        return Standing(donation, None, DonationStatus.CHECKING, None)
    attempt, received_at = row
    return Standing(donation, attempt, status_of(attempt.state), received_at)


def status_of(attempt_state: str | None) -> DonationStatus:
    """The status that an attempt's state gives its donation."""
    if attempt_state is None:
        return DonationStatus.CHECKING
    return _OF_ATTEMPT[AttemptState(attempt_state)]


def states_of(status: DonationStatus) -> list[AttemptState]:
    """The attempt states that give this status, for filters."""
    return [state for state, given in _OF_ATTEMPT.items() if given is status]
