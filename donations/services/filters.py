"""Which donations staff look for, as a condition on any statement about them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from core.references import clean_reference
from donations.models import PURPOSE, Donation, DonationStatus
from donations.services.status import deciding_attempt, states_of
from payments.models import PaymentAttempt

S = TypeVar("S", bound=sa.Select[*tuple[Any, ...]])

_REFERENCE = re.compile(r"D-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", re.ASCII)


def read_reference(text: str) -> str:
    """A reference as people type it, also without its `D-`, in the printed form. Raises ValueError."""
    text = text.strip()
    cleaned = clean_reference(text if text[:2].upper() == "D-" else f"D-{text}")
    if not _REFERENCE.fullmatch(cleaned):
        raise ValueError("no reference")
    return cleaned


@dataclass(frozen=True, slots=True)
class Filter:
    """What to look for; nothing of it is required. Days are UTC, both ends included; `minimum` and
    `maximum` are the gift in minor units of `currency`.
    """

    reference: str = ""
    status: DonationStatus | None = None
    currency: str = ""
    fund: str = ""
    since: date | None = None
    until: date | None = None
    minimum: int | None = None
    maximum: int | None = None


def filtered(statement: S, wanted: Filter) -> S:
    """`statement`, which selects from Donation, narrowed to the filter."""
    statement = statement.where(*_conditions(wanted))
    return statement if wanted.status is None else statement.where(_has(wanted.status))


def _conditions(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.reference:
        found.append(Donation.reference == wanted.reference)
    if wanted.currency:
        found.append(Donation.currency == wanted.currency)
    if wanted.fund:
        found.append(Donation.fund == wanted.fund)
    if wanted.since:
        found.append(Donation.created_at >= _midnight(wanted.since))
    if wanted.until:
        found.append(Donation.created_at < _midnight(wanted.until + timedelta(days=1)))
    if wanted.minimum is not None:
        found.append(Donation.amount_minor >= wanted.minimum)
    if wanted.maximum is not None:
        found.append(Donation.amount_minor <= wanted.maximum)
    return found


def _has(status: DonationStatus) -> sa.ColumnElement[bool]:
    """Whether a donation has this status: the attempt that decides is in one of its states.

    Said from the attempts' side, whose index by state finds the few of a rare status at once.
    """
    states = states_of(status)
    attempts = sa.select(PaymentAttempt.purpose_id).where(
        PaymentAttempt.purpose_type == PURPOSE, PaymentAttempt.state.in_(states)
    )
    if status is DonationStatus.PAID:
        # A success decides, whatever other attempts there are.
        return Donation.id.in_(attempts)
    deciding = deciding_attempt()
    decided = sa.select(deciding.c.state).correlate(Donation).scalar_subquery()
    found = sa.and_(Donation.id.in_(attempts), decided.in_(states))
    if status is not DonationStatus.CHECKING:
        return found
    # A gift without any attempt yet is being checked, too.
    return sa.or_(
        found, ~sa.select(PaymentAttempt.id).where(of_donation()).correlate(Donation).exists()
    )


def of_donation() -> sa.ColumnElement[bool]:
    return sa.and_(PaymentAttempt.purpose_type == PURPOSE, PaymentAttempt.purpose_id == Donation.id)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
