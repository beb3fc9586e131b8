"""Jobs of the payments room."""

import uuid

import structlog

from core import clock, jobs
from core.database import db, release, transaction
from payments import flows
from payments.errors import GatewayError
from payments.models import PaymentAttempt
from payments.services import attempts

log = structlog.get_logger(__name__)


@jobs.task("payments.process_event")
def process_event(*, event_id: str) -> None:
    """Work off one event of the inbox; retried with backoff, then visibly failed."""
    flows.process_event(uuid.UUID(event_id))


@jobs.task("payments.check_attempts", retry=False, cron="*/5 * * * *")
def check_attempts() -> None:
    """Ask about every attempt that nobody told us of: payers who never return, webhooks that never come."""
    due = attempts.to_check(clock.now())
    release()
    broken: list[Exception] = []
    for attempt_id in due:
        attempt = db.session.get(PaymentAttempt, attempt_id)
        if attempt is None:
            continue
        try:
            flows.check(attempt)
        except GatewayError as error:
            # The next run asks again; one that cannot be asked must not hold up the others.
            log.warning("attempt not checked", attempt=str(attempt_id), error=type(error).__name__)
            _note_asked(attempt_id)
        except Exception as error:
            # Nor one that we cannot understand; the job fails visibly, after the others.
            log.error("attempt not understood", attempt=str(attempt_id), exc_info=error)
            _note_asked(attempt_id)
            broken.append(error)
    if broken:
        raise ExceptionGroup("attempts not understood", broken)


def _note_asked(attempt_id: uuid.UUID) -> None:
    # Whatever went wrong may have left the session in the middle of something.
    db.session.rollback()
    with transaction():
        attempts.note_asked(attempt_id)
