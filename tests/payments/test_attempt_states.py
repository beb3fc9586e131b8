"""The states of an attempt: which may follow which, and that two who decide at once cannot both."""

import threading
import uuid

import pytest
from flask import Flask

from core.audit import verify
from core.database import db, transaction
from core.states import IllegalTransition, Stateful, Transitions, move
from payments.models import ATTEMPT_TRANSITIONS, AttemptState, PaymentAttempt
from tests.giving import begin, execute, rows, state_of

ORDER = (
    "created", "open", "processing", "succeeded", "failed", "expired", "cancelled", "needs_review",
)  # fmt: skip
#: From the row's state to the column's, in ORDER. Written by hand from the design, not from the code.
EXPECTED = {
    "created":      ". x x x x x x x",
    "open":         ". . x x x x x x",
    "processing":   ". . . x x x . x",
    "succeeded":    ". . . . . . . .",
    "failed":       ". . . x . . . x",
    "expired":      ". . . x . . . x",
    "cancelled":    ". . . x . . . x",
    "needs_review": ". . . x . . x .",
}  # fmt: skip


@pytest.mark.parametrize("source", ORDER)
def test_every_pair_of_states(source: str) -> None:
    assert set(ORDER) == set(AttemptState)
    allowed = {
        target
        for target in ORDER
        if ATTEMPT_TRANSITIONS.allows(AttemptState(source), AttemptState(target))
    }
    marks = EXPECTED[source].split()
    assert allowed == {target for target, mark in zip(ORDER, marks, strict=True) if mark == "x"}


def test_a_table_must_name_every_state() -> None:
    with pytest.raises(ValueError, match="every state"):
        Transitions(AttemptState, {AttemptState.OPEN: frozenset()})


def test_the_database_knows_the_same_states(app: Flask) -> None:
    begin(app)
    for state in ORDER:
        execute(app, f"UPDATE payment_attempt SET state = '{state}'")
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError, match="state_known"):
        execute(app, "UPDATE payment_attempt SET state = 'paid'")


def test_a_move_is_written_with_its_trail_or_not_at_all(app: Flask) -> None:
    attempt_id = begin(app)
    with app.app_context(), pytest.raises(ZeroDivisionError):
        _move_and_fail(attempt_id)
    assert state_of(app, attempt_id) == "created"
    assert rows(app, "SELECT count(*) FROM audit_entry") == [(0,)]
    with app.app_context():
        with transaction():
            assert move(_get(attempt_id), AttemptState.OPEN, actor="system", reason="r")
        with transaction():
            assert not move(_get(attempt_id), AttemptState.OPEN, actor="system")
        with pytest.raises(IllegalTransition), transaction():
            move(_get(attempt_id), AttemptState.CREATED, actor="system")
        assert verify().problem == ""
    found = rows(
        app, "SELECT actor, action, subject, body::jsonb->'details'->>'from' FROM audit_entry"
    )
    assert found == [("system", "payment_attempt.open", f"payment_attempt:{attempt_id}", "created")]


def _move_and_fail(attempt_id: uuid.UUID) -> None:
    with transaction() as session:
        move(_get(attempt_id), AttemptState.OPEN, actor="system")
        session.flush()
        raise ZeroDivisionError


def move_blindly(row: Stateful, target: AttemptState, *, actor: str) -> None:
    """`move` without its lock: the negative control."""
    if not row.transitions.allows(row.state, target):
        raise IllegalTransition(row.state, target)
    row.state = target
    assert actor


@pytest.mark.parametrize("locked", [True, False])
def test_of_two_that_decide_at_once_one_wins(app: Flask, locked: bool) -> None:
    """Staff cancel an attempt in the moment in which its success comes in."""
    attempt_id = begin(app)
    has_read, has_decided = threading.Event(), threading.Event()
    ended: list[str] = []

    def cancel() -> None:
        with app.app_context():
            try:
                with transaction():
                    attempt = _get(attempt_id)
                    assert attempt.state == "created"
                    has_read.set()
                    assert has_decided.wait(10)
                    if locked:
                        move(attempt, AttemptState.CANCELLED, actor="staff:1")
                    else:
                        move_blindly(attempt, AttemptState.CANCELLED, actor="staff:1")
                ended.append("cancelled")
            except IllegalTransition:
                ended.append("refused")

    thread = threading.Thread(target=cancel)
    thread.start()
    assert has_read.wait(10)
    with app.app_context(), transaction():
        move(_get(attempt_id), AttemptState.SUCCEEDED, actor="processor:stripe")
        db.session.flush()
        has_decided.set()
        # The other one now waits for our lock, or (without one) for the row.
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(10)
    assert ended == (["refused"] if locked else ["cancelled"])
    assert state_of(app, attempt_id) == ("succeeded" if locked else "cancelled")


def _get(attempt_id: uuid.UUID) -> PaymentAttempt:
    return db.session.get_one(PaymentAttempt, attempt_id)
