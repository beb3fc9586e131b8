"""Members of staff as tests need them: accounts, and browsers that sign in through the page."""

from collections.abc import Iterable

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.database import transaction
from staff.services import accounts
from tests.site import hidden_fields

PASSWORD = "correct horse battery staple"
EMAIL = "anna@example.org"

SESSION_COOKIE = "__Host-session"
DEVICE_COOKIE = "__Host-device"


def add_account(
    app: Flask, email: str = EMAIL, roles: Iterable[str] = ("administrator",), name: str = "Anna"
) -> str:
    """Make an account with PASSWORD; how the trail names it."""
    with app.app_context(), transaction():
        account = accounts.add_account(email=email, name=name, password=PASSWORD, roles=roles)
        return account.audit_subject


def sign_in(
    client: FlaskClient, email: str = EMAIL, password: str = PASSWORD, *, to: str = ""
) -> TestResponse:
    """Open the sign-in page and send its form."""
    page = client.get("/admin/sign-in", query_string={"next": to} if to else None)
    fields = main_form(page.text) | {"email": email, "password": password}
    return client.post("/admin/sign-in", data=fields)


def signed_in(app: Flask, email: str = EMAIL) -> FlaskClient:
    """A browser that has signed in."""
    client = app.test_client()
    answer = sign_in(client, email)
    assert answer.status_code == 303, answer.text
    return client


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Send a form with the token of a page that this browser may see."""
    token = hidden_fields(client.get("/admin/").text)["csrf_token"]
    return client.post(path, data={"csrf_token": token, **fields})


def main_form(html: str) -> dict[str, str]:
    """The hidden fields of the page's own forms, without those of its footer."""
    return hidden_fields(html.partition("<main")[2].partition("</main>")[0])


def cookie(client: FlaskClient, name: str = SESSION_COOKIE) -> str:
    """The value of a cookie; empty if there is none."""
    found = client.get_cookie(name, domain="localhost")
    return found.value if found else ""
