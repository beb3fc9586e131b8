"""Killed between the processor's call and our commit, or told nothing: found again, paid once."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from core import clock
from core.database import db, release
from payments import flows
from payments.gateways import gateway
from payments.models import PaymentAttempt
from payments.purposes import purpose
from payments.services import attempts
from payments.tasks import check_attempts
from tests.giving import begin, execute, rows, state_of
from tests.processor import Processor
from tests.site import LiveSite

PERIOD = timedelta(minutes=6)


def opened_and_killed(app: Flask, *, email: str = "") -> tuple[uuid.UUID, str]:
    """The session exists at the processor; here, the process was killed before it could say so."""
    attempt_id = begin(app, email=email)
    with app.app_context():
        attempt = db.session.get_one(PaymentAttempt, attempt_id)
        request = purpose(attempt.purpose_type).checkout(attempt)
        key = attempts.create_key(attempt)
        release()
        handle = gateway(attempt.gateway).create_checkout(request, idempotency_key=key)
    assert state_of(app, attempt_id) == "created"
    assert rows(app, "SELECT provider_ref FROM payment_attempt") == [(None,)]
    return attempt_id, handle.provider_ref


def test_a_lost_session_is_found_by_its_webhook(live_site: LiveSite) -> None:
    attempt_id, ref = opened_and_killed(live_site.app, email="vera@example.org")
    live_site.processor.pay(ref)
    live_site.work_off()
    assert state_of(live_site.app, attempt_id) == "succeeded"
    assert rows(live_site.app, "SELECT provider_ref FROM payment_attempt") == [(ref,)]
    assert rows(live_site.app, "SELECT count(*) FROM payment") == [(1,)]


@pytest.mark.parametrize("paid", [False, True])
def test_a_lost_session_is_found_by_asking_with_the_same_key(
    app: Flask, processor: Processor, paid: bool
) -> None:
    attempt_id, ref = opened_and_killed(app)
    if paid:
        processor.pay(ref)
    with clock.shifted(PERIOD), app.app_context():
        check_attempts()
    with clock.shifted(2 * PERIOD), app.app_context():
        check_attempts()
    assert [session["id"] for session in processor.books()["sessions"]] == [ref]
    assert state_of(app, attempt_id) == ("succeeded" if paid else "open")
    made = [e for e in processor.requests() if e["method"] == "POST"]
    assert len(made) == 2
    assert rows(app, "SELECT result FROM provider_call") == [("succeeded",)]


def test_a_call_that_never_arrived_is_made_when_somebody_answers(
    make_app: Callable[..., Flask], processor: Processor
) -> None:
    deaf = make_app(STRIPE_API_BASE="http://127.0.0.1:9")
    attempt_id = begin(deaf)
    with clock.shifted(PERIOD), deaf.app_context():
        check_attempts()
    assert state_of(deaf, attempt_id) == "created"
    assert rows(deaf, "SELECT result, error FROM provider_call") == [("unknown", "OutcomeUnknown")]
    hearing = make_app()
    with clock.shifted(2 * PERIOD), hearing.app_context():
        check_attempts()
    assert state_of(hearing, attempt_id) == "open"
    assert len(processor.books()["sessions"]) == 1


def test_one_that_cannot_be_understood_does_not_hold_up_the_others(
    app: Flask, processor: Processor
) -> None:
    """A wrong row comes first; the run books the other one, and then fails visibly."""
    wrong, right, other = ids = [begin(app) for _ in range(3)]
    with app.app_context():
        for attempt_id in ids:
            flows.open_checkout(db.session.get_one(PaymentAttempt, attempt_id))
    refs = dict(rows(app, "SELECT id, provider_ref FROM payment_attempt"))
    processor.pay(refs[right])
    execute(app, f"UPDATE payment_attempt SET provider_ref = NULL WHERE id = '{other}'")
    execute(
        app,
        f"UPDATE payment_attempt SET provider_ref = '{refs[other]}',"
        f" created_at = created_at - interval '1 hour' WHERE id = '{wrong}'",
    )
    with (
        clock.shifted(PERIOD),
        app.app_context(),
        pytest.raises(ExceptionGroup, match="not understood"),
    ):
        check_attempts()
    assert state_of(app, right) == "succeeded"
    assert state_of(app, wrong) == "open"


def test_those_that_wait_longest_are_asked_first(app: Flask) -> None:
    ids = [begin(app) for _ in range(6)]
    for attempt_id, minutes in zip(ids, (20, 50, 10, 40, 30, 3), strict=True):
        execute(
            app,
            f"UPDATE payment_attempt SET created_at = now() - interval '{minutes} min'"
            f" WHERE id = '{attempt_id}'",
        )
    expected = [ids[1], ids[3], ids[4], ids[0], ids[2]]
    with app.app_context():
        assert attempts.to_check(clock.now()) == expected
        assert attempts.to_check(clock.now(), limit=1) == [ids[1]]
    execute(app, f"UPDATE payment_attempt SET checked_at = now() WHERE id = '{ids[1]}'")
    with app.app_context():
        assert attempts.to_check(clock.now(), limit=1) == [ids[3]]


def test_one_that_gives_no_answer_makes_room_for_the_next(make_app: Callable[..., Flask]) -> None:
    app = make_app(STRIPE_API_BASE="http://127.0.0.1:9")
    attempt_id = begin(app)
    with clock.shifted(PERIOD), app.app_context():
        assert attempts.to_check(clock.now()) == [attempt_id]
        release()
        check_attempts()
        assert attempts.to_check(clock.now()) == []
