"""What a form answers to what it cannot take: 422, the words, the values; nothing in the database."""

from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from core import form_tokens
from core.database import db
from donations.forms import TOKEN_PURPOSE
from donations.models import Donation
from payments.models import PaymentAttempt
from tests.processor import Processor
from tests.site import gift, hidden_fields, to_processor, to_review

BIG = "x" * 1_000_000


def nothing_made(app: Flask) -> bool:
    with app.app_context():
        return not any(
            db.session.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (Donation, PaymentAttempt)
        )


@pytest.mark.parametrize(
    ("field", "changes", "words"),
    [
        ("other_amount", {"other_amount": "-1"}, "Write the amount in digits"),
        ("other_amount", {"other_amount": "0"}, "The least amount is €1.00"),
        ("other_amount", {"other_amount": "1e9"}, "Write the amount in digits"),
        ("other_amount", {"other_amount": "1e309"}, "Write the amount in digits"),
        ("other_amount", {"other_amount": "NaN"}, "Write the amount in digits"),
        ("other_amount", {"other_amount": "abc"}, "Write the amount in digits"),
        ("other_amount", {"other_amount": "٣"}, "Write the amount in digits"),
        ("other_amount", {"other_amount": "１２"}, "Write the amount in digits"),
        ("other_amount", {"other_amount": "12.345"}, "at most two decimals"),
        ("other_amount", {"other_amount": "1,234"}, "at most two decimals"),
        ("other_amount", {"other_amount": "5000.01"}, "€5,000.00"),
        ("other_amount", {"other_amount": "9" * 30}, "€5,000.00"),
        ("other_amount", {"other_amount": "12\x00"}, "Write the amount in digits"),
        ("other_amount", {"other_amount": BIG}, "Write the amount in digits"),
        ("other_amount", {"currency": "JPY", "other_amount": "500.5"}, "has no decimals"),
        ("amount", {"amount": "", "other_amount": ""}, "Choose an amount"),
        ("amount", {"amount": "7"}, "Choose one of the amounts in EUR"),
        ("amount", {"amount": "7", "currency": "JPY"}, "Choose one of the amounts in JPY"),
        ("currency", {"amount": "5", "currency": "JPY"}, "You changed the currency"),
        ("currency", {"currency": "XAU"}, "Choose one of the currencies"),
        ("currency", {"currency": "eur"}, "Choose one of the currencies"),
        ("frequency", {"frequency": "monthly"}, "Only one-off donations"),
        ("fund", {"fund": "yachts"}, "Choose one of the purposes"),
        ("email", {"email": "vera@example.org\r\nBcc: all@example.org"}, "Write one e-mail"),
        ("email", {"email": "vera@example.org\r\n"}, "Write one e-mail"),
        ("email", {"email": "vera"}, "Write one e-mail"),
        ("email", {"email": "a@b.example, c@d.example"}, "Write one e-mail"),
        ("email", {"email": f"{'a' * 250}@example.org"}, "Write one e-mail"),
        ("public_name", {"public_name": "Vera\r\nX: y"}, "on one line"),
        ("public_name", {"public_name": "Vera\x00"}, "on one line"),
        ("public_name", {"public_name": "\u202eareV"}, "on one line"),
        ("public_name", {"public_name": "В" * 81}, "At most 80 characters"),
        ("message", {"message": "x" * 301}, "At most 300 characters"),
        ("message", {"message": "a\x00b"}, "invisible special characters"),
        ("message", {"message": BIG}, "At most 300 characters"),
        ("form_token", {"form_token": "forged"}, "open for too long"),
        ("form_token", {"form_token": ""}, "open for too long"),
    ],
)
def test_bad_input_comes_back_with_the_form(
    app: Flask,
    client: FlaskClient,
    field: str,
    changes: dict[str, str],
    words: str,
) -> None:
    kept = {"public_name": "Keep me", "message": "and me"}
    answer = to_review(client, **(kept | changes))
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert f'data-error="{field}"' in page
    assert words in page
    assert "<title>Error:" in page
    typed = changes.get(field, "")
    if field in {"other_amount", "email", "public_name"} and "\x00" not in typed:
        shown = typed.replace("\r\n", "\n")
        assert shown.strip() in page.replace("\r\n", "\n")
    for name, value in kept.items():
        if name not in changes:
            assert value in page
    assert nothing_made(app)


def test_the_error_summary_leads_to_the_fields(client: FlaskClient) -> None:
    page = to_review(client, other_amount="abc", email="vera").text
    assert 'href="#other_amount"' in page
    assert 'href="#email"' in page
    assert 'role="alert"' in page


def test_after_a_stale_token_the_same_form_works(client: FlaskClient) -> None:
    stale = to_review(client, form_token="stale", public_name="Vera")
    fields = gift(public_name="Vera") | hidden_fields(stale.text)
    assert client.post("/en/donate", data=fields).status_code == 303


def test_a_used_token_with_other_content_is_refused(
    app: Flask, client: FlaskClient, processor: Processor
) -> None:
    page = client.get("/en/donate")
    fields = hidden_fields(page.text) | gift()
    review = client.get(client.post("/en/donate", data=fields).location)
    client.post("/en/donate/review", data=hidden_fields(review.text))

    other = client.post("/en/donate", data=fields | {"other_amount": "20"})
    assert other.status_code == 422
    assert 'data-error="form_token"' in other.text
    same = client.post("/en/donate", data=fields)
    assert same.status_code == 303
    again = client.post("/en/donate/review", data=hidden_fields(client.get(same.location).text))
    assert len(processor.books()["sessions"]) == 1
    assert again.location == processor.books()["sessions"][0]["url"]


