"""Conversations with a processor: intent saved, call made outside any transaction, result saved.

Called by views, jobs and commands, never inside a transaction. This is the one place of the room
that owns transactions, because a call to the network must stand between two of them.
"""

import time
import uuid

import structlog

from core.database import db, release, transaction
from payments.errors import (
    GatewayConflict,
    GatewayError,
    OutcomeUnknown,
    Retryable,
    UnknownObject,
)
from payments.gateways import gateway
from payments.models import AttemptState, InboxEvent, InboxState, PaymentAttempt
from payments.purposes import purpose
from payments.services import attempts, inbox

log = structlog.get_logger(__name__)

#: Two clicks at once make two equal calls; the processor refuses the second while the first runs.
_CONFLICT_WAITS = (0.2, 0.4, 0.8, 1.6)


def open_checkout(attempt: PaymentAttempt) -> str:
    """Open the attempt's checkout, or find the one that is open, and return the address to go on to.

    Raises Retryable or OutcomeUnknown (the attempt stays; calling again repeats the same call) and
    other GatewayErrors (the attempt has failed). Empty when the attempt has ended meanwhile.
    """
    if attempt.state != AttemptState.CREATED:
        return attempt.redirect_url
    rail = gateway(attempt.gateway)
    request = purpose(attempt.purpose_type).checkout(attempt)
    key = attempts.create_key(attempt)
    release()
    try:
        for wait in (*_CONFLICT_WAITS, None):
            try:
                handle = rail.create_checkout(request, idempotency_key=key)
                break
            except GatewayConflict:
                if wait is None:
                    raise
                time.sleep(wait)
    except GatewayError as error:
        unknown = isinstance(error, (OutcomeUnknown, Retryable, GatewayConflict))
        log.warning(
            "checkout not opened",
            error=type(error).__name__,
            reason=str(error),
            attempt=str(attempt.id),
        )
        with transaction():
            attempts.record_not_opened(attempt, error, unknown=unknown)
        raise
    with transaction():
        attempts.record_opened(attempt, handle)
    return attempt.redirect_url


def check(attempt: PaymentAttempt, *, quick: bool = False) -> None:
    """Ask the processor how the attempt's checkout is, and book what it says. Raises GatewayError.

    `quick` is for pages: one try with short time-outs instead of three patient ones.
    An attempt whose creating call has no known outcome is settled by the same call with the same key.
    """
    if attempt.provider_ref is None:
        if not quick:
            open_checkout(attempt)
        return
    release()
    snapshot = gateway(attempt.gateway).fetch_checkout(attempt.provider_ref, quick=quick)
    with transaction():
        attempts.apply_snapshot(attempt, snapshot)


def cancel(attempt: PaymentAttempt, *, quick: bool = False) -> None:
    """Close the attempt's checkout because its payer wants to stop. If it was paid, it is paid."""
    if attempt.provider_ref is None or attempt.state != AttemptState.OPEN:
        return
    release()
    snapshot = gateway(attempt.gateway).close_checkout(attempt.provider_ref, quick=quick)
    with transaction():
        attempts.apply_snapshot(attempt, snapshot, cancelled=True)


def process_event(event_id: uuid.UUID) -> None:
    """Work off one event of the inbox: fetch what it is about, then effect and mark together."""
    event = db.session.get(InboxEvent, event_id)
    if event is None or event.state != InboxState.RECEIVED:
        return
    release()
    try:
        snapshot = gateway(event.gateway).fetch_checkout(event.ref)
    except UnknownObject:
        with transaction():
            attempts.note_unmatched(event.gateway, event.ref)
            inbox.mark(event.id, InboxState.UNMATCHED)
        return
    with transaction():
        attempt = inbox.find_attempt(
            event.gateway,
            livemode=event.livemode,
            ref=event.ref,
            attempt_id=snapshot.attempt_id,
        )
        if attempt is None:
            attempts.note_unmatched(event.gateway, event.ref)
            inbox.mark(event.id, InboxState.UNMATCHED)
            return
        attempts.apply_snapshot(attempt, snapshot)
        inbox.mark(event.id, InboxState.DONE)
