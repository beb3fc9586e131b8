"""Attempts to pay: begun here, moved by what the processor shows when asked."""

import hashlib
import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from core import audit, clock
from core.database import db
from core.money import Money
from core.states import lock, move
from payments.errors import AlreadyPaid
from payments.gateway import CheckoutHandle, CheckoutSnapshot, CheckoutStatus
from payments.models import (
    UNDER_WAY,
    Account,
    AttemptState,
    CallResult,
    Payment,
    PaymentAttempt,
    ProviderCall,
)
from payments.purposes import purpose
from payments.services import ledger

log = structlog.get_logger(__name__)

#: How long a payer may take on the processor's page. Stripe allows 30 minutes to 24 hours.
CHECKOUT_LIFETIME = timedelta(hours=2)

_ENDS = {
    CheckoutStatus.PROCESSING: AttemptState.PROCESSING,
    CheckoutStatus.FAILED: AttemptState.FAILED,
    CheckoutStatus.EXPIRED: AttemptState.EXPIRED,
}


def begin_attempt(
    *,
    gateway: str,
    livemode: bool,
    purpose_type: str,
    purpose_id: uuid.UUID,
    money: Money,
    first: bool = False,
) -> PaymentAttempt:
    """The attempt under way for a purpose, or a new one with its call written down before it is made.

    `first`: this transaction has just made the purpose, so no other attempt of it can be there.
    Raises AlreadyPaid when money came in meanwhile: nobody is sent to pay a second time.
    """
    if not first:
        found = attempt_under_way(purpose_type, purpose_id)
        if found is not None:
            return found
        # Asked after the other: an attempt that leaves the one list now is in this one.
        if is_settled(purpose_type, purpose_id):
            raise AlreadyPaid(purpose_type)
    session = db.session
    attempt = PaymentAttempt(
        id=uuid.uuid4(),
        gateway=gateway,
        livemode=livemode,
        purpose_type=purpose_type,
        purpose_id=purpose_id,
        amount_minor=money.minor,
        currency=money.currency,
        state=AttemptState.CREATED,
        expires_at=clock.now().replace(microsecond=0) + CHECKOUT_LIFETIME,
    )
    session.add(attempt)
    # No relationship ties the two: the attempt's row must be there before its call's.
    session.flush()
    session.add(
        ProviderCall(
            idempotency_key=create_key(attempt),
            attempt_id=attempt.id,
            operation="create_checkout",
            request_hash=hashlib.sha256(f"{money.minor} {money.currency}".encode()).digest(),
        )
    )
    session.flush()
    return attempt


def attempt_under_way(purpose_type: str, purpose_id: uuid.UUID) -> PaymentAttempt | None:
    """The one attempt of a purpose that money may still come from, if there is one."""
    return db.session.scalar(
        sa.select(PaymentAttempt).where(
            PaymentAttempt.purpose_type == purpose_type,
            PaymentAttempt.purpose_id == purpose_id,
            PaymentAttempt.state.in_(UNDER_WAY),
        )
    )


def is_settled(purpose_type: str, purpose_id: uuid.UUID) -> bool:
    """Whether an attempt of this purpose succeeded, or brought money that staff must look at."""
    found = db.session.scalar(
        sa.select(PaymentAttempt.id)
        .where(
            PaymentAttempt.purpose_type == purpose_type,
            PaymentAttempt.purpose_id == purpose_id,
            PaymentAttempt.state.in_((AttemptState.SUCCEEDED, AttemptState.NEEDS_REVIEW)),
        )
        .limit(1)
    )
    return found is not None


def create_key(attempt: PaymentAttempt) -> str:
    """The idempotency key of an attempt's checkout: from the row, so that every retry has the same."""
    return f"checkout-{attempt.id}"


def record_opened(attempt: PaymentAttempt, handle: CheckoutHandle) -> None:
    """The processor made the checkout: note where it is. Harmless when it was noted before."""
    lock(attempt)
    _end_call(attempt, CallResult.SUCCEEDED)
    if attempt.provider_ref is None:
        attempt.provider_ref = handle.provider_ref
    if attempt.state == AttemptState.CREATED:
        # A webhook may have noted the reference before us, but it does not know the address.
        attempt.redirect_url = handle.redirect_url
        move(attempt, AttemptState.OPEN, actor=f"processor:{attempt.gateway}", locked=True)


def record_not_opened(attempt: PaymentAttempt, error: Exception, *, unknown: bool) -> None:
    """The call failed. With an unknown outcome the attempt stays, to be tried with the same key."""
    lock(attempt)
    _end_call(attempt, CallResult.UNKNOWN if unknown else CallResult.FAILED, type(error).__name__)
    if not unknown and attempt.state == AttemptState.CREATED:
        attempt.failure = "not_opened"
        _end(attempt, AttemptState.FAILED)


def _end_call(attempt: PaymentAttempt, result: CallResult, error: str = "") -> None:
    db.session.execute(
        sa.update(ProviderCall)
        .where(ProviderCall.idempotency_key == create_key(attempt))
        .values(result=result, error=error, ended_at=clock.now())
    )


