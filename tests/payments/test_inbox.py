"""Events and what they do: once, in any order, never to the wrong attempt, never dropped."""

import random
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from core.database import db, release
from payments import flows, purposes
from payments.gateways import gateway
from payments.models import PaymentAttempt
from payments.tasks import process_event
from tests.core.workers import make_due
from tests.giving import at_once, begin, rows, state_of
from tests.payments.posting import event, post
from tests.site import LiveSite, session_of

BALANCES = "SELECT account, sum(amount_minor)::int FROM journal_line GROUP BY 1 ORDER BY 1"
MAILS = "SELECT kind, state FROM mail_message"
INBOX = "SELECT state FROM inbox_event ORDER BY state"


def opened(site: LiveSite, *, email: str = "") -> tuple[uuid.UUID, str]:
    """An attempt with an open session; no webhook of its own comes from the stand-in."""
    site.processor.set_webhook_target(None)
    attempt_id = begin(site.app, email=email)
    with site.app.app_context():
        address = flows.open_checkout(db.session.get_one(PaymentAttempt, attempt_id))
    return attempt_id, session_of(address)


def test_the_same_event_ten_times_at_once_has_one_effect(live_site: LiveSite) -> None:
    attempt_id, ref = opened(live_site, email="vera@example.org")
    live_site.processor.pay(ref)
    statuses: list[int] = []
    told = event(ref)
    threads = [
        threading.Thread(target=lambda: statuses.append(post(live_site, told))) for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert statuses == [200] * 10
    jobs_of = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'payments.process_event'"
    assert rows(live_site.app, jobs_of) == [(1,)]
    live_site.work_off()
    assert_paid_once(live_site.app, attempt_id)
    assert rows(live_site.app, INBOX) == [("done",)]


def assert_paid_once(app: Flask, attempt_id: uuid.UUID) -> None:
    assert state_of(app, attempt_id) == "succeeded"
    found = dict(rows(app, BALANCES))
    assert found["donation_income"] == -1999
    assert found["clearing"] + found["fees"] == 1999
    assert rows(app, "SELECT count(*) FROM payment") == [(1,)]
    assert rows(app, MAILS) == [("donation_receipt", "sent")]
    assert rows(
        app, "SELECT count(*) FROM audit_entry WHERE action = 'payment_attempt.succeeded'"
    ) == [(1,)]


def test_return_and_webhooks_at_once_book_once(live_site: LiveSite) -> None:
    """Different events of one payment, worked off at the same moment as the payer's return."""
    attempt_id, ref = opened(live_site, email="vera@example.org")
    live_site.processor.pay(ref)
    for number in range(4):
        post(live_site, event(ref, event_id=f"evt_{number}"))
    ids = [str(row[0]) for row in rows(live_site.app, "SELECT id FROM inbox_event")]

    def work(number: int) -> None:
        if number < 4:
            process_event(event_id=ids[number])
        else:
            flows.check(db.session.get_one(PaymentAttempt, attempt_id), quick=True)

    at_once(live_site.app, 8, work)
    live_site.work_off()
    assert_paid_once(live_site.app, attempt_id)
    assert rows(live_site.app, INBOX) == [("done",)] * 4


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_events_does_not_matter(live_site: LiveSite, seed: int) -> None:
    attempt_id, ref = opened(live_site, email="vera@example.org")
    live_site.processor.pay(ref)
    types = ["checkout.session.completed", "checkout.session.expired", "payment_intent.created"]
    types += ["checkout.session.async_payment_failed", "charge.succeeded"]
    random.Random(seed).shuffle(types)
    for number, name in enumerate(types):
        post(live_site, event(ref, event_id=f"evt_{number}", type=name))
        if number % 2:
            live_site.work_off()
    live_site.work_off()
    assert_paid_once(live_site.app, attempt_id)
    assert rows(live_site.app, INBOX) == [("done",)] * 3 + [("ignored",)] * 2


def test_a_session_that_is_not_ours_is_kept_and_shown(live_site: LiveSite) -> None:
    """Of another system on the same account: known there, unknown here. Or known to nobody."""
    attempt_id, _ref = opened(live_site)
    with live_site.app.app_context():
        attempt = db.session.get_one(PaymentAttempt, attempt_id)
        request = purposes.purpose(attempt.purpose_type).checkout(attempt)
        release()
        foreign = gateway("stripe").create_checkout(
            replace(request, attempt_id=uuid.uuid4()), idempotency_key="foreign"
        )
    live_site.processor.pay(foreign.provider_ref)
    post(live_site, event(foreign.provider_ref, event_id="evt_1"))
    post(live_site, event("cs_test_known_to_nobody", event_id="evt_2"))
    live_site.work_off()
    assert rows(live_site.app, INBOX) == [("unmatched",)] * 2
    assert rows(live_site.app, BALANCES) == []
    assert state_of(live_site.app, attempt_id) == "open"
    noted = rows(live_site.app, "SELECT subject FROM audit_entry WHERE action = 'inbox.unmatched'")
    assert sorted(noted) == sorted(
        [(f"checkout:{foreign.provider_ref}",), ("checkout:cs_test_known_to_nobody",)]
    )


def test_an_event_of_the_other_mode_touches_nothing(live_site: LiveSite) -> None:
    attempt_id, ref = opened(live_site)
    live_site.processor.pay(ref)
    post(live_site, event(ref, livemode=True))
    live_site.work_off()
    assert rows(live_site.app, "SELECT state, livemode FROM inbox_event") == [("unmatched", True)]
    assert state_of(live_site.app, attempt_id) == "open"
    assert rows(live_site.app, BALANCES) == []


def test_a_handler_that_crashed_is_worked_off_again(
    live_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt_id, ref = opened(live_site, email="vera@example.org")
    live_site.processor.pay(ref)
    post(live_site, event(ref))

    def crash(_id: uuid.UUID, _payment: object) -> None:
        raise RuntimeError("crashed at the last moment")

    whole = purposes.purpose("donation")
    broken = purposes.Purpose(whole.account, whole.checkout, crash, whole.on_ended)
    with monkeypatch.context() as patched:
        patched.setitem(purposes._purposes, "donation", broken)
        live_site.work_off()
    assert rows(live_site.app, INBOX) == [("received",)]
    assert rows(live_site.app, BALANCES) == []
    assert state_of(live_site.app, attempt_id) == "open"
    make_due(live_site.app)
    live_site.work_off()
    assert_paid_once(live_site.app, attempt_id)


def test_an_unknown_event_id_is_no_work(app: Flask, run_jobs: Callable[[], None]) -> None:
    with app.app_context():
        process_event(event_id=str(uuid.uuid4()))
    run_jobs()
    assert rows(app, INBOX) == []
