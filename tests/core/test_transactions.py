"""Who owns a transaction, and what is caught when nobody does."""

import pytest
import sqlalchemy as sa
from flask import Flask

from core import audit
from core.access import public
from core.database import TransactionError, db, is_dirty, release, transaction
from core.mail.outbox import MailMessage
from tests.giving import rows
from tests.site import LeftOver


def _mail(subject: str) -> MailMessage:
    return MailMessage(kind="test", subject_id=subject, locale="en")


def _fail_after(mail: MailMessage) -> None:
    with transaction() as session:
        session.add(mail)
        session.flush()
        raise ZeroDivisionError


def _nest(mail: MailMessage) -> None:
    with transaction() as session:
        session.add(mail)
        with transaction():
            pass


def test_a_transaction_commits_as_a_whole_or_not_at_all(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            session.add(_mail("kept"))
        with pytest.raises(ZeroDivisionError):
            _fail_after(_mail("lost"))
    assert rows(app, "SELECT subject_id FROM mail_message") == [("kept",)]


def test_a_service_cannot_own_a_transaction_of_its_caller(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(TransactionError, match="inside"):
            _nest(_mail("lost"))
        with transaction() as session:
            session.add(_mail("after"))
    assert rows(app, "SELECT subject_id FROM mail_message") == [("after",)]


@pytest.mark.parametrize("how", ["added", "flushed", "statement", "audited"])
def test_left_over_changes_are_refused(app: Flask, how: str) -> None:
    with app.app_context():
        if how == "statement":
            db.session.execute(sa.update(MailMessage).values(tries=1))
        elif how == "audited":
            audit.record(actor="system", action="test", subject="test:1")
        else:
            db.session.add(_mail("left"))
            if how == "flushed":
                db.session.flush()
        assert is_dirty(db.session)
        with pytest.raises(TransactionError, match="before"), transaction():
            pass
        with pytest.raises(TransactionError, match="network"):
            release()
        db.session.rollback()
        assert not is_dirty(db.session)


def test_the_network_is_not_asked_inside_a_transaction(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(TransactionError, match="network"), transaction():
            release()
        db.session.execute(sa.select(MailMessage)).all()
        assert db.session.in_transaction()
        release()
        assert not db.session.in_transaction()


def test_a_savepoint_does_not_hide_changes(app: Flask) -> None:
    """The end of a SAVEPOINT is no end of the transaction around it."""
    with app.app_context():
        for end in ("commit", "rollback"):
            db.session.execute(sa.update(MailMessage).values(tries=1))
            savepoint = db.session.begin_nested()
            getattr(savepoint, end)()
            assert is_dirty(db.session), end
            db.session.rollback()


def test_a_savepoint_keeps_what_was_recorded_before_it(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        audit.record(actor="system", action="before", subject="test:1")
        savepoint = session.begin_nested()
        audit.record(actor="system", action="undone", subject="test:1")
        savepoint.rollback()
        with session.begin_nested():
            audit.record(actor="system", action="inside", subject="test:1")
        audit.record(actor="system", action="after", subject="test:1")
    found = rows(app, "SELECT action FROM audit_entry ORDER BY id")
    assert found == [("before",), ("inside",), ("after",)]


def test_a_route_that_forgets_to_commit_is_caught(app: Flask) -> None:
    @public
    def forgets() -> str:
        db.session.add(_mail("forgotten"))
        return "done"

    @public
    def flushes() -> str:
        db.session.add(_mail("flushed"))
        db.session.flush()
        return "done"

    @public
    def commits() -> str:
        with transaction() as session:
            session.add(_mail("committed"))
        return "done"

    for view in (forgets, flushes, commits):
        app.add_url_rule(f"/planted/{view.__name__}", view_func=view)
    client = app.test_client()
    for name in ("forgets", "flushes"):
        with pytest.raises(LeftOver):
            client.get(f"/planted/{name}")
    assert client.get("/planted/commits").text == "done"
    assert rows(app, "SELECT subject_id FROM mail_message") == [("committed",)]
