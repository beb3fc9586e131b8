"""The outbox: a row and a job, written with their cause; rendered and sent by the worker.

A kind of mail goes out once per subject (UNIQUE). The row is marked `sending` and committed before
the letter is handed over: a worker killed in between leaves a mail whose fate is unknown, which is
shown to staff instead of being sent a second time.
"""

import uuid
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

import sqlalchemy as sa
import structlog
from flask import current_app
from flask_babel import force_locale
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, jobs
from core.content import content
from core.database import Base, db, state_check, transaction
from core.errors import Conflict
from core.mail.letter import Letter, writer_of
from core.mail.transport import MailNotSent, compose, deliver
from core.settings import settings

log = structlog.get_logger(__name__)

#: Tries before a mail is given up, visibly.
MAX_TRIES = len(jobs.BACKOFF) + 1


class MailState(StrEnum):
    """Where a mail is. `sending` that lasts means: killed while sending, fate unknown."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNNEEDED = "unneeded"  # nobody to write to any more


class MailMessage(Base):
    """One mail to be sent: which kind, about what. Never an address."""

    __tablename__ = "mail_message"
    __table_args__ = (sa.UniqueConstraint("kind", "subject_id"), state_check("state", MailState))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    kind: Mapped[str]
    subject_id: Mapped[str]
    locale: Mapped[str]
    state: Mapped[str] = mapped_column(default=MailState.QUEUED)
    tries: Mapped[int] = mapped_column(sa.SmallInteger(), default=0)
    last_error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    sent_at: Mapped[datetime | None]


def queue(kind: str, subject_id: str, *, locale: str) -> bool:
    """Send a mail of `kind` about `subject_id` once this transaction commits; False if it was before."""
    session = db.session
    mail_id = session.scalar(
        insert(MailMessage)
        .values(
            id=uuid.uuid4(),
            kind=kind,
            subject_id=subject_id,
            locale=locale,
            state=MailState.QUEUED,
            tries=0,
            last_error="",
            created_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(MailMessage.id)
    )
    if mail_id is None:
        return False
    send_mail.defer(lock=f"mail:{mail_id}", mail_id=str(mail_id))
    return True


def resend(mail: MailMessage) -> None:
    """Queue a given-up or stuck mail again, by staff. Raises Conflict when it is sent or waiting."""
    db.session.refresh(mail, with_for_update=True)
    stuck = mail.state == MailState.SENDING
    if not stuck and mail.state not in {MailState.FAILED, MailState.UNNEEDED}:
        raise Conflict("only a mail that was given up can be sent again")
    mail.state = MailState.QUEUED
    mail.tries = 0
    send_mail.defer(lock=f"mail:{mail.id}", mail_id=str(mail.id))


@jobs.task("mail.send")
def send_mail(*, mail_id: str) -> None:
    """Render and hand over one mail; a failure is kept on its row and tried again with backoff."""
    with transaction() as session:
        mail = session.get(MailMessage, uuid.UUID(mail_id), with_for_update=True)
        if mail is None or mail.state != MailState.QUEUED:
            return
        letter = _write(mail)
        if letter is None:
            mail.state = MailState.UNNEEDED
            return
        # Composed before it is marked: what cannot be composed was never on its way.
        message = compose(letter, sender=content().mail_sender, message_id=_message_id(mail))
        mail.state = MailState.SENDING
        mail.tries += 1
    try:
        deliver(message, name=str(mail.id))
    except MailNotSent as error:
        with transaction():
            given_up = mail.tries >= MAX_TRIES
            mail.state = MailState.FAILED if given_up else MailState.QUEUED
            mail.last_error = str(error)
        log.warning("mail not sent", kind=mail.kind, tries=mail.tries, error=str(error))
        raise
    with transaction():
        mail.state = MailState.SENT
        mail.sent_at = clock.now()
        mail.last_error = ""


def _message_id(mail: MailMessage) -> str:
    return f"<{mail.id}@{urlsplit(settings().site_url).hostname}>"


def _write(mail: MailMessage) -> Letter | None:
    writer = writer_of(mail.kind)
    # url_for needs a request to know the site's address; templates get none of it otherwise.
    with current_app.test_request_context(base_url=settings().site_url), force_locale(mail.locale):
        return writer(mail.subject_id, mail.locale)
