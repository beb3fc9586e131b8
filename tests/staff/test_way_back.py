import pytest
from flask import Flask
from flask.testing import FlaskClient

from staff.access import safe_next
from tests.site import hidden_fields
from tests.staff.people import (
    EMAIL,
    PASSWORD,
    add_account,
    main_form,
    sign_in,
)

ELSEWHERE = [
    "",
    "//evil.example",
    "/\\evil.example",
    "/admin//evil.example",
    "/admin/\\evil.example",
    "https://evil.example/admin/",
    "/%2f/evil.example",
    "/%5cevil.example",
    "%2F%2Fevil.example",
    "/admin/%2e%2e//evil.example",
    "/admin/../en/donate",
    "/admin/%252e%252e/%252f",
    "/admin/..%5c..%5cevil",
    "/admin\t//evil.example",
    "/admin/\r\nLocation: https://evil.example",
    "/admin/\u2215evil",
    "javascript:alert(1)",
    "/administrator",
    "/admin@evil.example",
    "/en/donate",
    "/admin/sign-out",
    "/admin/sign-in",
    "/admin/nothing-here",
    "/admin/donations?" + "a" * 3000,
]
INSIDE = ["/admin/donations?status=paid&q=D-7K3M-9QXP", "/admin/audit", "/admin/"]


def test_a_way_back_leads_into_the_panel_or_home(app: Flask) -> None:
    with app.test_request_context():
        assert {target: safe_next(target) for target in ELSEWHERE} == dict.fromkeys(
            ELSEWHERE, "/admin/"
        )
        assert [safe_next(target) for target in INSIDE] == INSIDE


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_a_sign_in_never_leads_to_another_site(
    app: Flask, client: FlaskClient, target: str
) -> None:
    add_account(app)
    assert sign_in(client, to=target).location == "/admin/"
    # Signed in already, and sent along in the form itself.
    assert client.get("/admin/sign-in", query_string={"next": target}).location == "/admin/"
    token = hidden_fields(client.get("/admin/").text)["csrf_token"]
    fields = {"csrf_token": token, "email": EMAIL, "password": PASSWORD, "next": target}
    assert client.post("/admin/sign-in", data=fields).location == "/admin/"


def test_a_way_back_into_the_panel_is_kept(app: Flask, client: FlaskClient) -> None:
    add_account(app)
    refused = client.get(INSIDE[0])
    assert refused.status_code == 303
    fields = main_form(client.get(refused.location).text) | {"email": EMAIL, "password": PASSWORD}
    assert client.post("/admin/sign-in", data=fields).location == INSIDE[0]