def test_two_tabs_never_pay_what_was_not_seen(
    app: Flask, client: FlaskClient, processor: Processor
) -> None:
    first = client.get(to_review(client, other_amount="5").location)
    second = client.get(to_review(client, other_amount="500").location)
    answer = client.post("/en/donate/review", data=hidden_fields(first.text))
    assert answer.status_code == 422
    assert "another tab" in answer.text
    assert "€500.00" in answer.text
    assert nothing_made(app)
    assert client.post("/en/donate/review", data=hidden_fields(second.text)).status_code == 303


def test_a_form_of_another_purpose_has_no_right_token(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        foreign = form_tokens.issue("other")
        assert form_tokens.issue(TOKEN_PURPOSE) != foreign
    assert to_review(client, form_token=foreign).status_code == 422


def test_posted_extras_change_nothing(
    app: Flask, client: FlaskClient, processor: Processor
) -> None:
    to_processor(client, status="paid", role="administrator", price="1", amount_minor="1")
    [session] = processor.books()["sessions"]
    assert session["amount_total"] == 1999
    assert session["payment_status"] == "unpaid"


@pytest.mark.parametrize("token", [None, "foreign"])
def test_without_its_own_csrf_token_a_form_is_refused(
    app: Flask, client: FlaskClient, token: str | None
) -> None:
    fields = hidden_fields(client.get("/en/donate").text) | gift()
    if token is None:
        del fields["csrf_token"]
    else:
        fields["csrf_token"] = hidden_fields(app.test_client().get("/en/donate").text)["csrf_token"]
    assert client.post("/en/donate", data=fields).status_code == 400
    assert nothing_made(app)


def test_more_than_a_form_can_hold_is_refused_in_words(client: FlaskClient) -> None:
    answer = to_review(client, message="x" * 3_000_000)
    assert answer.status_code == 413
    assert "too large" in answer.text.lower()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("amount=15", 'value="15.00" checked'),
        ("amount=15.00", 'value="15.00" checked'),
        ("amount=12,50", 'value="12,50"'),
        ("amount=other&other_amount=33", 'value="33"'),
        ("amount=500&currency=JPY", 'value="500" checked'),
        ("fund=legal", 'value="legal" checked'),
        ("frequency=monthly", "Only one-off donations"),
        ("fund=yachts", "not offered any more"),
        ("amount=%00%22%3E%3Cscript%3E", "Other amount"),
        ("amount=" + "9" * 5000, "Other amount"),
    ],
)
def test_links_fill_the_form_in(client: FlaskClient, query: str, shown: str) -> None:
    page = client.get(f"/en/donate?{query}")
    assert page.status_code == 200
    assert shown in unescape(page.text)
    assert "<script" not in page.text
    assert 'value="monthly"' not in page.text


def test_nothing_is_chosen_for_the_donor(client: FlaskClient) -> None:
    page = client.get("/en/donate").text
    checked = [line for line in page.splitlines() if " checked" in line]
    assert len(checked) == 1, checked
    assert 'name="fund"' in checked[0]


def test_another_currency_keeps_what_was_typed(client: FlaskClient) -> None:
    page = client.get("/en/donate")
    fields = hidden_fields(page.text) | gift(
        currency="JPY", change_currency="1", public_name="Vera", amount="5"
    )
    answer = client.post("/en/donate", data=fields)
    assert answer.status_code == 200
    assert "¥500" in answer.text
    assert "Vera" in answer.text
    assert "data-error" not in answer.text


def test_two_amounts_at_once_are_asked_about(app: Flask, client: FlaskClient) -> None:
    answer = to_review(client, amount="15.00", other_amount="33")
    assert answer.status_code == 422
    assert 'data-error="other_amount"' in answer.text
    assert "€15 and also wrote €33" in unescape(answer.text)
    assert 'value="33"' in answer.text
    assert nothing_made(app)
    assert to_review(client, amount="15.00", other_amount="15,00").status_code == 303


def test_a_preset_is_not_paid_in_a_currency_that_was_not_shown(
    app: Flask, client: FlaskClient
) -> None:
    answer = to_review(client, amount="15.00", other_amount="", currency="USD")
    assert answer.status_code == 422
    assert 'data-error="currency"' in answer.text
    assert "$15" in answer.text
    assert " checked" not in answer.text.split('name="amount"')[1].split(">")[0]
    assert nothing_made(app)
    fields = gift(currency="USD", amount="15.00", other_amount="") | hidden_fields(answer.text)
    assert client.post("/en/donate", data=fields).status_code == 303


@pytest.mark.parametrize("typed", ["€20", "20 €", "20 EUR", "eur 20", "20,00€"])
def test_the_currencys_own_sign_may_stand_beside_the_amount(
    client: FlaskClient, typed: str
) -> None:
    review = client.get(to_review(client, other_amount=typed).location)
    assert "€20.00" in review.text


@pytest.mark.parametrize("typed", ["$20", "20 USD", "€€20", "-€20"])
def test_another_currencys_sign_may_not(client: FlaskClient, typed: str) -> None:
    assert to_review(client, other_amount=typed).status_code == 422
