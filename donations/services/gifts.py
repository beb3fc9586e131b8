"""Making a gift and finding it again."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from core import clock, mail
from core.database import db
from core.errors import NotFound
from core.links import check_token, make_token, token_id
from core.money import Money
from core.references import new_reference
from core.settings import settings
from core.urls import site_url_for
from donations.errors import TokenUsed
from donations.models import PURPOSE, Donation
from donations.offer import offer
from payments.gateway import CheckoutLine, CheckoutRequest
from payments.models import Payment, PaymentAttempt
from payments.services import attempts
from privacy import vault

LINK_KIND = "donation"
RETURN_KIND = "checkout-return"
EMAIL_CONTEXT = "donation.email:{}"
EMAIL_PURPOSE = "email"


@dataclass(frozen=True, slots=True)
class GiftRequest:
    """What a donor asked for, checked: the amount is within the offer, the texts within bounds."""

    amount_minor: int
    currency: str
    frequency: str
    fund: str
    cover_fees: bool
    email: str
    keep_email: bool
    public_name: str
    message: str

    @property
    def gift(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def fee_cover(self) -> Money:
        """What is added to cover the processor's fee; zero unless asked for."""
        if not self.cover_fees:
            return Money(0, self.currency)
        return offer().currencies[self.currency].fee_cover(self.gift)

    @property
    def total(self) -> Money:
        return self.gift + self.fee_cover

    def digest(self) -> bytes:
        """A keyed digest of the exact content: tells the same form from another, and nothing else."""
        canonical = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        key = settings().secret_key.encode()
        return hmac.digest(key, f"donation-content|{canonical}".encode(), hashlib.sha256)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "GiftRequest":
        """The inverse of `dataclasses.asdict`. Raises TypeError for anything else."""
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Given:
    """A donation, the attempt to pay it (None when nothing is to be paid), and whether it is new."""

    donation: Donation
    attempt: PaymentAttempt | None
    is_new: bool


def give(wanted: GiftRequest, *, token_digest: bytes, locale: str) -> Given:
    """The donation of a form token with the attempt under way: made now, or by this token before.

    Raises TokenUsed when the token was used with other content.
    """
    donation, is_new = _make_or_find(wanted, token_digest, locale)
    if is_new:
        # Nobody else can know this row yet, so nothing needs to be looked for or locked.
        return Given(donation, _begin(donation, first=True), True)
    return Given(donation, None if is_settled(donation) else begin_payment(donation), False)


def make_donation(wanted: GiftRequest, *, token_digest: bytes, locale: str) -> Donation:
    """The donation of a form token: made now, or the one this token made before.

    Two equal submissions at once end with one row (UNIQUE). Raises TokenUsed when the token was used
    with other content.
    """
    return _make_or_find(wanted, token_digest, locale)[0]


def _make_or_find(wanted: GiftRequest, token_digest: bytes, locale: str) -> tuple[Donation, bool]:
    session = db.session
    donation_id = uuid.uuid4()
    values = {
        "id": donation_id,
        "reference": new_reference("D"),
        "link_version": 1,
        "token_digest": token_digest,
        "content_digest": wanted.digest(),
        "amount_minor": wanted.amount_minor,
        "fee_cover_minor": wanted.fee_cover.minor,
        "currency": wanted.currency,
        "frequency": wanted.frequency,
        "fund": wanted.fund,
        "locale": locale,
        "email_sealed": None,
        "email_index": None,
        "email_kept_from_staff": wanted.keep_email,
        "public_name": wanted.public_name,
        "message": wanted.message,
        "created_at": clock.now(),
    }
    if wanted.email:
        values["email_sealed"] = vault.seal(wanted.email, context=EMAIL_CONTEXT.format(donation_id))
        values["email_index"] = vault.blind_index(wanted.email, purpose=EMAIL_PURPOSE)
    made = session.scalar(
        insert(Donation)
        .values(values)
        .on_conflict_do_nothing(index_elements=["token_digest"])
        .returning(Donation)
    )
    if made is not None:
        return made, True
    donation = session.scalars(
        sa.select(Donation).where(Donation.token_digest == token_digest)
    ).one()
    if donation.content_digest != wanted.digest():
        raise TokenUsed("this form was sent before with other content")
    return donation, False


