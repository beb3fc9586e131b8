"""Making donations by API: amounts, repeats, and what is kept from whom."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core import form_tokens
from core.database import db
from donations.api import _token_digest
from donations.models import Donation
from donations.services import gifts
from payments.models import PaymentAttempt
from tests.api.calls import Json, body_of, give, new_key, path_of, refused, state, wish
from tests.processor import Processor
from tests.site import session_of, status_of


def donations(app: Flask) -> list[Donation]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Donation)))


def made(answer: TestResponse) -> Json:
    assert answer.status_code in {200, 201}, answer.text
    return body_of(answer)


@pytest.mark.parametrize(
    ("amount", "currency", "minor", "shown"),
    [
        ("19.99", "EUR", 1999, "19.99"),
        ("500", "JPY", 500, "500"),
        ("1", "EUR", 100, "1.00"),
        ("4.1", "USD", 410, "4.10"),
        ("5000.00", "EUR", 500000, "5000.00"),
        ("0000019.99", "EUR", 1999, "19.99"),
    ],
)
def test_amounts_arrive_exact(
    client: FlaskClient,
    processor: Processor,
    amount: str,
    currency: str,
    minor: int,
    shown: str,
) -> None:
    answer = give(client, {"amount": amount, "currency": currency})
    assert answer.status_code == 201
    body = made(answer)
    assert (body["amount"], body["fee_cover"], body["total"]) == (
        shown,
        "0" if currency == "JPY" else "0.00",
        shown,
    )
    assert body["status"] == "checking"
    (session,) = processor.books()["sessions"]
    assert (session["amount_total"], session["currency"]) == (minor, currency.lower())
    assert session["id"] == session_of(body["checkout_url"])


def test_the_covered_fee_is_said_and_charged(client: FlaskClient, processor: Processor) -> None:
    body = made(give(client, wish(cover_fees=True)))
    assert (body["amount"], body["fee_cover"], body["total"]) == ("19.99", "0.56", "20.55")
    (session,) = processor.books()["sessions"]
    assert session["amount_total"] == 2055
    # What is left after the fee of 1.5 % and 0.25 is the gift.
    assert 2055 - round(2055 * 0.015) - 25 >= 1999


def test_all_fields_are_kept(app: Flask, client: FlaskClient, processor: Processor) -> None:
    answer = give(
        client,
        wish(
            fund="legal",
            frequency="once",
            email=" Ada.L@EXAMPLE.org ",
            keep_email=True,
            public_name=" Ada ",
            message="one\r\ntwo ",
            locale="ru",
        ),
    )
    assert answer.status_code == 201
    assert answer.headers["Location"] == body_of(answer)["status_url"]
    (donation,) = donations(app)
    assert (donation.fund, donation.locale) == ("legal", "ru")
    assert (donation.public_name, donation.message) == ("Ada", "one\ntwo")
    assert donation.email_kept_from_staff
    with app.app_context():
        assert gifts.email_of(donation) == "Ada.L@example.org"
    assert "/ru/donations/" in body_of(answer)["page_url"]
    assert processor.books()["sessions"][0]["locale"] == "ru"
    assert status_of(client.get(path_of(body_of(answer)["page_url"]))) == "checking"


def test_keeping_an_email_that_is_not_there_means_nothing(
    app: Flask, client: FlaskClient, processor: Processor
) -> None:
    made(give(client, wish(keep_email=True)))
    (donation,) = donations(app)
    assert not donation.email_kept_from_staff


def test_repeating_gives_the_same_donation(
    app: Flask, client: FlaskClient, processor: Processor
) -> None:
    key = new_key()
    first = give(client, wish(email="ada@example.org"), key)
    again = give(client, wish(email="ada@example.org"), key)
    spelled_otherwise = give(client, wish(amount="19.990"[:-1], fund="general"), key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert body_of(first) == body_of(again)
    assert again.headers["Location"] == first.headers["Location"]
    refused(spelled_otherwise, 422)  # without the e-mail it is another content
    assert len(donations(app)) == 1
    assert len(processor.books()["sessions"]) == 1


def test_defaults_and_what_they_stand_for_are_one_content(
    client: FlaskClient, processor: Processor
) -> None:
    key = new_key()
    first = give(client, {"amount": "5", "currency": "EUR"}, key)
    again = give(
        client,
        wish(
            amount="5.00", fund="general", frequency="once", cover_fees=False, email="", message=""
        ),
        key,
    )
    assert again.status_code == 200
    assert body_of(again) == body_of(first)


def test_a_key_with_other_content_is_refused(
    app: Flask, client: FlaskClient, processor: Processor
) -> None:
    key = new_key()
    made(give(client, wish(), key))
    for other in (
        wish(amount="20"),
        wish(currency="USD"),
        wish(fund="legal"),
        wish(cover_fees=True),
        wish(public_name="Ada"),
        wish(message="Hello"),
        wish(email="ada@example.org"),
    ):
        answer = give(client, other, key)
        assert list(refused(answer, 422)) == ["Idempotency-Key"]
        assert "checkout_url" not in answer.text
    assert len(donations(app)) == 1
    assert len(processor.books()["sessions"]) == 1


def test_ten_at_once_make_one(app: Flask, client: FlaskClient, processor: Processor) -> None:
    key = new_key()
    start = threading.Barrier(10)

    def one(_number: int) -> TestResponse:
        mine = app.test_client()
        start.wait(10)
        return mine.post("/api/v1/donations", json=wish(), headers={"Idempotency-Key": key})

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(one, range(10)))
    assert {answer.status_code for answer in answers} <= {200, 201}, [a.text for a in answers]
    assert len({answer.get_data() for answer in answers}) == 1
    assert len(donations(app)) == 1
    assert len(processor.books()["sessions"]) == 1
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(PaymentAttempt)) == 1


def test_ten_keys_make_ten(app: Flask, client: FlaskClient, processor: Processor) -> None:
    """The control of the test above: it is the key that makes them one."""
    with ThreadPoolExecutor(5) as pool:
        answers = list(
            pool.map(
                lambda key: app.test_client().post(
                    "/api/v1/donations", json=wish(), headers={"Idempotency-Key": key}
                ),
                [new_key() for _ in range(10)],
            )
        )
    assert [answer.status_code for answer in answers] == [201] * 10
    assert len(donations(app)) == 10
    assert len(processor.books()["sessions"]) == 10


def test_a_key_never_meets_a_form_token(app: Flask) -> None:
    with app.app_context():
        token = form_tokens.issue("donate")
        used = form_tokens.digest("donate", token)
        nonce = form_tokens._serializer("donate").loads(token)
    assert used not in {_token_digest(key) for key in (token, nonce, f"donate|{nonce}")}


def test_after_an_unpaid_end_the_key_opens_another_checkout_of_the_same_donation(
    app: Flask, client: FlaskClient, processor: Processor
) -> None:
    key = new_key()
    first = made(give(client, wish(), key))
    processor.advance(3 * 3600)
    processor.real_time()
    assert state(client, first)["status"] == "expired"
    again = made(give(client, wish(), key))
    assert again["reference"] == first["reference"]
    assert again["checkout_url"] != first["checkout_url"]
    assert again["status"] == "checking"
    assert len(donations(app)) == 1


def test_processor_out_of_reach(make_app: Callable[..., Flask], processor: Processor) -> None:
    cut_off = make_app(STRIPE_API_BASE="http://127.0.0.1:9")
    key = new_key()
    answer = give(cut_off.test_client(), wish(email="ada@example.org"), key)
    assert refused(answer, 503) == {}
    assert int(answer.headers["Retry-After"]) > 0
    assert "same Idempotency-Key" in body_of(answer)["message"]
    (donation,) = donations(cut_off)
    back = make_app()
    body = made(give(back.test_client(), wish(email="ada@example.org"), key))
    assert body["reference"] == donation.reference
    assert len(donations(back)) == 1
    assert len(processor.books()["sessions"]) == 1


def test_no_answer_tells_the_email(client: FlaskClient, processor: Processor) -> None:
    key = new_key()
    mine = wish(email="canary@example.org", public_name="Canary Name", message="Canary words")
    answers = [give(client, mine, key), give(client, mine, key)]
    body = made(answers[0])
    answers += [
        client.get(path_of(body["status_url"])),
        give(client, wish(), key),
        give(client, {**mine, "amount": "0"}),
        give(client, {**mine, "email": "canary@example.org\r\nBcc: x@example.org"}),
        client.get("/api/v1/campaign"),
    ]
    for answer in answers:
        assert "canary" not in answer.text.lower()
    assert "canary" not in str(processor.requests()).lower()
