"""What donors are sent: the receipt, and word of a bank debit that failed days later."""

import uuid
from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _

from core.content import content
from core.database import db
from core.dates import long_date
from core.mail import Letter, render_letter
from core.mail.letter import Attachment
from core.urls import site_url_for
from donations.models import Donation
from donations.offer import offer
from donations.services import gifts
from donations.services.status import standing
from payments.models import PaymentAttempt


def receipt(donation_id: str, locale: str) -> Letter | None:
    """The receipt of a paid donation; None when its address was destroyed meanwhile."""
    donation = db.session.get(Donation, uuid.UUID(donation_id))
    if donation is None:
        return None
    address = gifts.email_of(donation)
    paid_at = standing(donation).paid_at
    if address is None or paid_at is None:
        return None
    pdf = Attachment(
        f"receipt-{donation.reference}.pdf", "application/pdf", receipt_pdf(donation, paid_at)
    )
    return render_letter(
        "donation_receipt",
        to=address,
        locale=locale,
        attachments=(pdf,),
        donation=donation,
        paid_at=paid_at,
        fund=offer().funds.get(donation.fund),
        offer=offer(),
        private_page=_private_page(donation, locale),
    )


def failed(attempt_id: str, locale: str) -> Letter | None:
    """Word that a debit did not go through; None when there is no address, or it was paid since."""
    attempt = db.session.get(PaymentAttempt, uuid.UUID(attempt_id))
    donation = None if attempt is None else db.session.get(Donation, attempt.purpose_id)
    if donation is None or gifts.is_settled(donation):
        return None
    address = gifts.email_of(donation)
    if address is None:
        return None
    return render_letter(
        "donation_failed",
        to=address,
        locale=locale,
        donation=donation,
        private_page=_private_page(donation, locale),
    )


def _private_page(donation: Donation, locale: str) -> str:
    return site_url_for("donations.shown", lang=locale, token=gifts.private_token(donation))


def receipt_pdf(donation: Donation, paid_at: datetime) -> bytes:
    """The PDF receipt in the donation's language. It names no e-mail and no public name."""
    # Loading the PDF library takes a third of a second: only who needs a receipt pays for it.
    from donations.receipt_pdf import ReceiptDocument, render_receipt

    locale = donation.locale
    words = content()
    fund = offer().funds.get(donation.fund)
    with force_locale(locale):
        rows = [
            (_("Date"), long_date(paid_at, locale)),
            (_("Reference"), donation.reference),
            (_("Purpose"), fund.name[locale] if fund else donation.fund),
            (_("How often"), _("Once")),
            (_("Donation"), donation.gift.format(locale)),
        ]
        if donation.fee_cover.minor:
            rows.append((_("Added for the processor’s fee"), donation.fee_cover.format(locale)))
        document = ReceiptDocument(
            language=locale,
            title=_("Donation receipt"),
            organization_name=words.organization[locale],
            organization_lines=words.organization_lines[locale],
            legal_label=f"{words.legal_label[locale]} {words.age_mark}".strip() or None,
            reference=donation.reference,
            rows=tuple(rows),
            amount_label=_("Received with thanks"),
            amount=donation.total.format(locale),
            note_lines=(
                _(
                    "On the bank statement the payment appears as “%(text)s”.",
                    text=offer().statement_text,
                ),
                _("This receipt does not name you. Keep it if you may need to show that you gave."),
            ),
            footer=words.contact_email,
            issued_on=paid_at.date(),
            mask_seed=str(donation.id),
        )
    return render_receipt(document)