def find_by_token(token_digest: bytes) -> Donation | None:
    """The donation that a form token made, if it made one."""
    return db.session.scalar(sa.select(Donation).where(Donation.token_digest == token_digest))


def begin_payment(donation: Donation) -> PaymentAttempt:
    """The attempt under way for a donation, or a new one. Two that ask at once get the same."""
    db.session.execute(sa.select(Donation.id).where(Donation.id == donation.id).with_for_update())
    return _begin(donation, first=False)


def _begin(donation: Donation, *, first: bool) -> PaymentAttempt:
    return attempts.begin_attempt(
        gateway="stripe",
        livemode=settings().livemode,
        purpose_type=PURPOSE,
        purpose_id=donation.id,
        money=donation.total,
        first=first,
    )


def is_settled(donation: Donation) -> bool:
    """Whether nothing more is to be paid: the money came in, or staff must look at what came."""
    return attempts.is_settled(PURPOSE, donation.id)


def private_token(donation: Donation) -> str:
    """The token of the donor's own page."""
    return make_token(LINK_KIND, donation.id, donation.link_version)


def find_by_link(token: str) -> Donation:
    """The donation of a private link. Raises NotFound."""
    donation = db.session.get(Donation, token_id(token))
    if donation is None:
        raise NotFound("no such donation")
    check_token(token, LINK_KIND, donation.id, donation.link_version)
    return donation


def return_token(attempt: PaymentAttempt) -> str:
    """The state token of an attempt's way back: the processor sees this, never the private link."""
    return make_token(RETURN_KIND, attempt.id, int(attempt.expires_at.timestamp()))


def find_by_return(token: str) -> tuple[Donation, PaymentAttempt]:
    """Donation and attempt of a return address; a day after the checkout's end it is void.

    Raises NotFound.
    """
    attempt = db.session.get(PaymentAttempt, token_id(token))
    if attempt is None or attempt.purpose_type != PURPOSE:
        raise NotFound("no such attempt")
    check_token(token, RETURN_KIND, attempt.id, int(attempt.expires_at.timestamp()))
    if (clock.now() - attempt.expires_at).total_seconds() > 24 * 3600:
        raise NotFound("too old")
    return db.session.get_one(Donation, attempt.purpose_id), attempt


def checkout_request(attempt: PaymentAttempt) -> CheckoutRequest:
    """The processor's request for an attempt, from stored rows alone (see `payments.purposes`)."""
    donation = db.session.get_one(Donation, attempt.purpose_id)
    terms = offer()
    token = return_token(attempt)
    return CheckoutRequest(
        attempt_id=attempt.id,
        money=attempt.money,
        lines=(CheckoutLine(terms.line_label[donation.locale], attempt.money),),
        return_url=site_url_for("donations.returned", lang=donation.locale, token=token),
        cancel_url=site_url_for("donations.came_back", lang=donation.locale, token=token),
        locale=donation.locale,
        expires_at=attempt.expires_at,
        statement_suffix=terms.statement_suffix,
    )


def on_paid(donation_id: uuid.UUID, payment: Payment) -> None:
    """Money for a donation came in: the receipt goes out once, if there is an address."""
    donation = db.session.get_one(Donation, donation_id)
    if donation.email_sealed is not None:
        mail.queue("donation_receipt", str(donation.id), locale=donation.locale)


def on_ended(donation_id: uuid.UUID, attempt: PaymentAttempt) -> None:
    """An attempt ended without money. A card payer was there and saw it; a bank debit ends days
    later, so its payer is told.
    """
    donation = db.session.get_one(Donation, donation_id)
    if attempt.processing_at is not None and donation.email_sealed is not None:
        mail.queue("donation_failed", str(attempt.id), locale=donation.locale)


def email_of(donation: Donation) -> str | None:
    """The address to write to, for the mailer. Staff go through `reveal_email` instead."""
    if donation.email_sealed is None:
        return None
    return vault.unseal(donation.email_sealed, context=EMAIL_CONTEXT.format(donation.id))
