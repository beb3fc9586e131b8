"""What happened with the money of one purpose, for its page in the panel."""

import uuid
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from core.database import db
from payments.models import InboxEvent, JournalEntry, PaymentAttempt


def attempts_of(purpose_type: str, purpose_id: uuid.UUID) -> Sequence[PaymentAttempt]:
    """The attempts of a purpose with their payments, oldest first. Two statements."""
    return db.session.scalars(
        sa.select(PaymentAttempt)
        .where(PaymentAttempt.purpose_type == purpose_type, PaymentAttempt.purpose_id == purpose_id)
        .order_by(PaymentAttempt.created_at, PaymentAttempt.id)
        .options(selectinload(PaymentAttempt.payments))
    ).all()


def entries_of(payment_ids: Iterable[uuid.UUID]) -> Sequence[JournalEntry]:
    """The bookings of payments with their lines, in their order. Two statements."""
    return db.session.scalars(
        sa.select(JournalEntry)
        .where(
            JournalEntry.source_type == "payment",
            JournalEntry.source_id.in_([str(payment_id) for payment_id in payment_ids]),
        )
        .order_by(JournalEntry.id)
        .options(selectinload(JournalEntry.lines))
    ).all()


def events_about(refs: Iterable[str]) -> Sequence[InboxEvent]:
    """The processors' events about these objects, oldest first. One statement."""
    return db.session.scalars(
        sa.select(InboxEvent)
        .where(InboxEvent.ref.in_(list(refs)))
        .order_by(InboxEvent.received_at, InboxEvent.id)
    ).all()
