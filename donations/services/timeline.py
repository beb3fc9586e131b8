"""Everything that happened to one donation, from all the rooms that know of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from core import audit_search
from core.audit import AuditEntry
from core.database import db
from core.errors import NotFound
from core.mail import MailMessage
from core.money import Money
from donations.models import PURPOSE, Donation, DonationStatus
from donations.services.status import standing
from payments.models import Account, InboxEvent, JournalEntry, Payment, PaymentAttempt
from payments.services import history

#: Mails about the donation, and about one of its attempts.
_MAIL_KINDS = ("donation_receipt", "donation_failed")


@dataclass(frozen=True, slots=True)
class Timeline:
    """A donation with its status and all that is written about it, each part oldest first."""

    donation: Donation
    status: DonationStatus
    attempts: Sequence[PaymentAttempt]
    entries: Sequence[JournalEntry]
    mails: Sequence[MailMessage]
    events: Sequence[InboxEvent]
    trail: Sequence[AuditEntry]

    @property
    def payments(self) -> list[tuple[Payment, Money | None]]:
        """The payments with the processor's fee of each, None while it is not booked."""
        fees: dict[str, Money] = {}
        for entry in self.entries:
            for leg in entry.lines:
                if leg.account == Account.FEES:
                    before = fees.get(entry.source_id, Money(0, leg.currency))
                    fees[entry.source_id] = before + leg.money
        return [(p, fees.get(str(p.id))) for attempt in self.attempts for p in attempt.payments]


def find_donation(reference: str) -> Donation:
    """The donation of a reference in its printed form. Raises NotFound."""
    donation = db.session.scalar(sa.select(Donation).where(Donation.reference == reference))
    if donation is None:
        raise NotFound("no such donation")
    return donation


def timeline(donation: Donation) -> Timeline:
    """The donation's history. A fixed number of statements, however long it is."""
    # Before the attempts: it reads one of them anew, which would forget the payments loaded with it.
    status = standing(donation).status
    attempts = history.attempts_of(PURPOSE, donation.id)
    subjects = [donation.audit_subject, *(attempt.audit_subject for attempt in attempts)]
    about = [str(donation.id), *(str(attempt.id) for attempt in attempts)]
    mails = db.session.scalars(
        sa.select(MailMessage)
        .where(MailMessage.kind.in_(_MAIL_KINDS), MailMessage.subject_id.in_(about))
        .order_by(MailMessage.created_at, MailMessage.id)
    ).all()
    return Timeline(
        donation=donation,
        status=status,
        attempts=attempts,
        entries=history.entries_of(p.id for attempt in attempts for p in attempt.payments),
        mails=mails,
        events=history.events_about(a.provider_ref for a in attempts if a.provider_ref),
        trail=audit_search.entries_about(subjects),
    )
