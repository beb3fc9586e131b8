"""States in words, for pages: never by colour alone."""

from flask_babel import gettext as _

from donations.models import DonationStatus
from donations.offer import offer
from donations.services.reveals import Reason
from staff.permissions import Role


def status_words() -> dict[str, str]:
    """A donation's status, as the panel says it."""
    return {
        DonationStatus.PAID: _("Paid"),
        DonationStatus.CHECKING: _("Being checked"),
        DonationStatus.NEEDS_REVIEW: _("Needs review"),
        DonationStatus.DECLINED: _("Declined"),
        DonationStatus.EXPIRED: _("Expired"),
        DonationStatus.CANCELLED: _("Cancelled"),
    }


def frequency_words() -> dict[str, str]:
    """How often a gift repeats."""
    return {"once": _("Once"), "monthly": _("Monthly"), "yearly": _("Yearly")}


def mail_state_words() -> dict[str, str]:
    """Where a mail is."""
    return {
        "queued": _("Waiting"),
        "sending": _("Fate unknown"),
        "sent": _("Sent"),
        "failed": _("Given up"),
        "unneeded": _("Not needed any more"),
    }


def reason_words() -> dict[str, str]:
    """Why a donor's e-mail may be looked at."""
    return {
        Reason.RECEIPT_NOT_RECEIVED: _("The receipt did not arrive"),
        Reason.DONOR_ASKED: _("The donor wrote to us"),
        Reason.PAYMENT_PROBLEM: _("Something is wrong with the payment"),
        Reason.LEGAL_DUTY: _("The law asks for it"),
    }


def role_words() -> dict[str, str]:
    """The roles of staff."""
    return {
        Role.ADMINISTRATOR: _("Administrator"),
        Role.FINANCE: _("Finance"),
        Role.FULFILMENT: _("Fulfilment"),
        Role.REVIEWER: _("Reviewer"),
        Role.SUPPORT: _("Support"),
        Role.OPERATOR: _("Operator"),
        Role.AUDITOR: _("Auditor"),
    }


def fund_name(fund: str, locale: str) -> str:
    """A fund's name; its id when the campaign does not offer it any more."""
    found = offer().funds.get(fund)
    return found.name[locale] if found else fund
