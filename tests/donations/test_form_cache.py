"""The donation form is rendered once and shown to many: what must differ between them differs."""

from flask import Flask
from flask.testing import FlaskClient

from tests.site import gift, hidden_fields


def test_each_visitor_gets_tokens_of_their_own(app: Flask, client: FlaskClient) -> None:
    other = app.test_client()
    mine = hidden_fields(client.get("/en/donate").text)
    theirs = hidden_fields(other.get("/en/donate").text)
    again = hidden_fields(client.get("/en/donate").text)
    assert mine["csrf_token"] != theirs["csrf_token"]
    assert len({mine["form_token"], theirs["form_token"], again["form_token"]}) == 3
    assert client.post("/en/donate", data=again | gift()).status_code == 303
    assert client.post("/en/donate", data=theirs | gift()).status_code == 400


def test_no_placeholder_is_left_and_nothing_of_others(client: FlaskClient) -> None:
    client.get("/en/donate?amount=77&fund=legal")
    for lang in ("en", "ru"):
        page = client.get(f"/{lang}/donate").text
        assert "csrf-" not in page
        assert 'value="form-' not in page
        assert "77" not in hidden_fields(page).values()
        assert f'<html lang="{lang}">' in page


def test_it_follows_the_theme(client: FlaskClient) -> None:
    client.get("/en/donate")
    client.post("/en/theme", data={"theme": "dark", "page": "/en/donate"})
    assert 'data-theme="dark"' in client.get("/en/donate").text
    client.post("/en/theme", data={"theme": "auto", "page": "/en/donate"})
    assert "data-theme" not in client.get("/en/donate").text
