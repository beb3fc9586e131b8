"""The check itself: it passes what is right, and a planted fault of each kind is caught."""

from __future__ import annotations

import copy
import time
from typing import Any

import pytest

from tests.processor import Processor
from tests.stripe_spec.checker import (
    check_event,
    check_exchanges,
    check_object,
    check_request,
    check_response,
)

SESSIONS = "/v1/checkout/sessions"
RIGHT = (
    "mode=payment&success_url=http%3A%2F%2F127.0.0.1%3A9%2F&line_items[0][quantity]=1"
    "&line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=500"
    "&line_items[0][price_data][product_data][name]=Donation&metadata[attempt]=1&expand[0]=customer"
)


def test_all_that_the_stand_in_gives_out_is_as_described(seen: Processor) -> None:
    seen.check_spec()
    kinds = {event["type"] for event in seen.events()}
    assert kinds >= {
        "charge.failed",
        "charge.pending",
        "charge.succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
        "payment_intent.canceled",
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
    }


def test_everything_in_the_books_is_as_described(seen: Processor) -> None:
    books = seen.books()
    for kind in ("sessions", "payment_intents", "charges", "balance_transactions"):
        assert books[kind]
        for one in books[kind]:
            assert check_object(one) == []


@pytest.mark.parametrize("raw", [RIGHT, RIGHT.replace("expand[0]", "expand[]")])
def test_a_right_request_passes(raw: str) -> None:
    assert check_request("POST", SESSIONS, raw) == []


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        (RIGHT + "&line_items[0][prise]=1", "line_items[0][prise]: unknown parameter"),
        (RIGHT + "&colour=red", "colour: unknown parameter"),
        (RIGHT.replace("=500", "=5.00"), "line_items[0][price_data][unit_amount]: '5.00' is no"),
        (RIGHT.replace("=payment", "=gift"), "mode: 'gift' is none of"),
        (
            RIGHT.replace("&line_items[0][price_data][currency]=eur", ""),
            "line_items[0][price_data][currency]: missing",
        ),
        (RIGHT.replace("=eur", "=euro"), "line_items[0][price_data][currency]: 'euro' is no"),
        (RIGHT.replace("metadata[attempt]=1", "metadata=1"), "metadata: '1' is no object"),
        (RIGHT.replace("expand[0]=customer", "expand=customer"), "expand: 'customer' is no list"),
        (RIGHT.replace("line_items[0]", "line_items[1]"), "line_items: indices 1 do not count"),
        (RIGHT + "&mode=payment", "mode: given twice"),
        (RIGHT + "&client_reference_id=" + "x" * 201, "client_reference_id: longer than 200"),
        (
            RIGHT + "&payment_intent_data[statement_descriptor]=" + "x" * 23,
            "payment_intent_data[statement_descriptor]: longer than 22",
        ),
        (RIGHT + "&automatic_tax[enabled]=yes", "automatic_tax[enabled]: 'yes' is no boolean"),
        (RIGHT + "&allowed_payment_method_types[0]=card", None),
        (RIGHT + "&allowed_payment_method_types=card", "allowed_payment_method_types: 'card' is"),
        (RIGHT + "&payment_method_types[0]=card", "payment_method_types: unknown parameter"),
    ],
)
def test_a_planted_wrong_parameter_is_caught(changed: str, problem: str | None) -> None:
    found = check_request("POST", SESSIONS, changed)
    if problem is None:
        assert found == []
    else:
        assert len(found) == 1
        assert problem in found[0]


@pytest.mark.parametrize(
    ("query", "right"),
    [
        ("limit=3&created[gte]=1700000000&expand[0]=data.source&type=charge", True),
        ("created=1700000000", True),
        ("limit=some", False),
        ("created[since]=1700000000", False),
        ("colour=red", False),
    ],
)
def test_queries_are_checked(query: str, right: bool) -> None:
    assert (check_request("GET", "/v1/balance_transactions", query) == []) == right


def test_paths_are_checked() -> None:
    assert check_request("POST", SESSIONS + "/cs_test_1/expire", "") == []
    assert check_request("POST", SESSIONS + "/cs_test_1/pay", "") != []
    assert check_request("DELETE", SESSIONS, "") != []
    assert check_request("POST", "/v1/refunds", "charge=ch_1&amount=100&reason=duplicate") == []
    assert check_request("POST", "/v1/refunds", "charge=ch_1&amount=100&reason=regret") != []


