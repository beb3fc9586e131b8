"""The inbox: each event of a processor is kept once, and marked done with its effect."""

import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from core import clock
from core.database import db
from payments.gateway import WebhookEvent
from payments.models import InboxEvent, InboxState, PaymentAttempt


def keep_event(gateway: str, event: WebhookEvent) -> uuid.UUID | None:
    """Store an event; its id, or None when it came before."""
    return db.session.scalar(
        insert(InboxEvent)
        .values(
            id=uuid.uuid4(),
            gateway=gateway,
            livemode=event.livemode,
            event_id=event.event_id,
            type=event.type,
            kind=event.kind,
            ref=event.ref,
            state=InboxState.RECEIVED if event.kind else InboxState.IGNORED,
            occurred_at=event.occurred_at,
            received_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(InboxEvent.id)
    )


def find_attempt(
    gateway: str, *, livemode: bool, ref: str, attempt_id: uuid.UUID | None
) -> PaymentAttempt | None:
    """The attempt of a checkout: by the processor's reference, else by the id we sent along.

    The second way finds an attempt whose process was killed before it could note the reference.
    """
    session = db.session
    found = session.scalar(
        sa.select(PaymentAttempt).where(
            PaymentAttempt.gateway == gateway,
            PaymentAttempt.livemode == livemode,
            PaymentAttempt.provider_ref == ref,
        )
    )
    if found is None and attempt_id is not None:
        candidate = session.get(PaymentAttempt, attempt_id)
        if (
            candidate is not None
            and candidate.provider_ref is None
            and (candidate.gateway, candidate.livemode) == (gateway, livemode)
        ):
            found = candidate
    return found


def mark(event_id: uuid.UUID, state: InboxState) -> None:
    """Say what became of an event."""
    db.session.execute(
        sa.update(InboxEvent)
        .where(InboxEvent.id == event_id)
        .values(state=state, done_at=clock.now())
    )
