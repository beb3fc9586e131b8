"""The pages as a Russian reader meets them: no English left over."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.admin.books import add_gift
from tests.i18n.catalogue import (
    PLACEHOLDER,
    compile_russian,
    renderings,
    russian,
    sources,
    words_of,
)
from tests.processor import Processor
from tests.site import hidden_fields, session_of, status_of, to_processor, to_review
from tests.staff.people import add_account, send, signed_in

RUSSIAN = {"Accept-Language": "ru"}
_VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "wbr",
}
_SAID = {"alt", "title", "aria-label", "aria-description", "placeholder", "label"}
#: What search engines and previews of links show of a page.
_SHOWN_ELSEWHERE = {"description", "og:title", "og:description", "og:site_name", "og:image:alt"}
#: Four words of Latin letters in a row are a sentence, not a name such as “Tor Browser”.
_LATIN = re.compile(r"[A-Za-z]{2,}(?:[ ,;:.’'-]+[A-Za-z]{2,}){3,}")


@pytest.fixture(scope="session")
def translations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_russian(tmp_path_factory.mktemp("translations"))


@pytest.fixture
def app(make_app: Callable[..., Flask], translations: Path) -> Flask:
    """The application with the Russian of now, compiled or not."""
    app = make_app()
    app.extensions["babel"].translation_directories = [str(translations)]
    return app


@pytest.fixture(scope="session")
def english() -> frozenset[str]:
    """What must not show: the English of two words or more, in pieces where something is put in."""
    found: set[str] = set()
    for message in words_of(russian()):
        for source in sources(message):
            if source in renderings(message):
                continue
            pieces = (piece.strip(" ,.:;?!“”") for piece in PLACEHOLDER.split(source))
            found.update(piece for piece in pieces if len(re.findall(r"[A-Za-z’-]+", piece)) > 1)
    return frozenset(found)


class _Reader(HTMLParser):
    """The text of a page and of its attributes, without what is marked as another language or code."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.language = ""
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = values.get("lang", "")
        foreign = values.get("lang", "ru") != "ru" or tag in {"code", "pre", "style", "script"}
        if tag not in _VOID and (self._silent or foreign):
            self._silent.append(tag)
        if not self._silent and not foreign:
            self.said += [value for name, value in values.items() if name in _SAID]
            if _SHOWN_ELSEWHERE & {values.get("name"), values.get("property")}:
                self.said.append(values.get("content", ""))

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag in self._silent:
            while self._silent.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(data)


def assert_russian(page: TestResponse, english: frozenset[str]) -> None:
    reader = _Reader()
    reader.feed(page.text)
    assert reader.language == "ru"
    text = "\n".join(" ".join(piece.split()) for piece in reader.said)
    assert re.search("[А-Яа-яЁё]{3}", text)
    left = [words for words in english if re.search(rf"\b{re.escape(words)}(?!\w)", text)]
    assert not left
    assert not (found := _LATIN.search(text)), found[0]


def links(page: TestResponse) -> Iterator[str]:
    """Addresses of the Russian pages that this one leads to."""
    for address in re.findall(r'<a [^>]*href="([^"#]+)', page.text):
        if address.startswith("/ru/"):
            yield address.replace("&amp;", "&")


def test_every_page_that_links_lead_to(client: FlaskClient, english: frozenset[str]) -> None:
    waiting, seen = ["/ru/"], {"/ru/"}
    while waiting:
        page = client.get(waiting.pop())
        assert page.status_code in {200, 303}, page.request.path
        if page.mimetype != "text/html" or page.status_code != 200:
            continue
        assert_russian(page, english)
        new = set(links(page)) - seen
        seen |= new
        waiting += new
    assert {"/ru/donate", "/ru/privacy"} <= seen


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/ru/nowhere", 404),
        ("/ru/donations/forged", 404),
        ("/ru/donate?currency=XAU&frequency=daily&fund=yachts&amount=7", 200),
        ("/ru/donate?currency=JPY", 200),
        ("/admin/sign-in", 200),
        ("/admin/sign-in?signed_out=1", 200),
        ("/api/docs", 200),
    ],
)
def test_pages_that_no_link_leads_to(
    client: FlaskClient, english: frozenset[str], address: str, status: int
) -> None:
    page = client.get(address, headers=RUSSIAN)
    assert page.status_code == status
    assert_russian(page, english)


