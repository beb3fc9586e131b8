"""The audit trail: what it holds, who may not change it, and that changes show."""

import uuid

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from core import audit
from core.audit import AuditEntry
from core.database import db, transaction
from core.mail.outbox import MailMessage
from tests.giving import at_once, execute, rows

ROW = uuid.UUID(int=1)


def record(app: Flask, *actions: str) -> None:
    with app.app_context(), transaction():
        for action in actions:
            audit.record(actor="system", action=action, subject="test:1", details={"n": 1})


def verify(app: Flask, expected: tuple[int, str] | None = None) -> audit.Verification:
    with app.app_context():
        return audit.verify(expected)


def tamper(app: Flask, statement: str) -> None:
    """What a superuser can do who switches the guard off."""
    execute(
        app,
        "ALTER TABLE audit_entry DISABLE TRIGGER USER;"
        f"{statement};"
        "ALTER TABLE audit_entry ENABLE TRIGGER USER",
    )


def test_entries_are_chained_in_order(app: Flask) -> None:
    record(app, "one", "two")
    record(app, "three")
    found = verify(app)
    assert (found.count, found.problem) == (3, "")
    assert rows(app, "SELECT id, action FROM audit_entry ORDER BY id") == [
        (1, "one"),
        (2, "two"),
        (3, "three"),
    ]
    with app.app_context():
        content = db.session.get_one(AuditEntry, 1).content
    assert content["details"] == {"n": 1}
    assert content["at"].endswith("+00:00")


def test_an_empty_trail_is_whole(app: Flask) -> None:
    assert verify(app) == audit.Verification(0, "00" * 32, "")


def test_a_rolled_back_change_leaves_no_entry(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(ZeroDivisionError):
            _record_and_fail()
        with transaction():
            audit.record(actor="system", action="done", subject="test:1")
    assert rows(app, "SELECT action FROM audit_entry") == [("done",)]


def _record_and_fail() -> None:
    with transaction():
        audit.record(actor="system", action="undone", subject="test:1")
        raise ZeroDivisionError


def test_the_database_refuses_changes(app: Flask) -> None:
    record(app, "kept")
    for statement in (
        "UPDATE audit_entry SET body = body",
        "UPDATE audit_entry SET hash = '' WHERE false",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            execute(app, statement)
    assert verify(app).count == 1


def test_tampering_shows(app: Flask) -> None:
    record(app, *(f"a{n}" for n in range(5)))
    noted = verify(app)
    head = (noted.count, noted.head)
    assert verify(app, head).problem == ""

    tamper(app, "UPDATE audit_entry SET body = replace(body, 'a2', 'b2') WHERE id = 3")
    assert verify(app).problem == "entry 3 was changed"
    tamper(app, "UPDATE audit_entry SET body = replace(body, 'b2', 'a2') WHERE id = 3")
    assert verify(app, head).problem == ""

    execute(app, "CREATE TABLE kept AS SELECT id, body, hash FROM audit_entry")
    tamper(app, "DELETE FROM audit_entry WHERE id = 3")
    assert verify(app).problem == "entry 3 is missing"
    tamper(app, "INSERT INTO audit_entry (id, body, hash) SELECT * FROM kept WHERE id = 3")

    tamper(app, "DELETE FROM audit_entry WHERE id > 3")
    assert verify(app).problem == "", "a cut tail is whole in itself"
    assert verify(app, head).problem == "cut: 5 entries were noted before"

    # Cut, and grown again to the same length with a chain that is whole in itself.
    record(app, "x", "y", "z")
    assert verify(app).problem == ""
    assert verify(app, head).problem == "entry 5 or one before was rewritten"


def test_the_command_tells_by_its_exit_code(app: Flask) -> None:
    record(app, "one", "two")

    def run(args: list[str]) -> Result:
        with app.app_context():
            return app.test_cli_runner().invoke(args=args)

    seen = run(args=["audit", "verify"])
    assert seen.exit_code == 0
    noted = seen.output.strip()
    assert noted.startswith("2:")
    record(app, "three")
    assert run(args=["audit", "verify", "--expect", noted]).exit_code == 0
    assert run(args=["audit", "verify", "--expect", "9:" + "0" * 64]).exit_code == 1
    assert run(args=["audit", "verify", "--expect", "2:" + "0" * 64]).exit_code == 1
    for wrong in ("2", "x:" + "0" * 64, "2:beef"):
        assert run(args=["audit", "verify", "--expect", wrong]).exit_code == 2
    tamper(app, "DELETE FROM audit_entry WHERE id = 2")
    broken = run(args=["audit", "verify"])
    assert broken.exit_code == 1
    assert "entry 2 is missing" in broken.output


def test_eight_writers_at_once_leave_one_chain(app: Flask) -> None:
    """They also fight for one row, so that a lock held too long would be a deadlock."""
    with app.app_context(), transaction() as session:
        session.add(MailMessage(id=ROW, kind="test", subject_id="1", locale="en"))

    def work(number: int) -> None:
        for turn in range(4):
            with transaction() as session:
                audit.record(actor=f"t{number}", action=f"before{turn}", subject="test:1")
                mail = session.get_one(
                    MailMessage, ROW, with_for_update=True, populate_existing=True
                )
                mail.tries += 1
                audit.record(actor=f"t{number}", action=f"after{turn}", subject="test:1")

    at_once(app, 8, work)
    found = verify(app)
    assert (found.count, found.problem) == (64, "")
    assert rows(app, "SELECT tries FROM mail_message") == [(32,)]
    assert len(set(rows(app, "SELECT actor, action FROM audit_entry"))) == 64


def test_without_the_lock_the_chain_would_fork(app: Flask) -> None:
    """The negative control: the same writers, with the lock taken out of the function."""
    body: str = rows(app, "SELECT pg_get_functiondef('audit_append'::regproc)")[0][0]
    assert "pg_advisory_xact_lock" in body
    # A moment between reading the head and writing, as a slow disk would give.
    unlocked = body.replace("pg_advisory_xact_lock(7201002)", "1").replace(
        "last_id := coalesce(last_id, 0);",
        "PERFORM pg_sleep(0.1); last_id := coalesce(last_id, 0);",
    )
    with app.app_context():
        db.session.connection().exec_driver_sql(unlocked)
        db.session.commit()

    def work(_number: int) -> None:
        with transaction():
            audit.record(actor="system", action="x", subject="test:1")

    with pytest.raises(sa.exc.IntegrityError):
        at_once(app, 4, work)
