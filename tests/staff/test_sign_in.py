from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from core import clock
from core.audit import AuditEntry
from core.database import db, transaction
from staff.models import SignInThrottle, StaffAccount, StaffSession
from staff.services import accounts, passwords, throttle
from tests.site import hidden_fields
from tests.staff.people import (
    DEVICE_COOKIE,
    EMAIL,
    PASSWORD,
    SESSION_COOKIE,
    add_account,
    cookie,
    main_form,
    send,
    sign_in,
    signed_in,
)


def actions(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_right_password_opens_the_panel(app: Flask, client: FlaskClient) -> None:
    add_account(app)
    answer = sign_in(client)
    assert (answer.status_code, answer.location) == (303, "/admin/")
    assert client.get("/admin/").status_code == 200
    assert actions(app) == ["staff.added", "staff.signed_in"]


def test_the_address_is_taken_in_any_case(app: Flask, client: FlaskClient) -> None:
    add_account(app)
    assert sign_in(client, " Anna@Example.ORG ").status_code == 303


def test_known_unknown_and_disabled_get_the_same_answer(app: Flask) -> None:
    add_account(app)
    add_account(app, "gone@example.org")
    with app.app_context(), transaction():
        accounts.disable(accounts.find_by_email("gone@example.org"))
    pages = []
    for email, password in (
        (EMAIL, "wrong horse battery staple"),
        ("nobody@example.org", PASSWORD),
        ("gone@example.org", PASSWORD),
    ):
        answer = sign_in(app.test_client(), email, password)
        assert answer.status_code == 422
        assert "The e-mail or the password is not right." in answer.text
        token = hidden_fields(answer.text)["csrf_token"]
        pages.append(answer.text.replace(email, "EMAIL").replace(token, "TOKEN"))
    assert pages[0] == pages[1] == pages[2]


def test_known_and_unknown_make_the_same_statements(app: Flask) -> None:
    add_account(app)
    seen: list[list[str]] = []
    with app.app_context():
        engine = db.engine

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        seen[-1].append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    for email in (EMAIL, "nobody@example.org", "no address at all"):
        seen.append([])
        sign_in(app.test_client(), email, "wrong horse battery staple")
    sa.event.remove(engine, "before_cursor_execute", note)
    assert seen[0]
    assert seen[0] == seen[1] == seen[2]


def test_an_unknown_address_costs_a_hash_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    add_account(app)
    asked: list[bool] = []
    real = passwords.fits

    def fits(password: str, kept: str | None) -> bool:
        asked.append(kept is None)
        return real(password, kept)

    monkeypatch.setattr(passwords, "fits", fits)
    sign_in(app.test_client(), EMAIL, "wrong horse battery staple")
    sign_in(app.test_client(), "nobody@example.org", "wrong horse battery staple")
    assert asked == [False, True]


def test_nothing_that_was_typed_is_kept(app: Flask, client: FlaskClient) -> None:
    add_account(app)
    for _ in range(throttle.LIMIT):
        sign_in(client, EMAIL, "typed-Secret-canary-1")
    sign_in(client, "canary@example.org", "typed-Secret-canary-1")
    with app.app_context():
        trail = "".join(db.session.scalars(sa.select(AuditEntry.body)))
        rows = db.session.execute(sa.select(SignInThrottle.bucket)).scalars().all()
    assert "canary" not in trail
    assert EMAIL not in trail
    # Two addresses, and what all unknown browsers share.
    assert len(rows) == 3
    assert all(len(bucket) == 32 and b"example" not in bucket for bucket in rows)
    assert actions(app).count("staff.sign_in_throttled") == 1


@pytest.mark.parametrize("path", ["/admin/sign-in", "/admin/sign-in/again"])
def test_a_head_is_answered_as_the_get(app: Flask, path: str) -> None:
    add_account(app)
    inside = signed_in(app)
    for client in (app.test_client(), inside):
        asked, told = client.get(path), client.head(path)
        assert (told.status_code, told.location) == (asked.status_code, asked.location)
        assert told.status_code in {200, 303}
        assert told.data == b""


@pytest.mark.parametrize("email", ["", "a\x00b@example.org", "x" * 400, "\ud83d", "é@"])
def test_odd_addresses_are_answered_on_the_form(
    app: Flask, client: FlaskClient, email: str
) -> None:
    page = client.get("/admin/sign-in")
    fields = hidden_fields(page.text) | {
        "email": email.encode("utf-8", "replace"),
        "password": PASSWORD,
    }
    assert client.post("/admin/sign-in", data=fields).status_code == 422


def test_a_session_planted_before_is_not_the_one_after(app: Flask, client: FlaskClient) -> None:
    add_account(app)
    client.get("/admin/sign-in")
    planted = cookie(client)
    with client.session_transaction(base_url="http://localhost:8000") as held:
        held["planted"] = "by an attacker"
        token_before = held["csrf_token"]
    assert sign_in(client).status_code == 303
    with client.session_transaction(base_url="http://localhost:8000") as held:
        assert "planted" not in held
        assert held.get("csrf_token") != token_before
        assert len(held["_user_id"]) == 43
    thief = app.test_client()
    thief.set_cookie(SESSION_COOKIE, planted, domain="localhost")
    assert thief.get("/admin/").status_code == 303


def test_signing_in_again_ends_the_session_before(app: Flask) -> None:
    add_account(app)
    client = signed_in(app)
    before = cookie(client)
    token = hidden_fields(client.get("/admin/").text)["csrf_token"]
    client.post("/admin/sign-in", data={"csrf_token": token, "email": EMAIL, "password": PASSWORD})
    assert cookie(client) != before
    thief = app.test_client()
    thief.set_cookie(SESSION_COOKIE, before, domain="localhost")
    assert thief.get("/admin/").status_code == 303


def test_the_cookie_holds_a_token_and_nothing_of_the_browser(app: Flask) -> None:
    add_account(app)
    client = signed_in(app)
    with client.session_transaction(base_url="http://localhost:8000") as held:
        assert set(held) <= {"_user_id", "_fresh", "_id", "csrf_token"}
        assert held["_id"] == ""
        token = held["_user_id"]
    with app.app_context():
        row = db.session.execute(sa.select(StaffSession)).scalar_one()
        assert token.encode() not in row.token_digest
        columns = sa.inspect(StaffSession).columns.keys()
    assert set(columns) == {
        "id",
        "token_digest",
        "account_id",
        "created_at",
        "last_seen_at",
        "authenticated_at",
        "revoked_at",
    }


def test_the_cookies_are_guarded(app: Flask, client: FlaskClient) -> None:
    add_account(app)
    answer = sign_in(client)
    given = {c.partition("=")[0]: c for c in answer.headers.getlist("Set-Cookie")}
    assert set(given) == {SESSION_COOKIE, DEVICE_COOKIE}
    for value in given.values():
        assert "Secure" in value
        assert "HttpOnly" in value
        assert "SameSite=Lax" in value
        assert "Path=/" in value
        assert "Domain" not in value


def test_a_form_without_or_with_a_foreign_token_is_refused(app: Flask) -> None:
    add_account(app)
    client = app.test_client()
    fields = {"email": EMAIL, "password": PASSWORD}
    assert client.post("/admin/sign-in", data=fields).status_code == 400
    other = hidden_fields(app.test_client().get("/admin/sign-in").text)["csrf_token"]
    assert client.post("/admin/sign-in", data=fields | {"csrf_token": other}).status_code == 400
    inside = signed_in(app)
    for path in ("/admin/sign-out", "/admin/language", "/admin/audit/verify", "/admin/jobs/1/run"):
        assert inside.post(path).status_code == 400, path
        assert inside.post(path, data={"csrf_token": other}).status_code == 400, path
    assert inside.get("/admin/").status_code == 200


def test_an_old_hash_is_renewed_at_sign_in(app: Flask, client: FlaskClient) -> None:
    from argon2 import PasswordHasher

    add_account(app)
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with app.app_context(), transaction() as session:
        session.execute(sa.update(StaffAccount).values(password_hash=weak))
    assert sign_in(client).status_code == 303
    with app.app_context():
        kept = db.session.scalars(sa.select(StaffAccount.password_hash)).one()
    assert kept != weak
    assert not passwords.is_outdated(kept)
    assert sign_in(app.test_client()).status_code == 303


def test_a_password_changed_during_the_check_wins(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_account(app)
    real = passwords.fits

    def slow(password: str, kept: str | None) -> bool:
        right = real(password, kept)
        monkeypatch.setattr(passwords, "fits", real)
        with app.app_context(), transaction():
            accounts.change_password(accounts.find_by_email(EMAIL), "another horse entirely 42")
        return right

    monkeypatch.setattr(passwords, "fits", slow)
    assert sign_in(client).status_code == 422
    with app.app_context():
        assert db.session.scalars(sa.select(StaffSession)).all() == []


def test_the_password_once_more_makes_the_session_fresh(app: Flask) -> None:
    add_account(app)
    client = signed_in(app)
    with clock.shifted(timedelta(minutes=6)):
        away = client.get("/admin/donations.csv?status=paid")
        assert away.status_code == 303
        assert away.location == "/admin/sign-in/again?next=/admin/donations.csv?status%3Dpaid"
        page = client.get(away.location)
        wrong = client.post(
            "/admin/sign-in/again", data=main_form(page.text) | {"password": "wrong " * 4}
        )
        assert wrong.status_code == 422
        assert client.get("/admin/donations.csv").status_code == 303
        right = client.post(
            "/admin/sign-in/again", data=main_form(page.text) | {"password": PASSWORD}
        )
        assert (right.status_code, right.location) == (303, "/admin/donations.csv?status=paid")
        assert client.get("/admin/donations.csv").status_code == 200


def test_the_language_is_kept_on_the_account(app: Flask) -> None:
    add_account(app)
    client = signed_in(app)
    assert '<html lang="en"' in client.get("/admin/").text
    answer = send(client, "/admin/language", locale="ru", next="/admin/audit?actor=system")
    assert answer.location == "/admin/audit?actor=system"
    assert '<html lang="ru"' in client.get("/admin/").text
    assert '<html lang="ru"' in signed_in(app).get("/admin/donations").text
    assert send(client, "/admin/language", locale="xx").status_code == 303
    assert '<html lang="ru"' in client.get("/admin/").text
