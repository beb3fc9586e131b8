"""Showing a donor's e-mail to a member of staff: a reason first, the audit trail before the address.

Two steps in two transactions. `note_reveal` is committed before `open_email` decrypts: if the trail
cannot be written, nothing is shown.
"""

from datetime import timedelta
from enum import StrEnum

from core import audit, audit_search, clock
from core.errors import Conflict, DomainError, NotAllowed, TooMany
from core.states import lock
from donations.models import Donation
from donations.services.gifts import email_of
from staff.models import StaffAccount
from staff.services.accounts import actor_of

ACTION = "donation.email_revealed"
MIN_NOTE = 10
MAX_NOTE = 300
#: What one account may see in a day: enough to answer letters, too few to copy a list.
DAILY_CAP = 20
_DAY = timedelta(hours=24)


class Reason(StrEnum):
    """Why an address may be looked at."""

    RECEIPT_NOT_RECEIVED = "receipt_not_received"
    DONOR_ASKED = "donor_asked"
    PAYMENT_PROBLEM = "payment_problem"
    LEGAL_DUTY = "legal_duty"


class KeptFromStaff(NotAllowed):
    """The donor asked that staff do not see the address."""


class NoEmail(Conflict):
    """There is no address, or it was destroyed already."""


class BadNote(DomainError):
    """The note is too short, too long, or holds what looks like an address."""


class InvisibleNote(BadNote):
    """The note holds characters that cannot be seen, such as controls and turns of direction."""


class CapReached(TooMany):
    """The account has looked at DAILY_CAP addresses in a day."""


def note_reveal(donation: Donation, *, by: StaffAccount, reason: Reason, note: str) -> None:
    """Write to the audit trail that `by` is about to see the donation's e-mail, and why.

    The trail gets the donation's id, never the address. Raises KeptFromStaff, NoEmail, BadNote
    (InvisibleNote among them) and CapReached.
    """
    if donation.email_sealed is None:
        raise NoEmail("no address")
    if donation.email_kept_from_staff:
        raise KeptFromStaff("the donor keeps it from staff")
    note = " ".join(note.split())
    # PostgreSQL takes no NUL, and a reader of the trail must see what stands in it.
    if not note.isprintable():
        raise InvisibleNote("characters that cannot be seen")
    # The trail is never erased, so a note must not bring the address into it.
    if not MIN_NOTE <= len(note) <= MAX_NOTE or "@" in note:
        raise BadNote("10 to 300 characters and no address")
    # Of two at once, the second counts the first: the lock is held until this is committed.
    lock(by)
    actor = actor_of(by.id)
    since = (clock.now() - _DAY).isoformat(timespec="microseconds")
    if audit_search.count_since(actor=actor, action=ACTION, since=since) >= DAILY_CAP:
        raise CapReached("the daily cap", retry_after=int(_DAY.total_seconds()))
    audit.record(
        actor=actor,
        action=ACTION,
        subject=donation.audit_subject,
        reason=note,
        details={"code": str(reason), "permission": "email:reveal"},
    )


def open_email(donation: Donation) -> str:
    """The address. Only after `note_reveal` was committed. Raises NoEmail and KeptFromStaff."""
    if donation.email_kept_from_staff:
        raise KeptFromStaff("the donor keeps it from staff")
    address = email_of(donation)
    if address is None:
        raise NoEmail("destroyed meanwhile")
    return address
