"""The outbox and its transports, against real SMTP servers that misbehave."""

import email
import email.policy
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from core import mail
from core.database import db, transaction
from core.errors import Conflict
from core.jobs import BACKOFF
from core.mail.letter import Letter
from core.mail.outbox import MAX_TRIES, MailMessage
from core.mail.transport import MailNotSent, compose, deliver
from tests.core import sample_jobs
from tests.core.smtp_server import Post, serving
from tests.core.workers import let_workers_die, make_due, wait_for, worker
from tests.giving import rows
from tests.site import free_port, test_environ, work_off

MakeApp = Callable[..., Flask]
STATE = "SELECT state, tries, last_error FROM mail_message"


def queue(app: Flask, to: str = "vera@example.org") -> bool:
    with app.app_context(), transaction():
        return mail.queue(sample_jobs.KIND, to, locale="en")


def ids_of(letters: list[bytes]) -> set[str]:
    return {str(email.message_from_bytes(letter)["Message-ID"]) for letter in letters}


def test_a_letter_goes_into_the_folder_whole_and_private(app: Flask, mail_dir: Path) -> None:
    assert queue(app)
    assert not queue(app), "once per subject"
    work_off(app)
    [path] = mail_dir.iterdir()
    assert path.suffix == ".eml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(mail_dir.stat().st_mode) == 0o700
    letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert letter["To"] == "vera@example.org"
    assert letter["Auto-Submitted"] == "auto-generated"
    [(mail_id, sent_at)] = rows(app, "SELECT id, sent_at FROM mail_message WHERE state = 'sent'")
    assert str(mail_id) in letter["Message-ID"]
    assert sent_at is not None


def test_nobody_to_write_to_is_no_failure(app: Flask, mail_dir: Path) -> None:
    queue(app, to="")
    work_off(app)
    assert rows(app, STATE) == [("unneeded", 0, "")]
    assert not mail_dir.exists()


def test_every_kind_of_failure_is_tried_again_and_one_letter_is_taken(make_app: MakeApp) -> None:
    port = free_port()
    app = make_app(MAIL_URL=f"smtp://127.0.0.1:{port}")
    queue(app)
    work_off(app)
    assert rows(app, STATE) == [("queued", 1, "ConnectionRefusedError")]
    work_off(app)
    assert rows(app, STATE)[0][1] == 1, "not before its time"
    post = Post(port=port, answers=["451 later", "554 never", "250 taken"])
    with serving(post):
        for tries, error in ((2, "SMTPDataError 451"), (3, "SMTPDataError 554")):
            make_due(app)
            work_off(app)
            assert rows(app, STATE) == [("queued", tries, error)]
        for _ in range(2):
            make_due(app)
            work_off(app)
    assert rows(app, STATE) == [("sent", 4, "")]
    assert len(post.taken) == 1
    assert len(post.letters) == 3
    assert len(ids_of(post.letters)) == 1


def test_a_letter_is_given_up_visibly_and_can_be_sent_again(make_app: MakeApp) -> None:
    assert len(BACKOFF) + 1 == MAX_TRIES
    post = Post(refuse_recipients="550 no vera@example.org here")
    with serving(post):
        app = make_app(MAIL_URL=f"smtp://127.0.0.1:{post.port}")
        queue(app)
        for _ in range(MAX_TRIES + 1):
            work_off(app)
            make_due(app)
        assert rows(app, STATE) == [("failed", MAX_TRIES, "SMTPRecipientsRefused 550")]
        assert sum(line.startswith("RCPT") for line in post.commands) == MAX_TRIES
        assert rows(app, "SELECT status FROM procrastinate_jobs") == [("failed",)]

        post.refuse_recipients = ""
        resend(app)
        work_off(app)
        assert rows(app, STATE) == [("sent", 1, "")]
        with pytest.raises(Conflict):
            resend(app)
    assert len(post.taken) == 1


def test_what_a_server_says_of_an_address_is_not_repeated(make_app: MakeApp) -> None:
    """Errors of jobs are logged with their causes."""
    from app.logs import format_error

    post = Post(refuse_recipients="550 no vera@example.org here")
    with serving(post):
        app = make_app(MAIL_URL=f"smtp://127.0.0.1:{post.port}")
        letter = Letter("vera@example.org", "Hi", "Text\n", "<p>Text</p>", "en")
        message = compose(letter, sender="a@example.org", message_id="<1@example.org>")
        with app.app_context(), pytest.raises(MailNotSent) as caught:
            deliver(message, name="1")
    text = format_error((caught.type, caught.value, caught.tb))
    assert "SMTPRecipientsRefused 550" in text
    assert "vera" not in text


