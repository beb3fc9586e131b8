"""Following a donation by API: before and after payment, with and without the processor."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core import clock
from tests.api.calls import Json, body_of, give, new_key, path_of, refused, state, wish
from tests.processor import Processor
from tests.site import session_of


def test_before_and_after_payment(client: FlaskClient, processor: Processor) -> None:
    key = new_key()
    body = _made(give(client, wish(email="ada@example.org", message="Hi", fund="legal"), key))
    before = state(client, body)
    assert before == {
        **{name: body[name] for name in ("reference", "amount", "fee_cover", "total", "currency")},
        "status": "checking",
        "fund": "legal",
        "frequency": "once",
        "paid_at": None,
    }
    processor.pay(session_of(body["checkout_url"]))
    with clock.shifted(timedelta(seconds=5)):
        after = state(client, body)
    assert after["status"] == "paid"
    assert after["paid_at"].endswith("+00:00")
    assert {**after, "status": "checking", "paid_at": None} == before
    again = give(client, wish(email="ada@example.org", message="Hi", fund="legal"), key)
    assert again.status_code == 200
    assert body_of(again)["status"] == "paid"
    assert body_of(again)["checkout_url"] is None
    assert len(processor.books()["sessions"]) == 1


def test_the_processor_is_asked_every_four_seconds_at_most(
    client: FlaskClient, processor: Processor
) -> None:
    body = _made(give(client, wish()))
    path = path_of(body["status_url"])

    def asked() -> int:
        return sum(exchange["method"] == "GET" for exchange in processor.requests())

    client.head(path)
    assert asked() == 0
    for _again in range(5):
        state(client, body)
        client.get(path_of(body["page_url"]))
    assert asked() == 1
    with clock.shifted(timedelta(seconds=4)):
        state(client, body)
        state(client, body)
    assert asked() == 2


def test_state_while_the_processor_is_out_of_reach(
    make_app: Callable[..., Flask], processor: Processor
) -> None:
    body = _made(give(make_app().test_client(), wish()))
    cut_off = make_app(STRIPE_API_BASE="http://127.0.0.1:9")
    assert state(cut_off.test_client(), body)["status"] == "checking"


def test_a_wrong_token_opens_nothing(client: FlaskClient, processor: Processor) -> None:
    token = _made(give(client, wish()))["status_url"].rsplit("/", 1)[1]
    flipped = token[:40] + ("A" if token[40] != "A" else "B") + token[41:]
    for wrong in (flipped, token[:-1], token + "A", "x", "%00", "٣", "../campaign", "A" * 64):
        assert refused(client.get(f"/api/v1/donations/{wrong}"), 404) == {}


def _made(answer: TestResponse) -> Json:
    assert answer.status_code == 201, answer.text
    return body_of(answer)