def spoil(body: dict[str, Any], path: str, value: object) -> None:
    *way, last = path.split(".")
    for name in way:
        body = body[name]
    if value is MISSING:
        del body[last]
    else:
        body[last] = value


MISSING = object()


@pytest.mark.parametrize(
    ("kind", "path", "value", "problem"),
    [
        ("checkout.session", "payment_status", MISSING, "payment_status: missing"),
        ("checkout.session", "payment_status", "settled", "'settled' is none of"),
        ("checkout.session", "status", "done", "'done' is none of"),
        ("checkout.session", "amount_total", "1000", "not of type integer"),
        ("checkout.session", "amount_total", 10.0, "not of type integer"),
        ("checkout.session", "amount_total", True, "not of type integer"),
        ("checkout.session", "colour", "red", "colour: unknown property"),
        ("checkout.session", "automatic_tax.colour", "red", "colour: unknown property"),
        ("checkout.session", "automatic_tax.enabled", MISSING, "enabled: missing"),
        ("checkout.session", "expires_at", None, "null is not allowed"),
        ("checkout.session", "expires_at", 1_700_000_000_000, "no Unix time in seconds"),
        ("checkout.session", "currency", "EUR", "no currency in lower case"),
        ("checkout.session", "metadata", {"a": 1}, "not of type string"),
        ("checkout.session", "metadata", {"a": "x" * 501}, "longer than 500"),
        ("checkout.session", "payment_intent", 7, "not of type"),
        ("checkout.session", "payment_intent", {"object": "payment_intent"}, "missing"),
        ("payment_intent", "status", MISSING, "status: missing"),
        ("payment_intent", "status", "paid", "'paid' is none of"),
        ("payment_intent", "last_payment_error", {"code": "x"}, "type: missing"),
        ("charge", "billing_details", MISSING, "billing_details: missing"),
        ("charge", "outcome.colour", "red", "colour: unknown property"),
        ("charge", "payment_method_details.type", MISSING, "type: missing"),
        ("balance_transaction", "fee_details", [{"amount": 1}], "missing"),
        ("balance_transaction", "net", MISSING, "net: missing"),
        ("balance_transaction", "type", "gift", "'gift' is none of"),
        ("balance", "available", MISSING, "available: missing"),
        ("event", "data.object", {"object": "charge"}, "charge.amount: missing"),
        ("event", "data.object.livemode", "no", "not of type boolean"),
        ("event", "type", "refund.created", "refund.created is about a"),
        ("event", "pending_webhooks", None, "null is not allowed"),
    ],
)
def test_a_planted_wrong_object_is_caught(
    objects: dict[str, dict[str, Any]], kind: str, path: str, value: object, problem: str
) -> None:
    body = objects[kind]
    assert check_object(body) == []

    spoil(body, path, value)

    found = check_object(body)
    assert found, "the planted fault was not seen"
    assert any(problem in one for one in found), found


def test_a_planted_fault_is_caught_inside_answers_and_exchanges(seen: Processor) -> None:
    exchanges = seen.requests()
    assert check_exchanges(exchanges) == []
    listed = next(one for one in exchanges if one["path"] == "/v1/events")
    spoilt = copy.deepcopy(listed)
    spoilt["body"]["data"][0]["data"]["object"]["status"] = "settled"

    assert check_response("GET", "/v1/events", 200, spoilt["body"]) != []
    assert check_exchanges([spoilt]) != []
    assert check_event(spoilt["body"]["data"][0]) != []

    wrong = {**exchanges[0], "raw": exchanges[0]["raw"] + "&line_items[0][prise]=1"}
    assert len(check_exchanges([wrong])) == 1
    wrong = {**exchanges[0], "status": 400, "body": {"error": {"message": "no type"}}}
    assert len(check_exchanges([wrong])) == 1
    wrong = {**exchanges[0], "body": {**exchanges[0]["body"], "object": "charge"}}
    assert check_exchanges([wrong]) != []


def test_checking_is_fast_enough_for_every_test(seen: Processor) -> None:
    started = time.perf_counter()
    seen.check_spec()
    assert time.perf_counter() - started < 5