def resend(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        mail.resend(session.query(MailMessage).one())


def test_a_worker_killed_while_sending_sends_no_second_letter(
    make_app: MakeApp, database_url: str, mail_dir: Path
) -> None:
    import threading

    post = Post(hold=threading.Event())
    with serving(post):
        address = f"smtp://127.0.0.1:{post.port}"
        app = make_app(MAIL_URL=address)
        queue(app)
        environ = test_environ(database_url, mail_dir, "") | {"MAIL_URL": address}
        with worker(environ):
            wait_for(post.arrived.is_set)
        assert post.hold is not None
        post.hold.set()
        let_workers_die(app)
        with app.app_context():
            from core.jobs import take_up_stalled

            take_up_stalled()
        work_off(app)
        assert len(post.letters) == 1
        assert rows(app, STATE) == [("sending", 1, "")]
        assert rows(app, "SELECT count(*) FROM procrastinate_jobs WHERE status <> 'failed'") == [
            (0,)
        ]
        resend(app)
        work_off(app)
        assert rows(app, STATE)[0][0] == "sent"
    assert len(post.letters) == 2
    assert len(ids_of(post.letters)) == 1


@pytest.mark.parametrize(
    "to", ["vera@example.org\r\nBcc: eve@example.org", "a@example.org\nSubject: x"]
)
def test_no_header_can_be_slipped_in(app: Flask, mail_dir: Path, to: str) -> None:
    queue(app, to=to)
    work_off(app)
    assert not list(mail_dir.glob("*.eml")) if mail_dir.exists() else True
    [(state, tries, _)] = rows(app, STATE)
    assert (state, tries) == ("queued", 0), "never on its way, so not `sending`"


def test_a_subject_of_several_lines_becomes_one(app: Flask) -> None:
    letter = Letter(to="vera@example.org", subject="Тема", text="т\n", html="<p>т</p>", locale="ru")
    with app.app_context():
        message = compose(letter, sender="Имя <a@example.org>", message_id="<1@example.org>")
    raw = message.as_bytes()
    assert raw.isascii()
    assert b"Content-Language: ru" in raw
    back = email.message_from_bytes(raw, policy=email.policy.default)
    assert back["Subject"] == "Тема"
    for subject in ("a\r\nBcc: eve@example.org", "a\nb"):
        bad = Letter(to="a@example.org", subject=subject, text="", html="", locale="en")
        with pytest.raises(ValueError, match="linefeed"):
            compose(bad, sender="a@example.org", message_id="<1@example.org>")


def test_beyond_this_machine_a_letter_goes_encrypted_or_not_at_all(make_app: MakeApp) -> None:
    # 127.1 is loopback by another name, which stands for any host.
    for extensions in ((), ("STARTTLS",)):
        post = Post(extensions=extensions)
        with serving(post):
            app = make_app(MAIL_URL=f"smtp://127.1:{post.port}")
            queue(app, to=f"vera{len(extensions)}@example.org")
            work_off(app)
        assert post.letters == []
        assert not [c for c in post.commands if c.startswith(("AUTH", "MAIL", "RCPT"))]
    states = rows(app, "SELECT state, last_error <> '' FROM mail_message")
    assert states == [("queued", True)] * 2


def test_a_password_is_only_told_to_a_server_that_is_verified(make_app: MakeApp) -> None:
    post = Post()
    with serving(post):
        app = make_app(MAIL_URL=f"smtps://user:password@127.0.0.1:{post.port}")
        queue(app)
        work_off(app)
    assert post.letters == []
    assert not any("AUTH" in command for command in post.commands)
    assert rows(app, STATE)[0][:2] == ("queued", 1)


def test_an_unknown_mail_is_passed_over(app: Flask) -> None:
    from core.mail.outbox import send_mail

    with app.app_context():
        send_mail(mail_id="00000000-0000-4000-8000-000000000000")
        assert not db.session.new
