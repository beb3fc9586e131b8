"""Headers, cookies, hosts and form tokens: what every answer says, whatever it is an answer to."""

import re
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.settings import PROJECT
from tests.processor import Processor
from tests.site import SITE, hidden_fields, to_processor, to_review

HTTPS = "https://example.org"
STATIC = next(str(path.relative_to(PROJECT)) for path in (PROJECT / "static").rglob("*.css"))
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
PAGES = EVERYWHERE | {
    "X-Frame-Options": "DENY",
    "Origin-Agent-Cluster": "?1",
    "Cache-Control": "no-store",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


def answers(client: FlaskClient) -> dict[str, tuple[TestResponse, int]]:
    """One answer of each kind, with the status that it should have."""
    return {
        "page": (client.get("/en/donate"), 200),
        "other language": (client.get("/ru/privacy"), 200),
        "redirect": (client.get("/en/donate/review"), 303),
        "not found": (client.get("/en/nothing"), 404),
        "no token": (client.get("/en/donations/x"), 404),
        "no static file": (client.get("/static/nothing.css"), 404),
        "method": (client.delete("/en/donate"), 405),
        "refused form": (client.post("/en/donate"), 400),
        "post": (to_review(client), 303),
        "wrong form": (to_review(client, other_amount="-1"), 422),
        "webhook": (client.post("/webhooks/stripe"), 400),
        "health": (client.get("/healthz"), 200),
        "head": (client.head("/en/donate"), 200),
        "bad query": (client.get("/en/donate?amount=%00&fund=%ff"), 200),
    }


def test_every_kind_of_answer_has_its_headers(client: FlaskClient) -> None:
    for kind, (answer, status) in answers(client).items():
        assert answer.status_code == status, kind
        for name, value in PAGES.items():
            assert answer.headers[name] == value, f"{kind}: {name}"
        assert answer.headers["Content-Security-Policy"] == POLICY, kind
        closed = answer.headers["Permissions-Policy"]
        for name in ("camera", "microphone", "geolocation", "payment", "usb", "browsing-topics"):
            assert f"{name}=()" in closed, kind
        assert "Strict-Transport-Security" not in answer.headers, f"{kind}: this site is http"
        assert "Server" not in answer.headers


def test_a_static_file_has_headers_of_its_own(client: FlaskClient) -> None:
    answer = client.get(f"/{STATIC}", buffered=True)
    assert answer.status_code == 200
    for name, value in EVERYWHERE.items():
        assert answer.headers[name] == value, name
    assert answer.headers["Cache-Control"] == "max-age=86400, public"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_forms_may_lead_to_the_processor_where_they_do_and_nowhere_else(
    client: FlaskClient, processor: Processor
) -> None:
    review = client.get(to_review(client).location)
    action = re.search(r"form-action ([^;]+);", review.headers["Content-Security-Policy"])
    assert action is not None
    assert action[1] == f"'self' {processor.url}"
    assert client.get("/en/donate").headers["Content-Security-Policy"] == POLICY


def test_cookies_stay_with_this_host_and_out_of_scripts(client: FlaskClient) -> None:
    page = client.get("/en/donate")
    [cookie] = page.headers.getlist("Set-Cookie")
    name, _, rest = cookie.partition("=")
    assert name == "__Host-session"
    attributes = {part.strip() for part in rest.split(";")[1:]}
    assert attributes == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


def test_a_page_without_a_form_sets_no_cookie(client: FlaskClient) -> None:
    for path in ("/en/privacy", "/ru/", "/healthz", "/en/nothing"):
        assert "Set-Cookie" not in client.get(path).headers, path


def test_https_is_said_to_browsers_where_the_site_has_it(make_app: Callable[..., Flask]) -> None:
    client = make_app(SITE_URL=HTTPS).test_client()
    for path in ("/en/donate", "/en/nothing"):
        said = client.get(path).headers["Strict-Transport-Security"]
        assert said == "max-age=63072000; includeSubDomains"


def test_forms_work_over_https_from_this_site_alone(
    make_app: Callable[..., Flask], processor: Processor
) -> None:
    client = make_app(SITE_URL=HTTPS).test_client()
    fields = hidden_fields(client.get("/en/donate").text) | {"change_currency": "y"}
    for referrer, status in (
        (f"{HTTPS}/en/donate", 200),
        ("https://evil.example/en/donate", 400),
        ("http://example.org/en/donate", 400),
        (f"{HTTPS}.evil.example/", 400),
        (None, 400),
    ):
        headers = {"Referer": referrer} if referrer else {}
        answer = client.post("/en/donate", data=fields, headers=headers)
        assert answer.status_code == status, referrer
    # The addresses that the processor is given are https, too.
    again = make_app(SITE_URL=HTTPS)
    again.config["WTF_CSRF_SSL_STRICT"] = False
    to_processor(again.test_client())
    assert processor.books()["sessions"][0]["success_url"].startswith(f"{HTTPS}/en/donate/return/")


def test_no_header_of_a_request_makes_it_https(client: FlaskClient) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    answer = client.get("/en/donate/review", headers=forwarded)
    assert "Strict-Transport-Security" not in answer.headers
    assert "evil.example" not in answer.location
    assert "evil.example" not in client.get("/en/donate", headers=forwarded).text


def test_a_forged_host_is_refused(client: FlaskClient) -> None:
    forged = ("evil.example", "localhost.evil.example", "localhost@evil.example", "", "a b", "[::1")
    for host in forged:
        for path in ("/", "/en/donate", "/en/nothing"):
            answer = client.get(path, headers={"Host": host})
            assert answer.status_code == 400, f"{host} {path}"
            assert "evil" not in answer.text
            assert answer.headers["Content-Security-Policy"] == POLICY


def test_without_this_sessions_form_token_nothing_is_taken(app: Flask) -> None:
    client, other = app.test_client(), app.test_client()
    mine = hidden_fields(client.get("/en/donate").text)
    foreign = hidden_fields(other.get("/en/donate").text)
    assert set(mine) >= {"csrf_token", "form_token"}
    fields = mine | {"change_currency": "y"}
    assert client.post("/en/donate", data=fields).status_code == 200
    for token in ("", "x", foreign["csrf_token"], mine["csrf_token"] + "x"):
        answer = client.post("/en/donate", data=fields | {"csrf_token": token})
        assert answer.status_code == 400, token
    for path in ("/en/donate", "/en/donate/review", f"/en/donations/{'A' * 64}/pay"):
        assert app.test_client().post(path, data={}).status_code == 400, path


def test_an_onion_address_is_told_as_it_was_asked_for(make_app: Callable[..., Flask]) -> None:
    onion = "http://" + "a" * 56 + ".onion"
    client = make_app(ONION_LOCATION=f"{onion}/").test_client()
    for path in ("/en/donate", "/en/donate?amount=5&fund=legal", "/en/donations/%D0%B6?x=%0a"):
        assert client.get(path).headers["Onion-Location"] == onion + path
    broken = client.get("/en/donations/%0d%0aX-Evil:%201")
    assert broken.status_code == 404
    assert "X-Evil" not in broken.headers
    assert "\n" not in broken.headers["Onion-Location"]
    assert "Onion-Location" not in client.get("/healthz").headers
    assert client.get("/en/donate", base_url=onion).status_code == 200


def test_the_start_page_goes_by_the_browsers_wish(client: FlaskClient) -> None:
    for wish, place in (
        ("ru,en;q=0.5", "/ru/"),
        ("de", "/en/"),
        ("", "/en/"),
        ("x" * 5000, "/en/"),
    ):
        answer = client.get("/", headers={"Accept-Language": wish})
        assert (answer.status_code, answer.location) == (302, place)
        assert answer.headers["Vary"].startswith("Accept-Language")
    assert SITE.startswith("http://localhost")