def apply_snapshot(
    attempt: PaymentAttempt, snapshot: CheckoutSnapshot, *, cancelled: bool = False
) -> None:
    """Bring an attempt to what the processor shows; doing it again changes nothing.

    `cancelled`: the payer asked to stop, so an end without money is called cancelled, not expired.
    A snapshot of another attempt or mode is refused: a payment must be bound to what it is for.
    """
    if snapshot.attempt_id != attempt.id or snapshot.livemode != attempt.livemode:
        raise ValueError("the snapshot is of another attempt")
    lock(attempt)
    attempt.checked_at = clock.now()
    if attempt.provider_ref is None:
        attempt.provider_ref = snapshot.provider_ref
    if snapshot.status is CheckoutStatus.PAID and snapshot.received is not None:
        _apply_paid(attempt, snapshot, snapshot.received)
        return
    target = _ENDS.get(snapshot.status)
    if target is AttemptState.EXPIRED and cancelled:
        target = AttemptState.FAILED if snapshot.last_error else AttemptState.CANCELLED
    if snapshot.last_error:
        attempt.failure = snapshot.last_error
    if target is None or not attempt.transitions.allows(AttemptState(attempt.state), target):
        # Open as before, or an end that came earlier: an old hint does not undo it.
        return
    if target is AttemptState.PROCESSING:
        attempt.processing_at = attempt.processing_at or clock.now()
        move(attempt, target, actor=f"processor:{attempt.gateway}", locked=True)
    else:
        _end(attempt, target)


def _apply_paid(attempt: PaymentAttempt, snapshot: CheckoutSnapshot, received: Money) -> None:
    assert snapshot.charge_ref is not None
    payment = _record_payment(attempt, snapshot.charge_ref, received)
    right = received == attempt.money
    if payment is not None:
        account = purpose(attempt.purpose_type).account if right else Account.SUSPENSE
        ledger.book_received(payment, account)
    else:
        payment = db.session.scalars(
            sa.select(Payment).where(
                Payment.gateway == attempt.gateway,
                Payment.livemode == attempt.livemode,
                Payment.charge_ref == snapshot.charge_ref,
            )
        ).one()
        if payment.attempt_id != attempt.id:
            raise ValueError("this charge paid for another attempt")
    if snapshot.settlement is not None and payment.settlement_ref is None:
        if ledger.fits(payment, snapshot.settlement):
            payment.settlement_ref = snapshot.settlement.ref
            ledger.book_settlement(payment, snapshot.settlement)
        else:
            # Not booked and not dropped: it stays unsettled, and every check says so again.
            log.error("settlement differs from payment", payment=str(payment.id))
    actor = f"processor:{attempt.gateway}"
    if not right:
        if attempt.state not in {AttemptState.NEEDS_REVIEW, AttemptState.SUCCEEDED}:
            attempt.failure = "wrong_amount"
            reason = "amount or currency differs"
            move(attempt, AttemptState.NEEDS_REVIEW, actor=actor, reason=reason, locked=True)
        return
    if attempt.state == AttemptState.NEEDS_REVIEW:
        return
    attempt.redirect_url = ""
    attempt.failure = ""
    attempt.ended_at = attempt.ended_at or clock.now()
    if move(attempt, AttemptState.SUCCEEDED, actor=actor, locked=True):
        purpose(attempt.purpose_type).on_paid(attempt.purpose_id, payment)


def _record_payment(attempt: PaymentAttempt, charge_ref: str, received: Money) -> Payment | None:
    """Insert the payment; None when this charge is in the books already."""
    session = db.session
    payment_id = session.scalar(
        insert(Payment)
        .values(
            id=uuid.uuid4(),
            attempt_id=attempt.id,
            gateway=attempt.gateway,
            livemode=attempt.livemode,
            charge_ref=charge_ref,
            amount_minor=received.minor,
            currency=received.currency,
            received_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(Payment.id)
    )
    return None if payment_id is None else session.get_one(Payment, payment_id)


def _end(attempt: PaymentAttempt, target: AttemptState) -> None:
    attempt.redirect_url = ""
    attempt.ended_at = clock.now()
    if move(attempt, target, actor=f"processor:{attempt.gateway}", locked=True):
        purpose(attempt.purpose_type).on_ended(attempt.purpose_id, attempt)


def to_check(now: datetime, *, limit: int = 200) -> list[uuid.UUID]:
    """Attempts to ask the processor about, those not asked for the longest time first: under way
    and not asked for five minutes, or paid and still lacking the processor's own booking (its fee).
    """
    stale = now - timedelta(minutes=5)
    last_asked = sa.func.coalesce(PaymentAttempt.checked_at, PaymentAttempt.created_at)
    # Two lists, each by its own index, instead of one condition that reads the whole table.
    open_ends = sa.union(
        sa.select(PaymentAttempt.id).where(PaymentAttempt.state.in_(UNDER_WAY)),
        sa.select(Payment.attempt_id).where(
            Payment.settlement_ref.is_(None), Payment.received_at < stale
        ),
    )
    due = (
        sa.select(PaymentAttempt.id)
        .where(PaymentAttempt.id.in_(open_ends), last_asked < stale)
        .order_by(last_asked)
        .limit(limit)
    )
    return list(db.session.scalars(due))


def note_asked(attempt_id: uuid.UUID) -> None:
    """The processor was asked and gave no answer: others come first now."""
    db.session.execute(
        sa.update(PaymentAttempt)
        .where(PaymentAttempt.id == attempt_id)
        .values(checked_at=clock.now())
    )


def note_unmatched(gateway: str, ref: str) -> None:
    """Leave a trace of an object at the processor that belongs to nothing here."""
    audit.record(actor=f"processor:{gateway}", action="inbox.unmatched", subject=f"checkout:{ref}")
