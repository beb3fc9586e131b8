"""Keys, idempotency, paging, expansion and what outlives a crash."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import pytest
import requests
import stripe

from tests.processor import Processor
from tests.sandbox.conftest import Create, make_client, told


def call(
    processor: Processor, method: str, path: str, *, key: str | None = None, **given: Any
) -> requests.Response:
    """A request without the client, for what the client would not send."""
    headers = {"Authorization": f"Bearer {key or processor.key}", **given.pop("headers", {})}
    return requests.request(method, processor.url + path, headers=headers, timeout=30, **given)


def test_other_keys_are_refused(processor: Processor) -> None:
    answer = call(processor, "GET", "/v1/balance", key="sk_test_somebody_else")
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert "somebody" not in answer.text

    other = stripe.StripeClient("sk_test_other", base_addresses={"api": processor.url})
    with pytest.raises(stripe.AuthenticationError):
        other.v1.balance.retrieve()
    assert requests.get(processor.url + "/v1/balance", timeout=30).status_code == 401
    assert (
        requests.get(
            processor.url + "/v1/balance", auth=(processor.key, ""), timeout=30
        ).status_code
        == 200
    )


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/refunds", 404, None),
        ("GET", "/v1/checkout/sessions/cs_test_none", 404, "resource_missing"),
        ("GET", "/v1/charges/ch_none", 404, "resource_missing"),
        ("GET", "/v1/charges?limit=101", 400, None),
        ("GET", "/v1/charges?limit=many", 400, "parameter_invalid_integer"),
        ("GET", "/v1/charges?colour=red", 400, "parameter_unknown"),
        ("GET", "/v1/charges?starting_after=ch_none", 400, "resource_missing"),
        ("GET", "/v1/charges?expand[]=data.colour", 200, None),
        ("GET", "/v1/balance?expand[]=colour", 400, None),
        ("POST", "/v1/balance", 404, None),
    ],
)
def test_errors_have_stripes_shape(
    processor: Processor, method: str, path: str, status: int, code: str | None
) -> None:
    answer = call(processor, method, path)

    assert answer.status_code == status
    assert answer.headers["Request-Id"].startswith("req_")
    if status != 200:
        assert answer.json()["error"].get("code") == code
        assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("body", [b"a=%FF", b"a=\xff", b"a[b=1", b"nothing", b"a=1&a=2"])
def test_a_body_that_is_no_form_is_refused(processor: Processor, body: bytes) -> None:
    answer = call(processor, "POST", "/v1/checkout/sessions", data=body)

    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert processor.requests()[-1]["status"] == 400


def test_an_unknown_version_is_refused(processor: Processor) -> None:
    answer = call(processor, "GET", "/v1/balance", headers={"Stripe-Version": "2020-01-01"})
    assert answer.status_code == 400


def test_the_same_key_and_parameters_replay_the_answer(
    processor: Processor, create: Create
) -> None:
    first = create(key="one", metadata={"a": "1"})
    processor.pay(first.id)
    again = create(key="one", metadata={"a": "1"}, expires_at=first.expires_at)

    assert again.id == first.id
    assert again.status == "open", "what is replayed is the answer of then"
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(processor.books()["sessions"]) == 1
    assert [one["replayed"] for one in processor.requests()] == [False, True]
    processor.check_spec()


def test_the_same_key_with_other_parameters_is_refused(
    processor: Processor, create: Create
) -> None:
    first = create(key="one")
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as refused:
        create(key="one", metadata={"a": "2"})
    assert refused.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        make_client(processor).v1.checkout.sessions.expire(
            first.id, None, {"idempotency_key": "one"}
        )

    assert len(processor.books()["sessions"]) == 1
    processor.check_spec()


def test_a_refused_parameter_does_not_use_up_the_key(processor: Processor, create: Create) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        create(key="one", success_url="nowhere")
    assert create(key="one").status == "open"


def test_a_refusal_by_state_is_kept_with_its_key(
    processor: Processor, create: Create, client: stripe.StripeClient
) -> None:
    session = create()
    processor.pay(session.id)
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="complete"):
            client.v1.checkout.sessions.expire(session.id, None, {"idempotency_key": "late"})

    assert [one["replayed"] for one in processor.requests()][-2:] == [False, True]


def test_the_same_key_while_the_first_is_under_way_is_a_conflict(processor: Processor) -> None:
    """Holding the books' write lock from outside keeps whichever request came first under way."""
    params: Any = told()
    options: stripe.RequestOptions = {"idempotency_key": "one"}

    def create(_: int) -> str:
        try:
            return make_client(processor).v1.checkout.sessions.create(params, options).id
        except stripe.APIError as conflict:
            return f"{conflict.http_status} {conflict.error.code if conflict.error else None}"

    books = sqlite3.connect(processor.store, isolation_level=None)
    books.execute("BEGIN IMMEDIATE")
    try:
        with ThreadPoolExecutor(2) as pool:
            tries = [pool.submit(create, number) for number in range(2)]
            refused = next(as_completed(tries, timeout=20))
            assert sum(one.done() for one in tries) == 1
            books.execute("ROLLBACK")
            answers = {one.result() for one in tries}
    finally:
        books.close()

    assert refused.result() == "409 idempotency_key_in_use"
    (session,) = processor.books()["sessions"]
    assert answers == {"409 idempotency_key_in_use", session["id"]}


