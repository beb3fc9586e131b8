"""The processors' door: what is let in, over real HTTP. What is refused leaves no row."""

import json
from collections.abc import Callable
from typing import Any

import requests
from flask import Flask

from payments.views import MAX_BODY_BYTES
from tests.giving import rows
from tests.payments.posting import event, post, signature
from tests.processor import SECRET
from tests.site import LiveSite

GOOD = json.dumps(event("cs_1")).encode()
OTHER = "whsec_another_secret"


def nothing_kept(site: LiveSite) -> bool:
    kept = "SELECT (SELECT count(*) FROM inbox_event) + (SELECT count(*) FROM procrastinate_jobs)"
    return rows(site.app, kept) == [(0,)]


def test_an_unsigned_or_wrongly_signed_body_is_refused(live_site: LiveSite) -> None:
    right = signature(GOOD)
    when, _, digest = right.partition(",v1=")
    for header in (
        "",
        "nonsense",
        "t=,v1=",
        when,
        f"v1={digest}",
        f"{when},v1={'0' * 64}",
        f"{when},v0={digest}",
        signature(GOOD, secret=OTHER),
        signature(GOOD + b" "),
        signature(GOOD, age=301),
        signature(GOOD, age=-400),
        f"t=٣,v1={digest}",
        f"t={'9' * 400},v1={digest}",
    ):
        assert post(live_site, GOOD, header.encode().decode("latin-1")) == 400, header
    bare = requests.post(f"{live_site.url}/webhooks/stripe", data=GOOD, timeout=10)
    assert bare.status_code == 400
    assert nothing_kept(live_site)
    for age in (299, -200):
        assert post(live_site, GOOD, signature(GOOD, age=age)) == 200


NO_EVENTS: list[bytes | dict[str, Any]] = [
    b"",
    b"\xff\xfe{}",
    b"null",
    b"[]",
    b'"event"',
    b"5",
    b"{}",
    b"[" * 5000,
    b'{"object": "event"}',
    event("cs_1", object="charge"),
    event("cs_1", livemode="false"),
    event("cs_1", created="soon"),
    event("cs_1", created=10**20),
    event("cs_1", created=float("inf")),
    event("cs_1", data={}),
    event("cs_1", data={"object": ["cs_1"]}),
    event("cs_1", data={"object": {}}),
    event("cs_1", event_id=""),
    event("cs_\x00"),
]


def test_a_signed_body_that_is_no_event_is_refused(live_site: LiveSite) -> None:
    answers = [post(live_site, body) for body in NO_EVENTS]
    assert answers == [400] * len(NO_EVENTS)
    assert nothing_kept(live_site)


def test_a_body_that_is_too_large_is_refused(live_site: LiveSite) -> None:
    assert post(live_site, event("cs_1", padding="x" * MAX_BODY_BYTES)) == 413
    assert nothing_kept(live_site)
    assert post(live_site, event("cs_1", padding="x" * (MAX_BODY_BYTES - 2000))) == 200


def test_two_secrets_hold_while_one_is_rotated(
    make_app: Callable[..., Flask], live_site: LiveSite
) -> None:
    rotating = make_app(STRIPE_WEBHOOK_SECRET=f"{OTHER}, {SECRET}").test_client()
    for secret, status in ((SECRET, 200), (OTHER, 200), ("whsec_third", 400)):
        answer = rotating.post(
            "/webhooks/stripe",
            data=GOOD,
            headers={"Stripe-Signature": signature(GOOD, secret=secret)},
        )
        assert answer.status_code == status, secret
    assert rows(live_site.app, "SELECT count(*) FROM inbox_event") == [(1,)]


def test_only_a_post_is_listened_to(live_site: LiveSite) -> None:
    assert requests.get(f"{live_site.url}/webhooks/stripe", timeout=10).status_code == 405


def test_an_event_of_another_kind_is_kept_and_changes_nothing(live_site: LiveSite) -> None:
    assert post(live_site, event("cus_1", type="customer.created")) == 200
    assert rows(live_site.app, "SELECT state, type FROM inbox_event") == [
        ("ignored", "customer.created")
    ]
    assert rows(live_site.app, "SELECT count(*) FROM procrastinate_jobs") == [(0,)]


def test_no_payload_is_kept(live_site: LiveSite) -> None:
    named = event("cs_1")
    named["data"]["object"]["customer_details"] = {"email": "canary@example.org"}
    assert post(live_site, named) == 200
    kept = rows(live_site.app, "SELECT row_to_json(e)::text FROM inbox_event e")
    assert "canary" not in kept[0][0]
