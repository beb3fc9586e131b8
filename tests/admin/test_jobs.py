import uuid

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from core.audit import AuditEntry
from core.database import db, transaction
from core.mail import MailMessage
from tests.admin.reading import rows
from tests.staff.people import add_account, send, signed_in


@pytest.fixture
def panel(app: Flask) -> FlaskClient:
    """A browser of an operator."""
    add_account(app, roles=["operator"])
    return signed_in(app)


def add_job(app: Flask, status: str, attempts: int = 0, **fields: str) -> int:
    with app.app_context(), transaction() as session:
        return int(
            session.execute(
                sa.text(
                    "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts,"
                    " queueing_lock, scheduled_at) VALUES ('default', :task, CAST(:args AS jsonb),"
                    " CAST(:status AS procrastinate_job_status), :attempts, :once,"
                    " now() + interval '1 hour') RETURNING id"
                ),
                {
                    "task": fields.get("task", "payments.process_event"),
                    "args": fields.get("args", '{"event_id": "abc"}'),
                    "status": status,
                    "attempts": attempts,
                    "once": fields.get("once"),
                },
            ).scalar_one()
        )


def add_mail(app: Flask, state: str, tries: int = 1) -> uuid.UUID:
    with app.app_context(), transaction() as session:
        mail = MailMessage(
            id=uuid.uuid4(),
            kind="donation_receipt",
            subject_id=str(uuid.uuid4()),
            locale="en",
            state=state,
            tries=tries,
            last_error="SMTPServerDisconnected" if tries else "",
        )
        session.add(mail)
        return mail.id


def job(app: Flask, job_id: int) -> tuple[str, int, bool]:
    """Status, tries, and whether it is due."""
    with app.app_context():
        row = db.session.execute(
            sa.text(
                "SELECT status::text, attempts, coalesce(scheduled_at <= now(), true)"
                " FROM procrastinate_jobs WHERE id = :id"
            ),
            {"id": job_id},
        ).one()
        return (row[0], row[1], row[2])


def trail(app: Flask, action: str) -> list[str]:
    with app.app_context():
        found = sa.select(AuditEntry.subject).where(AuditEntry.action == action)
        return list(db.session.scalars(found))


def test_with_nothing_in_trouble_it_says_so(panel: FlaskClient) -> None:
    page = panel.get("/admin/jobs").text
    assert "No job failed, and none waits for another try." in page
    assert "Every mail went out." in page


def test_only_what_is_in_trouble_is_shown(app: Flask, panel: FlaskClient) -> None:
    failed = add_job(app, "failed", 8)
    retrying = add_job(app, "todo", 2)
    add_job(app, "todo")
    add_job(app, "succeeded", 1)
    add_job(app, "doing", 1)
    page = panel.get("/admin/jobs").text
    shown = rows(page)
    assert [(row[0], row[1], row[2], row[3], row[4]) for row in shown] == [
        (str(failed), "payments.process_event", "event_id=abc", "Failed", "8"),
        (str(retrying), "payments.process_event", "event_id=abc", "Waits for another try", "2"),
    ]


def test_a_failed_job_runs_again_and_that_is_noted(app: Flask, panel: FlaskClient) -> None:
    failed = add_job(app, "failed", 8)
    waiting = add_job(app, "todo", 2)
    for job_id in (failed, waiting):
        answer = send(panel, f"/admin/jobs/{job_id}/run")
        assert (answer.status_code, answer.location) == (303, "/admin/jobs")
    assert job(app, failed)[0] == "todo"
    assert job(app, failed)[2]
    assert job(app, waiting) == ("todo", 2, True)
    assert trail(app, "job.run_again") == [f"job:{failed}", f"job:{waiting}"]


@pytest.mark.parametrize(("status", "attempts"), [("doing", 1), ("succeeded", 1), ("todo", 0)])
def test_a_job_that_goes_its_way_is_left_alone(
    app: Flask, panel: FlaskClient, status: str, attempts: int
) -> None:
    job_id = add_job(app, status, attempts)
    assert send(panel, f"/admin/jobs/{job_id}/run").status_code == 409
    assert job(app, job_id)[:2] == (status, attempts)
    assert trail(app, "job.run_again") == []


def test_a_job_whose_twin_waits_is_not_queued_twice(app: Flask, panel: FlaskClient) -> None:
    failed = add_job(app, "failed", 8, once="check-all")
    add_job(app, "todo", 0, once="check-all")
    assert send(panel, f"/admin/jobs/{failed}/run").status_code == 409
    assert job(app, failed)[0] == "failed"


def test_unknown_jobs_and_mails_are_not_found(panel: FlaskClient) -> None:
    for path in (
        "jobs/987654/run",
        "jobs/99999999999999999999/run",
        f"jobs/mails/{uuid.uuid4()}/send",
    ):
        assert send(panel, f"/admin/{path}").status_code == 404


def test_mails_given_up_or_stuck_are_shown(app: Flask, panel: FlaskClient) -> None:
    add_mail(app, "failed", 8)
    add_mail(app, "queued", 2)
    add_mail(app, "sending")
    add_mail(app, "queued", 0)
    add_mail(app, "sent")
    add_mail(app, "unneeded")
    under_way = add_mail(app, "sending")
    add_job(app, "doing", task="mail.send", args=f'{{"mail_id": "{under_way}"}}')
    page = panel.get("/admin/jobs").text
    assert sorted(row[3] for row in rows(page)) == ["Fate unknown", "Given up", "Waiting"]
    assert page.count(">Send again<") == 2


@pytest.mark.parametrize("state", ["failed", "sending"])
def test_a_mail_is_sent_again_and_that_is_noted(app: Flask, panel: FlaskClient, state: str) -> None:
    mail_id = add_mail(app, state, 8)
    assert send(panel, f"/admin/jobs/mails/{mail_id}/send").status_code == 303
    with app.app_context():
        mail = db.session.get_one(MailMessage, mail_id)
        assert (mail.state, mail.tries) == ("queued", 0)
        jobs = db.session.scalars(
            sa.text(
                "SELECT args ->> 'mail_id' FROM procrastinate_jobs WHERE task_name = 'mail.send'"
            )
        ).all()
    assert jobs == [str(mail_id)]
    assert trail(app, "mail.sent_again") == [f"mail:{mail_id}"]


def test_a_mail_under_way_is_not_sent_twice(app: Flask, panel: FlaskClient) -> None:
    sent = add_mail(app, "sent")
    under_way = add_mail(app, "sending")
    add_job(app, "doing", task="mail.send", args=f'{{"mail_id": "{under_way}"}}')
    for mail_id in (sent, under_way):
        assert send(panel, f"/admin/jobs/mails/{mail_id}/send").status_code == 409
    assert trail(app, "mail.sent_again") == []
