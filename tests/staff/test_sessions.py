from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from core import clock
from core.database import db, transaction
from privacy import retention
from staff.models import SignInThrottle, StaffAccount, StaffSession
from staff.services import accounts, sessions
from tests.staff.people import (
    DEVICE_COOKIE,
    EMAIL,
    SESSION_COOKIE,
    add_account,
    cookie,
    send,
    sign_in,
    signed_in,
)


def test_the_cookie_is_refused_after_sign_out_and_so_is_its_copy(app: Flask) -> None:
    add_account(app)
    client = signed_in(app)
    stolen = cookie(client)
    answer = send(client, "/admin/sign-out")
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert cookie(client) == ""
    assert client.get("/admin/").status_code == 303
    thief = app.test_client()
    thief.set_cookie(SESSION_COOKIE, stolen, domain="localhost")
    assert thief.get("/admin/").status_code == 303
    assert "You are signed out." in client.get(answer.location).text


def test_sign_out_keeps_the_device_known(app: Flask) -> None:
    add_account(app)
    client = signed_in(app)
    before = cookie(client, DEVICE_COOKIE)
    send(client, "/admin/sign-out")
    assert before
    assert cookie(client, DEVICE_COOKIE) == before


def test_a_session_ends_after_thirty_idle_minutes(app: Flask) -> None:
    add_account(app)
    client = signed_in(app)
    with clock.shifted(timedelta(minutes=29)):
        assert client.get("/admin/").status_code == 200
    with clock.shifted(timedelta(minutes=29 + 29)):
        assert client.get("/admin/").status_code == 200
    with clock.shifted(timedelta(minutes=29 + 29 + 31)):
        assert client.get("/admin/").status_code == 303


def test_a_session_ends_after_eight_hours_in_all(app: Flask) -> None:
    add_account(app)
    client = signed_in(app)
    for minutes in range(20, 8 * 60, 20):
        with clock.shifted(timedelta(minutes=minutes)):
            assert client.get("/admin/").status_code == 200
    with clock.shifted(timedelta(hours=8, minutes=1)):
        assert client.get("/admin/").status_code == 303


def test_visits_are_noted_at_most_once_a_minute(app: Flask) -> None:
    add_account(app)
    client = signed_in(app)
    with app.app_context():
        seen = sa.select(StaffSession.last_seen_at)
        first = db.session.scalar(seen)
        client.get("/admin/")
        assert db.session.scalar(seen) == first
    with clock.shifted(timedelta(seconds=61)), app.app_context():
        client.get("/admin/")
        later = db.session.scalar(seen)
        assert first is not None
        assert later is not None
        assert later - first > timedelta(seconds=60)


def _disable(account: StaffAccount) -> None:
    accounts.disable(account)


def _demote(account: StaffAccount) -> None:
    accounts.set_roles(account, ["fulfilment"])


def _password(account: StaffAccount) -> None:
    accounts.change_password(account, "another horse entirely 42")


@pytest.mark.parametrize("change", [_disable, _demote, _password])
def test_a_changed_account_is_out_at_once(
    app: Flask, change: Callable[[StaffAccount], None]
) -> None:
    add_account(app)
    clients = [signed_in(app), signed_in(app)]
    with app.app_context(), transaction():
        change(accounts.find_by_email(EMAIL))
    for client in clients:
        assert client.get("/admin/donations").status_code == 303


def test_demotion_counts_even_where_a_session_was_left(app: Flask) -> None:
    add_account(app)
    client = signed_in(app)
    with app.app_context(), transaction() as session:
        session.execute(sa.update(StaffAccount).values(roles=["fulfilment"]))
    assert client.get("/admin/donations").status_code == 403
    assert client.get("/admin/").status_code == 200


def test_a_disabled_account_is_out_even_where_a_session_was_left(app: Flask) -> None:
    add_account(app)
    client = signed_in(app)
    with app.app_context(), transaction() as session:
        session.execute(sa.update(StaffAccount).values(disabled_at=clock.now()))
    assert client.get("/admin/").status_code == 303


def test_a_remember_cookie_opens_nothing(app: Flask) -> None:
    from flask_login import encode_cookie

    add_account(app)
    client = signed_in(app)
    with client.session_transaction(base_url="http://localhost:8000") as held:
        token = held["_user_id"]
    with app.app_context():
        value = encode_cookie(token)
    other = app.test_client()
    other.set_cookie("remember_token", value, domain="localhost")
    assert other.get("/admin/").status_code == 303


def test_dead_sessions_and_windows_are_destroyed(app: Flask) -> None:
    add_account(app)
    signed_in(app)
    send(signed_in(app), "/admin/sign-out")
    sign_in(app.test_client(), EMAIL, "wrong horse battery staple")
    with app.app_context():
        done = retention.run()
        assert done["staff session"] == 1
        assert done["sign-in throttle"] == 0
    with app.app_context(), clock.shifted(timedelta(hours=1)):
        assert retention.run(dry_run=True)["staff session"] == 1
        done = retention.run()
        assert done["staff session"] == 1
        assert done["sign-in throttle"] > 0
        assert db.session.scalars(sa.select(StaffSession)).all() == []
        assert db.session.scalars(sa.select(SignInThrottle)).all() == []


def test_public_pages_do_not_look_the_session_up(app: Flask) -> None:
    add_account(app)
    client = signed_in(app)
    asked: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    assert client.get("/en/donate").status_code == 200
    sa.event.remove(engine, "before_cursor_execute", note)
    assert not [s for s in asked if "staff_session" in s]


def test_a_token_has_256_bits_and_only_its_hash_is_kept(app: Flask) -> None:
    add_account(app)
    with app.app_context(), transaction():
        account = accounts.find_by_email(EMAIL)
        tokens = {sessions.open_session(account)[0] for _ in range(5)}
    assert len(tokens) == 5
    assert {len(token) for token in tokens} == {43}
    with app.app_context():
        kept = set(db.session.scalars(sa.select(StaffSession.token_digest)))
    assert kept == {sessions.digest(token) for token in tokens}
