"""Jobs and mails that did not go through, for the panel: what they are, and running them again."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from core import audit
from core.database import db
from core.errors import Conflict, NotFound
from core.mail import MailMessage, MailState, resend

_LIMIT = 200

_TROUBLED = sa.text(
    "SELECT job.id, job.task_name, job.args, job.status::text AS status, job.attempts,"
    " job.scheduled_at, mail.last_error,"
    " (SELECT max(event.at) FROM procrastinate_events event WHERE event.job_id = job.id"
    # This kind tells of the future: its moment is the one it is scheduled for.
    " AND event.type <> 'scheduled') AS last_at"
    " FROM procrastinate_jobs job"
    " LEFT JOIN mail_message mail ON job.task_name = 'mail.send'"
    " AND mail.id::text = job.args ->> 'mail_id'"
    " WHERE job.status = 'failed' OR (job.status = 'todo' AND job.attempts > 0)"
    " ORDER BY job.status = 'failed' DESC, job.id DESC LIMIT :limit"
)
_BEING_SENT = (
    "SELECT 1 FROM procrastinate_jobs job WHERE job.status = 'doing'"
    " AND job.task_name = 'mail.send' AND job.args ->> 'mail_id' = mail_message.id::text"
)


@dataclass(frozen=True, slots=True)
class TroubledJob:
    """A job that failed for good, or waits for its next try. `args` are ids."""

    id: int
    task: str
    args: dict[str, Any]
    failed: bool
    tries: int
    next_at: datetime | None
    last_at: datetime | None
    last_error: str


def troubled_jobs() -> list[TroubledJob]:
    """The newest of them, the failed ones first. One statement."""
    return [
        TroubledJob(
            id=row.id,
            task=row.task_name,
            args=row.args,
            failed=row.status == "failed",
            tries=row.attempts,
            next_at=row.scheduled_at,
            last_at=row.last_at,
            last_error=row.last_error or "",
        )
        for row in db.session.execute(_TROUBLED, {"limit": _LIMIT})
    ]


def troubled_mails() -> Sequence[MailMessage]:
    """Mails given up, waiting for another try, or of unknown fate (no worker is sending them now)."""
    stuck = sa.and_(MailMessage.state == MailState.SENDING, sa.text(f"NOT EXISTS ({_BEING_SENT})"))
    retrying = sa.and_(MailMessage.state == MailState.QUEUED, MailMessage.tries > 0)
    return db.session.scalars(
        sa.select(MailMessage)
        .where(sa.or_(MailMessage.state == MailState.FAILED, stuck, retrying))
        .order_by(MailMessage.created_at.desc(), MailMessage.id)
        .limit(_LIMIT)
    ).all()


def run_again(job_id: int, *, actor: str) -> None:
    """Let a failed or waiting job run now. Raises NotFound, and Conflict for one that runs or waits
    for its first try, or whose twin is queued already.
    """
    session = db.session
    row = session.execute(
        sa.text(
            "SELECT task_name, status::text AS status, attempts FROM procrastinate_jobs"
            " WHERE id = :id FOR UPDATE"
        ),
        {"id": job_id},
    ).first()
    if row is None:
        raise NotFound("no such job, or done meanwhile")
    if row.status == "failed":
        statement = "SELECT procrastinate_retry_job_v2(:id, now(), NULL, NULL, NULL)"
    elif row.status == "todo" and row.attempts > 0:
        statement = "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE id = :id"
    else:
        raise Conflict("only a job that failed can be run again")
    try:
        with session.begin_nested():
            session.execute(sa.text(statement), {"id": job_id})
    except IntegrityError as error:
        raise Conflict("the same job is queued already") from error
    audit.record(
        actor=actor,
        action="job.run_again",
        subject=f"job:{job_id}",
        details={"task": row.task_name},
    )


def send_again(mail_id: uuid.UUID, *, actor: str) -> None:
    """Send a given-up or stuck mail again. Raises NotFound, and Conflict for one that is under way."""
    mail = db.session.get(MailMessage, mail_id, with_for_update=True)
    if mail is None:
        raise NotFound("no such mail")
    under_way = (
        sa.select(sa.literal(1))
        .select_from(MailMessage)
        .where(MailMessage.id == mail_id, sa.text(f"EXISTS ({_BEING_SENT})"))
    )
    if db.session.scalar(under_way) is not None:
        raise Conflict("the mail is being sent")
    before = mail.state
    resend(mail)
    audit.record(
        actor=actor,
        action="mail.sent_again",
        subject=f"mail:{mail_id}",
        details={"kind": mail.kind, "from": str(before)},
    )
