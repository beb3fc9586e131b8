import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from core import audit
from core.database import db
from staff.services import throttle
from tests.staff.people import EMAIL, PASSWORD, add_account, sign_in, signed_in


def run(app: Flask, *arguments: str, **extra: str) -> Result:
    # As `flask` itself does, which opens a context around a command.
    with app.app_context():
        return app.test_cli_runner().invoke(args=["staff", *arguments], **extra)


def add(app: Flask, *more: str, **extra: str) -> Result:
    return run(app, "add", "--email", EMAIL, "--name", "Anna", "--role", "finance", *more, **extra)


def test_add_asks_for_the_password_twice(app: Flask) -> None:
    result = add(app, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    assert sign_in(app.test_client()).status_code == 303


def test_add_takes_the_password_from_the_environment(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAFF_PASSWORD", PASSWORD)
    result = add(app, "--role", "auditor")
    assert result.exit_code == 0, result.output
    assert "auditor, finance" in result.output
    assert sign_in(app.test_client()).status_code == 303


def test_add_prints_a_generated_password_once(app: Flask) -> None:
    result = add(app, "--generate")
    password = result.output.rpartition(": ")[2].strip()
    assert sign_in(app.test_client(), EMAIL, password).status_code == 303
    assert password not in run(app, "list").output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--role", "root"], "root"),
        ([], "15 characters"),
    ],
)
def test_add_says_what_is_wrong(
    app: Flask, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.setenv("STAFF_PASSWORD", "short")
    result = add(app, *arguments)
    assert result.exit_code != 0
    assert words in result.output
    assert "Traceback" not in result.output


def test_a_second_account_of_an_address_is_refused(app: Flask) -> None:
    add_account(app)
    result = add(app, "--generate")
    assert result.exit_code == 1
    assert "Another account has this e-mail." in result.output
    assert "Password" not in result.output


def test_disable_and_set_roles_end_sessions(app: Flask) -> None:
    add_account(app)
    client = signed_in(app)
    assert run(app, "set-roles", "--email", EMAIL, "--role", "finance").exit_code == 0
    assert client.get("/admin/").status_code == 303
    client = signed_in(app)
    assert client.get("/admin/audit").status_code == 403
    assert run(app, "disable", "--email", EMAIL).exit_code == 0
    assert client.get("/admin/").status_code == 303
    assert "anna@example.org  Anna  finance  (disabled)" in run(app, "list").output
    assert run(app, "disable", "--email", "nobody@example.org").exit_code == 1


def test_set_password_changes_it_and_ends_sessions(app: Flask) -> None:
    add_account(app)
    client = signed_in(app)
    result = run(app, "set-password", "--email", EMAIL, "--generate")
    password = result.output.rpartition(": ")[2].strip()
    assert client.get("/admin/").status_code == 303
    assert sign_in(app.test_client(), EMAIL, PASSWORD).status_code == 422
    assert sign_in(app.test_client(), EMAIL, password).status_code == 303


def test_unlock_lets_unknown_browsers_try_again_and_is_on_the_trail(app: Flask) -> None:
    subject = add_account(app)
    for _ in range(throttle.LIMIT):
        sign_in(app.test_client(), EMAIL, "wrong horse battery staple")
    assert sign_in(app.test_client()).status_code == 429
    result = run(app, "unlock", "--email", " Anna@Example.org")
    assert result.exit_code == 0, result.output
    assert sign_in(app.test_client()).status_code == 303
    with app.app_context():
        chosen = sa.select(audit.AuditEntry).where(audit.AuditEntry.action == "staff.unlocked")
        entry = db.session.scalars(chosen).one().content
    assert (entry["actor"], entry["subject"]) == ("system", subject)
    assert entry["details"] == {"tries": 2 * throttle.LIMIT}


def test_unlock_leaves_other_accounts_alone(app: Flask) -> None:
    add_account(app)
    add_account(app, "boris@example.org")
    for _ in range(throttle.LIMIT):
        sign_in(app.test_client(), EMAIL, "wrong horse battery staple")
    assert run(app, "unlock", "--email", "boris@example.org").exit_code == 0
    assert sign_in(app.test_client()).status_code == 429
    assert run(app, "unlock", "--email", "nobody@example.org").exit_code == 1
