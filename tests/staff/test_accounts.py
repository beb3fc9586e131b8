import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from core.audit import AuditEntry
from core.database import db, transaction
from staff.errors import BadEmail, EmailTaken, UnknownAccount, UnknownRole, WeakPassword
from staff.models import StaffAccount
from staff.permissions import GRANTS, Permission, Role, permissions_of
from staff.services import accounts, passwords
from tests.staff.people import EMAIL, PASSWORD, add_account, sign_in


def test_every_role_is_granted_something_and_the_administrator_everything() -> None:
    assert set(GRANTS) == set(Role)
    assert all(GRANTS.values())
    assert GRANTS[Role.ADMINISTRATOR] == frozenset(Permission)
    assert permissions_of(["finance", "no longer there"]) == GRANTS[Role.FINANCE]
    assert permissions_of([]) == frozenset()


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("fourteen chars", "too_short"),
        ("x" * 201 + "abcdefg", "too_long"),
        ("ababababababababab", "too_simple"),
    ],
)
def test_weak_passwords_are_refused(password: str, reason: str) -> None:
    with pytest.raises(WeakPassword) as caught:
        passwords.hash_password(password)
    assert caught.value.reason == reason


def test_the_bounds_of_a_password_are_taken() -> None:
    for password in ("fifteen chars ok", "0123456789abcde", "abcdefgh" * 25):
        assert passwords.fits(password, passwords.hash_password(password))


def test_a_password_in_another_unicode_form_is_the_same() -> None:
    kept = passwords.hash_password("пароль é длинный 42")
    assert passwords.fits("пароль é длинный 42", kept)


def test_a_hash_is_argon2id_with_the_stated_cost() -> None:
    assert passwords.hash_password(PASSWORD).startswith("$argon2id$v=19$m=47104,t=2,p=1$")


def test_a_broken_hash_opens_nothing() -> None:
    assert not passwords.fits(PASSWORD, "not a hash")
    assert not passwords.fits(PASSWORD, "")


def test_generated_passwords_are_long_and_differ() -> None:
    made = {passwords.generate() for _ in range(20)}
    assert len(made) == 20
    for password in made:
        assert len(password.replace("-", "")) == 26
        passwords.hash_password(password)


def test_one_account_per_address(app: Flask) -> None:
    add_account(app)
    with app.app_context(), pytest.raises(EmailTaken), transaction():
        accounts.add_account(
            email="ANNA@example.org", name="B", password=PASSWORD, roles=["finance"]
        )
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(StaffAccount)) == 1


def test_what_an_account_needs_is_checked(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(UnknownRole), transaction():
            accounts.add_account(email=EMAIL, name="A", password=PASSWORD, roles=["root"])
        with pytest.raises(BadEmail), transaction():
            accounts.add_account(email="a@", name="A", password=PASSWORD, roles=["finance"])
        with pytest.raises(UnknownAccount):
            accounts.find_by_email("nobody@example.org")


def test_the_database_refuses_unknown_roles_and_capitals(app: Flask) -> None:
    add_account(app)
    for change in ({"roles": ["root"]}, {"email": "Anna@example.org"}, {"locale": "xx"}):
        with app.app_context(), pytest.raises(IntegrityError), transaction() as session:
            session.execute(sa.update(StaffAccount).values(**change))


def test_changes_are_on_the_trail(app: Flask) -> None:
    subject = add_account(app, roles=["finance"])
    with app.app_context():
        with transaction():
            accounts.set_roles(
                accounts.find_by_email(EMAIL), ["auditor", "finance"], actor="staff:x"
            )
        with transaction():
            accounts.disable(accounts.find_by_email(EMAIL), actor="staff:x")
        with transaction():
            accounts.disable(accounts.find_by_email(EMAIL), actor="staff:x")
        entries = [
            e.content for e in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
        ]
    assert [(e["actor"], e["action"], e["subject"], e["details"]) for e in entries] == [
        ("system", "staff.added", subject, {"roles": ["finance"]}),
        (
            "staff:x",
            "staff.roles_changed",
            subject,
            {"before": ["finance"], "roles": ["auditor", "finance"]},
        ),
        ("staff:x", "staff.disabled", subject, {}),
    ]


def test_the_demo_account_is_made_once(app: Flask) -> None:
    with app.app_context():
        for password in (PASSWORD, PASSWORD, "a new demo password 42"):
            with transaction():
                account = accounts.ensure_demo_account("Demo@moratorium.example", "Demo", password)
            assert account.roles == ["administrator"]
        assert db.session.scalar(sa.select(sa.func.count()).select_from(StaffAccount)) == 1
    client = app.test_client()
    assert sign_in(client, "demo@moratorium.example", "a new demo password 42").status_code == 303
