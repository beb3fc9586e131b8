"""Checkout sessions, driven by the real stripe client over real HTTP."""

from __future__ import annotations

import time

import pytest
import requests
import stripe

from tests.processor import Processor
from tests.sandbox.conftest import Create, line

EXPAND = ["payment_intent.latest_charge.balance_transaction", "line_items"]


def test_a_new_session_is_open_and_has_no_intent_yet(
    processor: Processor, create: Create, client: stripe.StripeClient
) -> None:
    session = create()

    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert session.payment_intent is None
    assert session.amount_total == 1234
    assert session.url == f"{processor.url}/c/pay/{session.id}"
    assert not session.livemode
    again = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
    assert again.line_items is not None
    assert [item.amount_total for item in again.line_items.data] == [1234]
    processor.check_spec()


def test_a_paid_session_has_charge_fee_and_net(
    processor: Processor, create: Create, client: stripe.StripeClient
) -> None:
    session = create()
    processor.pay(session.id, "4242 4242 4242 4242", email="donor@example.org")

    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": EXPAND}).to_dict()
    assert (paid["status"], paid["payment_status"], paid["url"]) == ("complete", "paid", None)
    assert paid["customer_details"]["email"] == "donor@example.org"
    intent = paid["payment_intent"]
    assert (intent["status"], intent["amount_received"]) == ("succeeded", 1234)
    assert intent["metadata"] == {"attempt": "1"}
    charge = intent["latest_charge"]
    assert charge["calculated_statement_descriptor"] == "STAND-IN* MORATORIUM"
    entry = charge["balance_transaction"]
    # 1.5 % of 12.34 is 18.51 cents, rounded to 19, and 25 cents.
    assert (entry["amount"], entry["fee"], entry["net"]) == (1234, 44, 1190)
    assert sum(one["amount"] for one in entry["fee_details"]) == 44
    assert entry["source"] == charge["id"]
    assert processor.books()["balance"] == {"eur": {"amount": 1234, "fee": 44, "net": 1190}}
    processor.check_spec()


def test_a_declined_card_leaves_the_session_open_for_another(
    processor: Processor, create: Create, client: stripe.StripeClient
) -> None:
    session = create()
    for card, reason in (
        ("4000000000000002", "generic_decline"),
        ("4000000000009995", "insufficient_funds"),
    ):
        assert processor.pay(session.id, card)["state"] == "declined"
        found = client.v1.checkout.sessions.retrieve(session.id, {"expand": EXPAND}).to_dict()
        assert (found["status"], found["payment_status"]) == ("open", "unpaid")
        intent = found["payment_intent"]
        assert intent["status"] == "requires_payment_method"
        assert intent["last_payment_error"]["decline_code"] == reason
        assert intent["latest_charge"]["status"] == "failed"
        assert intent["latest_charge"]["balance_transaction"] is None
    assert processor.pay(session.id)["state"] == "complete"

    found = client.v1.checkout.sessions.retrieve(session.id, {"expand": EXPAND}).to_dict()
    assert found["payment_status"] == "paid"
    assert found["payment_intent"]["last_payment_error"] is None
    statuses = [charge["status"] for charge in processor.books()["charges"]]
    assert statuses == ["failed", "failed", "succeeded"]
    assert len(processor.books()["payment_intents"]) == 1
    processor.check_spec()


def test_paying_twice_charges_once(processor: Processor, create: Create) -> None:
    session = create()
    for _ in range(2):
        assert processor.pay(session.id)["state"] == "complete"

    assert len(processor.books()["charges"]) == 1


@pytest.mark.parametrize(("approve", "status"), [(True, "paid"), (False, "unpaid")])
def test_a_card_that_asks(processor: Processor, create: Create, approve: bool, status: str) -> None:
    session = create()
    assert processor.pay(session.id, "4000002500003155")["state"] == "asks"
    assert processor.books()["payment_intents"][0]["status"] == "requires_action"

    processor.pay(session.id, "4000002500003155", approve=approve)

    assert processor.books()["sessions"][0]["payment_status"] == status
    processor.check_spec()


@pytest.mark.parametrize(
    ("currency", "kind"), [("eur", "sepa_debit"), ("usd", "us_bank_account"), ("gbp", "bacs_debit")]
)
@pytest.mark.parametrize(
    ("card", "outcome", "status", "event"),
    [
        ("debit_succeeds", None, "paid", "checkout.session.async_payment_succeeded"),
        ("debit_succeeds", "failed", "unpaid", "checkout.session.async_payment_failed"),
        ("debit_fails", None, "unpaid", "checkout.session.async_payment_failed"),
    ],
)
def test_a_debit_completes_unpaid_and_is_settled_later(
    processor: Processor,
    create: Create,
    currency: str,
    kind: str,
    card: str,
    outcome: str | None,
    status: str,
    event: str,
) -> None:
    session = create(line_items=[line(1000, currency)])
    processor.pay(session.id, card)
    books = processor.books()
    assert (books["sessions"][0]["status"], books["sessions"][0]["payment_status"]) == (
        "complete",
        "unpaid",
    )
    assert books["charges"][0]["status"] == "pending"
    assert books["charges"][0]["payment_method_details"]["type"] == kind
    assert books["balance"] == {}

    if outcome is None:
        processor.advance(5 * 86_400)
    else:
        processor.settle(books["payment_intents"][0]["id"], outcome)

    books = processor.books()
    assert books["sessions"][0]["payment_status"] == status
    assert bool(books["balance"]) == (status == "paid")
    assert processor.events()[-1]["type"] == event
    processor.check_spec()