def test_lists_are_paged_newest_first(
    processor: Processor, create: Create, client: stripe.StripeClient
) -> None:
    ids = [create().id for _ in range(5)]

    page = client.v1.checkout.sessions.list({"limit": 2})
    assert ([one.id for one in page.data], page.has_more) == ([ids[4], ids[3]], True)
    page = client.v1.checkout.sessions.list({"limit": 2, "starting_after": ids[1]})
    assert ([one.id for one in page.data], page.has_more) == ([ids[0]], False)
    page = client.v1.checkout.sessions.list({"limit": 2, "ending_before": ids[1]})
    assert ([one.id for one in page.data], page.has_more) == ([ids[3], ids[2]], True)
    every = client.v1.checkout.sessions.list({"limit": 2}).auto_paging_iter()
    assert [one.id for one in every] == ids[::-1]
    processor.check_spec()


def test_lists_are_filtered(
    processor: Processor, create: Create, client: stripe.StripeClient
) -> None:
    sessions = [create() for _ in range(3)]
    for session in sessions[:2]:
        processor.pay(session.id)
    books = processor.books()
    charge = books["charges"][0]

    def count(listed: stripe.ListObject[Any]) -> int:
        return len(listed.data)

    v1 = client.v1
    assert count(v1.checkout.sessions.list({"status": "open"})) == 1
    assert count(v1.checkout.sessions.list({"payment_intent": charge["payment_intent"]})) == 1
    assert count(v1.charges.list({"payment_intent": charge["payment_intent"]})) == 1
    assert count(v1.balance_transactions.list({"source": charge["id"], "type": "charge"})) == 1
    assert count(v1.balance_transactions.list({"currency": "usd"})) == 0
    assert count(v1.balance_transactions.list({"created": {"gte": books["now"] + 60}})) == 0
    assert count(v1.balance_transactions.list({"created": {"lte": books["now"] + 60}})) == 2
    assert count(v1.events.list({"type": "charge.succeeded"})) == 2
    assert count(v1.events.list({"types": ["charge.*", "payment_intent.created"]})) == 4
    processor.advance(31 * 86_400)
    assert {event.type for event in v1.events.list({"limit": 100}).data} == {
        "checkout.session.expired"
    }, "events reach back 30 days"
    processor.check_spec()


def test_objects_are_expanded_along_a_path(
    processor: Processor, create: Create, client: stripe.StripeClient
) -> None:
    session = create()
    processor.pay(session.id)
    listed = client.v1.checkout.sessions.list(
        {"expand": ["data.payment_intent.latest_charge.balance_transaction"]}
    ).to_dict()
    charge = listed["data"][0]["payment_intent"]["latest_charge"]
    assert charge["balance_transaction"]["net"] == 1190
    entry = client.v1.balance_transactions.retrieve(
        charge["balance_transaction"]["id"], {"expand": ["source.payment_intent"]}
    ).to_dict()
    assert entry["source"]["payment_intent"]["id"] == charge["payment_intent"]
    processor.check_spec()


def test_the_balance_becomes_available_after_two_days(
    processor: Processor, create: Create, client: stripe.StripeClient
) -> None:
    processor.pay(create().id)
    assert [one.amount for one in client.v1.balance.retrieve().pending] == [1190]
    processor.advance(2 * 86_400)
    balance = client.v1.balance.retrieve()
    assert [one.amount for one in balance.available] == [1190]
    assert not balance.pending
    assert client.v1.balance_transactions.list().data[0].status == "available"
    processor.check_spec()


def test_requests_are_on_record_as_they_came(processor: Processor, create: Create) -> None:
    create(key="one", metadata={"note": "ä & ö"})
    (seen,) = processor.requests()
    assert (seen["method"], seen["path"], seen["status"]) == ("POST", "/v1/checkout/sessions", 200)
    assert seen["idempotency_key"] == "one"
    assert seen["stripe_version"] == "2026-10-28.endive"
    assert seen["params"]["metadata"] == {"note": "ä & ö"}
    assert "metadata[note]=%C3%A4" in seen["raw"]
    assert processor.requests(after=seen["id"]) == []


def test_killed_and_started_again_it_has_the_same_books() -> None:
    with Processor() as processor:
        client = make_client(processor)
        params: Any = told()
        options: stripe.RequestOptions = {"idempotency_key": "one"}
        session = client.v1.checkout.sessions.create(params, options)
        processor.pay(session.id)
        before, seen = processor.books(), processor.requests()

        processor.restart()

        after = processor.books()
        assert {**after, "now": 0} == {**before, "now": 0}
        assert processor.requests() == seen
        assert client.v1.checkout.sessions.create(params, options).id == session.id
        assert len(processor.books()["sessions"]) == 1