def test_what_is_said_of_wrong_input(client: FlaskClient, english: frozenset[str]) -> None:
    wrong = (
        {"other_amount": "abc", "email": "vera", "public_name": "В" * 81, "message": "x" * 301},
        {"other_amount": "12.345", "fund": "yachts", "frequency": "monthly"},
        {"other_amount": "0", "public_name": "Vera\x00", "message": "a\x00b", "form_token": ""},
        {"other_amount": "9" * 20},
        {"currency": "JPY", "other_amount": "500.5"},
        {"currency": "XAU"},
        {"amount": "", "other_amount": ""},
        {"amount": "7"},
    )
    for changes in wrong:
        page = to_review(client, "ru", **changes)
        assert page.status_code == 422
        assert_russian(page, english)
    assert_russian(client.post("/ru/donate/review", data={"csrf_token": "forged"}), english)


def test_the_review(client: FlaskClient, english: frozenset[str]) -> None:
    bare = client.get(to_review(client, "ru").location)
    full = client.get(
        to_review(
            client,
            "ru",
            cover_fees="y",
            email="vera@example.org",
            keep_email="y",
            public_name="Вера",
            message="Держитесь!",
        ).location
    )
    lost = client.post("/ru/donate/review", data=hidden_fields(full.text) | {"form_token": "x"})
    assert lost.status_code == 422
    for page in (bare, full, lost):
        assert_russian(page, english)


def test_the_private_page_and_the_one_for_strangers(
    app: Flask, client: FlaskClient, processor: Processor, english: frozenset[str]
) -> None:
    checkout = to_processor(client, "ru", cover_fees="y", email="vera@example.org")
    session = processor.books()["sessions"][0]
    checking = client.get(session["success_url"], follow_redirects=True)
    stranger = app.test_client().get(session["success_url"])
    processor.pay(session_of(checkout), "4000000000000002")
    own_page = client.get(session["cancel_url"]).location
    declined = client.get(own_page)
    again = client.post(own_page + "/pay", data=hidden_fields(declined.text))
    processor.pay(session_of(again.location))
    paid = client.get(own_page)
    found = [status_of(page) for page in (checking, stranger, declined, paid)]
    assert found == ["checking", "checking", "declined", "paid"]
    for page in (checking, stranger, declined, paid):
        assert_russian(page, english)
    refused = client.post(own_page + "/pay", data=hidden_fields(declined.text))
    assert refused.status_code == 409
    assert_russian(refused, english)


def test_a_payment_that_was_left(
    client: FlaskClient, processor: Processor, english: frozenset[str]
) -> None:
    to_processor(client, "ru")
    page = client.get(processor.books()["sessions"][0]["cancel_url"], follow_redirects=True)
    assert status_of(page) == "cancelled"
    assert_russian(page, english)


def test_the_panel(app: Flask, english: frozenset[str]) -> None:
    add_account(app)
    client = signed_in(app)
    assert send(client, "/admin/language", locale="ru").status_code == 303
    assert_russian(client.get("/admin/donations"), english)
    given = add_gift(app, cover=30, email="vera@example.org", public_name="Вера")
    add_gift(app, states=("failed", "needs_review"))
    for address in (
        "/admin/",
        "/admin/donations",
        "/admin/donations?status=expired",
        "/admin/donations?q=x&since=x&until=y&minimum=x&sort=largest&before=x",
        f"/admin/donations/{given}",
        "/admin/jobs",
        "/admin/audit",
        "/admin/audit?actor=nobody",
        "/admin/audit?actor=%00",
        "/admin/sign-in/again",
        "/admin/nowhere",
    ):
        # Where no page is found, only the browser can say which language is meant.
        assert_russian(client.get(address, headers=RUSSIAN), english)
    for changes in ({}, {"reason": "donor_asked", "note": "short"}):
        refused = send(client, f"/admin/donations/{given}/email", **changes)
        assert refused.status_code == 422
        assert_russian(refused, english)
    assert_russian(send(client, "/admin/audit/verify"), english)


def test_a_page_of_the_panel_that_is_closed(app: Flask, english: frozenset[str]) -> None:
    add_account(app, roles=["operator"])
    client = signed_in(app)
    send(client, "/admin/language", locale="ru")
    for address in ("/admin/", "/admin/audit", "/admin/donations"):
        assert_russian(client.get(address), english)
