"""What a hostile review of November 2026 found, and that it stays closed."""

import re
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.seed.public_face import seed_public_face
from core.content import ContentError
from core.database import transaction
from core.money import Money
from core.settings import PROJECT
from donations.offer import offer
from donations.services import wishes
from payments.errors import InvalidRequest
from payments.stripe_gateway.amounts import from_stripe, to_stripe
from tests.processor import Processor
from tests.site import hidden_fields, status_of, to_processor, to_review


def test_a_header_cannot_stand_before_our_links(client: FlaskClient) -> None:
    """Gunicorn takes SCRIPT_NAME from a header of peers it trusts; the landing is cached."""
    environ = {"SCRIPT_NAME": "//evil.example"}
    for path in ("/ru/", "/en/donate", "/admin/"):
        answer = client.get(path, environ_overrides=environ)
        assert "evil" not in answer.text
        assert "evil" not in (answer.location or "")
    assert "evil" not in client.get("/ru/").text


@pytest.mark.parametrize(
    "query",
    [
        "endpoint=x",
        "_method=POST",
        "_scheme=evil&_external=",
        "_anchor=zz",
        "_external=1",
        "lang=xx",
    ],
)
def test_a_query_is_never_taken_for_arguments(client: FlaskClient, query: str) -> None:
    for path in ("/en/", "/en/donate", "/ru/privacy", "/en/organizations", "/en/nope"):
        answer = client.get(f"{path}?{query}")
        assert answer.status_code in {200, 404}
        links = re.findall(r'<a href="([^"]*)" hreflang="ru"', answer.text)
        assert len(links) == 1
        assert links[0].startswith("/ru/")
        assert "evil" not in links[0].partition("?")[0]


def test_an_error_in_the_error_page_keeps_headers_and_paths(
    make_app: Callable[..., Flask], capfd: pytest.CaptureFixture[str]
) -> None:
    app = make_app()
    app.testing = False

    def broken() -> dict[str, str]:
        raise RuntimeError("broken")

    app.context_processor(broken)
    answer = app.test_client().get("/en/donations/canary-token-in-the-path")
    assert answer.status_code == 404
    assert answer.mimetype == "text/plain"
    assert "frame-ancestors" in answer.headers["Content-Security-Policy"]
    assert "canary" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("minor", "currency", "there"),
    [
        (1999, "EUR", 1999),
        (500, "JPY", 500),
        (123450, "RUB", 123450),
        (300, "ISK", 30000),
    ],
)
def test_known_currencies_go_there_and_back(minor: int, currency: str, there: int) -> None:
    assert to_stripe(Money(minor, currency)) == there
    assert from_stripe(there, currency.lower()) == Money(minor, currency)


@pytest.mark.parametrize(
    ("minor", "currency"),
    [(6000, "RSD"), (5000, "KWD"), (100, "ABC"), (100_000_000, "USD"), (49, "USD"), (1, "JPY")],
)
def test_what_stripe_would_take_otherwise_is_refused(minor: int, currency: str) -> None:
    with pytest.raises(InvalidRequest):
        to_stripe(Money(minor, currency))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('currencies = ["EUR", "USD", "GBP", "RUB", "JPY"]', 'currencies = ["RSD"]'),
        ('maximum = "5000"', 'maximum = "999999.99"'),
        ('minimum = "1"', 'minimum = "0.10"'),
    ],
)
def test_a_campaign_that_offers_such_amounts_does_not_start(
    make_app: Callable[..., Flask], tmp_path: Path, old: str, new: str
) -> None:
    folder = tmp_path / "campaign"
    shutil.copytree(PROJECT / "content" / "demo", folder)
    file = folder / "campaign.toml"
    text = file.read_text(encoding="utf-8").replace(old, new)
    rsd = "\n[donations.currency.RSD]\n" + text.split("[donations.currency.EUR]")[1].split("\n[")[0]
    file.write_text(text.replace("\n[[donations.funds]]", f"{rsd}\n[[donations.funds]]", 1))
    with pytest.raises(ContentError, match=r"donations\.currency\."):
        make_app(CAMPAIGN_DIR=str(folder))


def test_a_draft_is_checked_against_the_offer_of_now(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = client.get(to_review(client, fund="legal").location)
    with app.app_context():
        monkeypatch.delitem(offer().funds, "legal")
    for path in ("/en/donate/review", "/en/donate?change=1"):
        assert client.get(path).status_code in {200, 303}
    answer = client.post("/en/donate/review", data=hidden_fields(review.text))
    assert answer.location == "/en/donate"


@pytest.mark.parametrize(
    "name",
    [
        "\u3164",
        "\u200b",
        "Ve\u200bra",
        "\u061cVera",
        "\ufeffVera",
        "V\U000e0041era",
        "V" + "\u0301" * 20,
        "\u2800",
    ],
)
def test_names_that_cannot_be_seen_are_refused(client: FlaskClient, name: str) -> None:
    answer = to_review(client, public_name=name)
    assert answer.status_code == 422
    assert 'data-error="public_name"' in answer.text


@pytest.mark.parametrize("name", ["Вера", "Zoë", "José Ñ", "李小龍", "नेहा", "👩‍🚀 Anna", "שָׁלוֹם"])
def test_names_of_the_world_are_taken(app: Flask, name: str) -> None:
    assert wishes.check_public_name(name) == name


def test_an_address_in_other_letters_becomes_one_that_can_be_written_to(app: Flask) -> None:
    assert wishes.check_email("vera@пример.example") == "vera@xn--e1afmkfd.example"
    with pytest.raises(wishes.Refused):
        wishes.check_email("вера@пример.example")


def test_masks_are_drawn_for_those_that_are_shown(app: Flask, client: FlaskClient) -> None:
    assert client.get(f"/marks/{uuid.uuid4()}/mark.png").status_code == 404
    with app.app_context(), transaction():
        seed_public_face()
    page = client.get("/en/organizations").text
    address = page.split('src="/marks/')[1].split('"')[0]
    assert client.get(f"/marks/{address}").mimetype == "image/png"


def test_a_look_ahead_does_not_cancel(client: FlaskClient, processor: Processor) -> None:
    to_processor(client)
    back = processor.books()["sessions"][0]["cancel_url"]
    client.head(back)
    assert processor.books()["sessions"][0]["status"] == "open"
    assert status_of(client.get(client.get(back).location)) == "cancelled"