def test_debits_exist_only_where_the_page_lists_them(processor: Processor, create: Create) -> None:
    session = create(line_items=[line(5000, "jpy")])
    with pytest.raises(requests.HTTPError, match="422"):
        processor.pay(session.id, "debit_succeeds")


def test_the_clock_expires_sessions_and_cancels_a_failed_try(
    processor: Processor, create: Create, client: stripe.StripeClient
) -> None:
    session, other = create(), create()
    processor.pay(session.id, "4000000000000002")
    processor.advance(3700)

    found = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (found.status, found.payment_status, found.url) == ("expired", "unpaid", None)
    assert isinstance(found.payment_intent, stripe.PaymentIntent)
    assert found.payment_intent.status == "canceled"
    assert client.v1.checkout.sessions.retrieve(other.id).status == "expired"
    with pytest.raises(requests.HTTPError, match="409"):
        processor.pay(session.id)
    processor.check_spec()


def test_the_background_sweep_expires_without_anyone_asking(
    processor: Processor, create: Create
) -> None:
    processor.set_webhook_target("http://127.0.0.1:9/")
    processor.pause_webhooks(True)
    create(expires_at=int(time.time()) + 1800)
    processor.advance(1798)
    until = time.monotonic() + 20
    # Asking for deliveries sweeps nothing, so only the background thread can have done it.
    while not processor.get("deliveries")["pending"]:
        assert time.monotonic() < until, "nothing expired"
        time.sleep(0.1)

    assert processor.events()[-1]["type"] == "checkout.session.expired"


def test_expiring_is_refused_unless_open(
    processor: Processor, create: Create, client: stripe.StripeClient
) -> None:
    session = create()
    assert client.v1.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="a status of `expired`"):
        client.v1.checkout.sessions.expire(session.id)
    paid = create()
    processor.pay(paid.id)
    with pytest.raises(stripe.InvalidRequestError, match="a status of `complete`"):
        client.v1.checkout.sessions.expire(paid.id)
    processor.check_spec()


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"line_items": [line(49)]}, "amount_too_small", None),
        ({"line_items": [line(49, "jpy")]}, "amount_too_small", None),
        ({"line_items": [line(100_000_000)]}, "amount_too_large", None),
        ({"line_items": [line(10_050, "isk")]}, "invalid_charge_amount", None),
        ({"line_items": [line(1005, "kwd")]}, "invalid_charge_amount", None),
        ({"line_items": [line(1234, "xyz")]}, None, "line_items[0][price_data][currency]"),
        ({"line_items": [line(1234), line(1234, "usd")]}, None, "line_items"),
        ({"line_items": None}, "parameter_missing", "line_items"),
        ({"mode": None}, "parameter_missing", "mode"),
        ({"mode": "subscription"}, None, "mode"),
        ({"expires_at": int(time.time()) + 60}, None, "expires_at"),
        ({"expires_at": int(time.time()) + 100_000}, None, "expires_at"),
        ({"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
        ({"success_url": "/paid"}, "url_invalid", "success_url"),
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"metadata": {"note": "x" * 501}}, None, "metadata[note]"),
        (
            {"payment_intent_data": {"statement_descriptor_suffix": "X" * 23}},
            None,
            "payment_intent_data[statement_descriptor_suffix]",
        ),
        (
            {"line_items": [{**line(), "prise": "1"}]},
            "parameter_unknown",
            "line_items[0][prise]",
        ),
        ({"expand": ["payment_intent.colour"]}, None, "expand"),
    ],
)
def test_wrong_parameters_are_refused_in_stripes_words(
    processor: Processor,
    create: Create,
    changes: dict[str, object],
    code: str | None,
    param: str | None,
) -> None:
    if "expand" in changes:
        changes = {"expand": ["colour"]}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        create(**changes)

    assert refused.value.http_status == 400
    assert (refused.value.code, refused.value.param) == (code, param)
    assert processor.books()["sessions"] == []


@pytest.mark.parametrize(
    ("currency", "amount", "fee"),
    [
        ("jpy", 50, 41),  # 0.75 rounds up to 1, and 40
        ("jpy", 1500, 63),  # 22.5 rounds up to 23, and 40
        ("isk", 100_000, 5000),  # 1500 and 3500
        ("isk", 101_000, 5100),  # 1515 and 3500, in whole hundreds
        ("ugx", 1_000_000, 105_000),
        ("kwd", 1000, 100),  # 15 and 80, ending in 0
        ("usd", 50, 31),
        ("gbp", 30, 20),  # 0.45 rounds down
    ],
)
def test_fees_are_whole_units_of_odd_currencies(
    processor: Processor, create: Create, currency: str, amount: int, fee: int
) -> None:
    session = create(line_items=[line(amount, currency)])
    processor.pay(session.id)

    net = amount - fee
    assert processor.books()["balance"] == {currency: {"amount": amount, "fee": fee, "net": net}}
    processor.check_spec()
